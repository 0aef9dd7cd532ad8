//! Objects in buckets: artifacts of pipelines, and journals.

use std::io::{self, Write};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::Bytes;

use super::buckets::{Bucket, Buckets, Owners};
use crate::cloud::connection::bucket_namespace::BucketNamespace;
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::enter::chain_link::SourceSession;
use crate::cloud::enter::machine::checked_provider;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::sdk_config::retry_partition;
use crate::name::{AccountId, Region};

const IDENTITY: &str = "sts:GetCallerIdentity";

/// How often an object is read whose content is cut off.
const MOST_READINGS: usize = 4;

/// Objects in buckets whose owner is known.
#[derive(Clone, Debug)]
pub struct Objects {
    pub(super) buckets: Buckets,
    owners: Owners,
}

/// Why an object is not here.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// S3 refuses it or does not answer.
    #[error(transparent)]
    Refused(#[from] CallError),
    /// It is larger than what is taken.
    #[error("it has more than {most_bytes} bytes")]
    TooLarge {
        /// What is taken.
        most_bytes: u64,
    },
    /// Its content ended before its end.
    #[error("its content cannot be read: {0}")]
    Torn(String),
    /// It cannot be written down.
    #[error("it cannot be kept")]
    Unkept(#[from] io::Error),
}

impl GetError {
    /// Whether the bucket has no such object.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused(error) if error.has_code("NoSuchKey"))
    }
}

impl Cloud {
    /// Returns the objects in buckets of these owners as `keys` reach them; without any, as the machine's own
    /// do. Buckets are looked for in `region` first.
    pub async fn objects(
        &self,
        region: &Region,
        keys: Option<Credentials>,
        owners: Owners,
    ) -> Objects {
        let settings = self.own_settings(Some(region)).await;
        let settings = match keys {
            None => settings,
            Some(keys) => {
                settings.to_builder().credentials_provider(checked_provider(keys)).build()
            }
        };
        self.objects_with(&settings, region, owners)
    }

    /// Returns the objects in buckets of these owners as source credentials reach them. Buckets are looked for in
    /// `region` first.
    pub fn objects_of_source(
        &self,
        source: &SourceSession,
        region: &Region,
        owners: Owners,
    ) -> Objects {
        self.objects_with(&source.settings, region, owners)
    }

    fn objects_with(&self, settings: &SdkConfig, region: &Region, owners: Owners) -> Objects {
        let config = aws_sdk_s3::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .interceptor(self.calls())
            // A bucket's name need not resolve in DNS when an endpoint of one's own is used.
            .force_path_style(settings.endpoint_url().is_some())
            .build();
        let namespace = BucketNamespace::of(settings, region);
        let buckets = Buckets::new(config, region.clone(), namespace, self.bucket_regions());
        Objects { buckets, owners }
    }

    /// Returns the account of the machine's own credentials.
    ///
    /// # Errors
    /// If there are none, or STS does not say.
    pub async fn own_account(&self, region: &Region) -> Result<AccountId, CallError> {
        let settings = self.own_settings(Some(region)).await;
        let reply = self.sts(&settings).get_caller_identity().send().await;
        let reply = reply.map_err(|error| CallError::of(IDENTITY, &error))?;
        reply.account().unwrap_or_default().parse().map_err(|_| CallError {
            operation: IDENTITY,
            code: None,
            text: "the reply names no account".to_owned(),
            origin: ErrorOrigin::Unreadable,
        })
    }
}

/// What was taken of an object's content.
struct Taken<'a, W> {
    to: &'a mut W,
    bytes: u64,
    most_bytes: u64,
}

impl<W: Write> Taken<'_, W> {
    /// Takes what of a content was not taken before.
    async fn take(&mut self, mut content: ByteStream) -> Result<(), GetError> {
        let most_bytes = self.most_bytes;
        let mut known_bytes = self.bytes;
        while let Some(chunk) = content.next().await {
            let chunk = chunk.map_err(|error| GetError::Torn(error.to_string()))?;
            let skipped = known_bytes.min(chunk.len() as u64);
            known_bytes -= skipped;
            let fresh = &chunk[usize::try_from(skipped).expect("it is within the chunk")..];
            self.bytes += fresh.len() as u64;
            if self.bytes > most_bytes {
                return Err(GetError::TooLarge { most_bytes });
            }
            self.to.write_all(fresh)?;
        }
        Ok(())
    }
}

impl Objects {
    /// Writes an object's content to `to`.
    ///
    /// # Errors
    /// If there is none, it is too large, or it cannot be read to its end.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        most_bytes: u64,
        to: &mut impl Write,
    ) -> Result<(), GetError> {
        let mut taken = Taken { to, bytes: 0, most_bytes };
        let mut version = None;
        let bucket = self.bucket(bucket);
        let get = |s3: Client, owner| {
            let get = s3.get_object().bucket(bucket.name).key(key);
            get.expected_bucket_owner(owner).send()
        };
        for reading in 1.. {
            let (reply, _) = self.buckets.call("s3:GetObject", bucket, get).await?;
            if reading > 1 && reply.e_tag != version {
                return Err(GetError::Torn("it was replaced while it was read".to_owned()));
            }
            version = reply.e_tag;
            match taken.take(reply.body).await {
                Err(GetError::Torn(why)) if reading < MOST_READINGS => {
                    tracing::warn!(bucket = bucket.name, key, why, "an object is read once more");
                }
                taken => return taken,
            }
        }
        unreachable!("the last reading returns")
    }

    /// Keeps an object, encrypted with a KMS key if one is named.
    ///
    /// # Errors
    /// If S3 refuses it or does not answer.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        content: Bytes,
        kms_key: Option<&str>,
    ) -> Result<(), CallError> {
        let bucket = self.bucket(bucket);
        let encryption = kms_key.map(|_| ServerSideEncryption::AwsKms);
        let put = |s3: Client, owner| {
            s3.put_object()
                .bucket(bucket.name)
                .key(key)
                .expected_bucket_owner(owner)
                .set_ssekms_key_id(kms_key.map(str::to_owned))
                .set_server_side_encryption(encryption.clone())
                .body(ByteStream::from(content.clone()))
                .send()
        };
        self.buckets.call("s3:PutObject", bucket, put).await.map(drop)
    }

    pub(super) fn bucket<'a>(&'a self, name: &'a str) -> Bucket<'a> {
        Bucket { name, owners: &self.owners }
    }
}
