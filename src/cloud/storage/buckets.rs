//! Calls on buckets: each goes to the Region where its bucket stands, and only to a bucket of the account
//! that it must belong to.

use std::fmt;
use std::future::Future;

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::cloud::connection::bucket_namespace::BucketNamespace;
use crate::cloud::connection::bucket_regions::BucketRegions;
use crate::cloud::wire::call_error::CallError;
use crate::name::{AccountId, Region};

/// The header in which S3 says where a bucket stands, also where it refuses.
///
/// Source: S3 API reference, `HeadBucket`, and S3 user guide, "Making requests to the wrong Region".
const REGION_HEADER: &str = "x-amz-bucket-region";

/// S3, as one session reaches it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Buckets {
    settings: aws_sdk_s3::Config,
    region: Region,
    namespace: BucketNamespace,
    known: BucketRegions,
}

/// The accounts that a bucket may belong to: S3 refuses one of anybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    first: AccountId,
    other: Option<AccountId>,
}

impl Owners {
    /// Returns the one account that a bucket must belong to.
    pub fn of(account: AccountId) -> Self {
        Self { first: account, other: None }
    }

    /// Returns the same with another account that it may belong to instead.
    #[must_use]
    pub fn or(self, other: Option<AccountId>) -> Self {
        let other = other.filter(|other| *other != self.first);
        Self { other, ..self }
    }

    fn each(&self) -> impl Iterator<Item = &AccountId> {
        std::iter::once(&self.first).chain(&self.other)
    }
}

impl fmt::Display for Owners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.other {
            None => write!(f, "{}", self.first),
            Some(other) => write!(f, "{} or {other}", self.first),
        }
    }
}

/// A bucket, and whose it must be.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct Bucket<'a> {
    /// Its name, unique within a partition.
    pub name: &'a str,
    /// The accounts that it may belong to.
    pub owners: &'a Owners,
}

impl Buckets {
    /// Returns S3 as these settings reach it; buckets are looked for in `region` first.
    pub fn new(
        settings: aws_sdk_s3::Config,
        region: Region,
        namespace: BucketNamespace,
        known: BucketRegions,
    ) -> Self {
        Self { settings, region, namespace, known }
    }

    /// Returns within what the names of its buckets are unique.
    pub fn namespace(&self) -> &BucketNamespace {
        &self.namespace
    }

    /// Carries out a call on a bucket in the Region where that stands; returns the Region as well. `send`
    /// is given the owner that the call must name.
    ///
    /// # Errors
    /// If S3 refuses it or does not answer.
    pub async fn call<T, E, F>(
        &self,
        operation: &'static str,
        bucket: Bucket<'_>,
        send: impl Fn(Client, String) -> F,
    ) -> Result<(T, Region), CallError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let name = bucket.name;
        let mut denied = None;
        for owner in bucket.owners.each() {
            match self.call_there(operation, name, owner, &send).await {
                Err(error) if error.is_access_denied() => denied = Some(error),
                Err(error) => {
                    return Err(CallError {
                        text: format!("bucket {name}: {}", error.text),
                        ..error
                    });
                }
                done => return done,
            }
        }
        Err(self.told(denied.expect("a bucket has an owner"), bucket).await)
    }

    /// Carries out a call where the bucket stands: where S3 says so, once more.
    async fn call_there<T, E, F>(
        &self,
        operation: &'static str,
        bucket: &str,
        owner: &AccountId,
        send: &impl Fn(Client, String) -> F,
    ) -> Result<(T, Region), CallError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let known = self.known.of(&self.namespace, bucket);
        let region = known.unwrap_or_else(|| self.region.clone());
        let error = match send(self.client(&region), owner.to_string()).await {
            Ok(reply) => return Ok((reply, region)),
            Err(error) => error,
        };
        let Some(told) = told_region(&error).filter(|told| *told != region) else {
            return Err(CallError::of(operation, &error));
        };
        self.known.learn(&self.namespace, bucket, told.clone());
        let reply = send(self.client(&told), owner.to_string()).await;
        reply.map(|reply| (reply, told)).map_err(|error| CallError::of(operation, &error))
    }

    /// Returns what is known of why a bucket is not given: S3 has the same words for another's bucket and
    /// for want of permission.
    async fn told(&self, error: CallError, bucket: Bucket<'_>) -> CallError {
        let Bucket { name, owners } = bucket;
        let look =
            |s3: Client, owner| s3.head_bucket().bucket(name).expected_bucket_owner(owner).send();
        let said = error.text.trim_end_matches('.').to_owned();
        for owner in owners.each() {
            if self.call_there("s3:HeadBucket", name, owner, &look).await.is_ok() {
                let text = format!("bucket {name}, which belongs to account {owner}: {said}");
                return CallError { text, ..error };
            }
        }
        let text = format!(
            "bucket {name}: {said}: it belongs to another account than {owners}, or may not be used \
             with these credentials"
        );
        CallError { text, ..error }
    }

    fn client(&self, region: &Region) -> Client {
        let region = aws_config::Region::new(region.to_string());
        Client::from_conf(self.settings.to_builder().region(region).build())
    }
}

/// Returns the Region that a refusal names, if it is for want of the right one.
fn told_region<E>(error: &SdkError<E, HttpResponse>) -> Option<Region> {
    let response = error.raw_response()?;
    // 301 and 307 where the address was wrong, 400 where the signature was for another Region.
    let is_about_region = matches!(response.status().as_u16(), 301 | 307 | 400);
    let region = response.headers().get(REGION_HEADER).filter(|_| is_about_region)?;
    region.parse().ok()
}
