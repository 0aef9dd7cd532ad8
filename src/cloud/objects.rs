//! Objects in buckets of one Region: artifacts of pipelines, and journals.

use std::io::{self, Write};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;

use super::connection::{Cloud, retry_partition};
use super::refusal::CallError;
use crate::name::Region;

/// How often an object is read whose content breaks off.
const MOST_READINGS: usize = 4;

/// Objects in buckets of one Region.
#[derive(Clone, Debug)]
pub struct Objects {
    client: Client,
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
    /// Returns the objects of a Region as `keys` reach them; without any, as the machine's own do.
    pub async fn objects(&self, region: &Region, keys: Option<Credentials>) -> Objects {
        let settings = self.own_settings(Some(region)).await;
        let settings = match keys {
            None => settings,
            Some(keys) => settings
                .to_builder()
                .credentials_provider(SharedCredentialsProvider::new(keys))
                .build(),
        };
        let config = aws_sdk_s3::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .interceptor(self.calls())
            // A bucket's name need not resolve in DNS when an endpoint of one's own is used.
            .force_path_style(settings.endpoint_url().is_some())
            .build();
        Objects { client: Client::from_conf(config) }
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
        for reading in 1.. {
            let reply = self.client.get_object().bucket(bucket).key(key).send().await;
            let reply = reply.map_err(|error| CallError::of("s3:GetObject", &error))?;
            if reading > 1 && reply.e_tag != version {
                return Err(GetError::Torn("it was replaced while it was read".to_owned()));
            }
            version = reply.e_tag;
            match taken.take(reply.body).await {
                Err(GetError::Torn(why)) if reading < MOST_READINGS => {
                    tracing::warn!(bucket, key, why, "an object is read once more");
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
        content: Vec<u8>,
        kms_key: Option<&str>,
    ) -> Result<(), CallError> {
        let put = self.client.put_object().bucket(bucket).key(key);
        let put = put.body(ByteStream::from(content)).set_ssekms_key_id(kms_key.map(str::to_owned));
        let put = match kms_key {
            Some(_) => put.server_side_encryption(ServerSideEncryption::AwsKms),
            None => put,
        };
        put.send().await.map(drop).map_err(|error| CallError::of("s3:PutObject", &error))
    }
}
