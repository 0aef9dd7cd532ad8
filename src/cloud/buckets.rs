//! Calls on buckets: each goes to the Region where its bucket stands, and only to a bucket of the account
//! that it must belong to.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::refusal::CallError;
use crate::name::{AccountId, Region};

/// The header in which S3 says where a bucket stands, also where it refuses.
///
/// Source: S3 API reference, `HeadBucket`, and S3 user guide, "Making requests to the wrong Region".
const REGION_HEADER: &str = "x-amz-bucket-region";

/// Where buckets stand that were asked for in another Region. Clones share it: buckets do not move.
#[derive(Clone, Debug, Default)]
pub(super) struct BucketRegions(Arc<Mutex<BTreeMap<String, Region>>>);

impl BucketRegions {
    fn of(&self, bucket: &str) -> Option<Region> {
        self.0.lock().expect("no holder panics").get(bucket).cloned()
    }

    fn learn(&self, bucket: &str, region: Region) {
        self.0.lock().expect("no holder panics").insert(bucket.to_owned(), region);
    }
}

/// S3, as one session reaches it.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    settings: aws_sdk_s3::Config,
    region: Region,
    known: BucketRegions,
}

/// A bucket, and whose it must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// The account that it must belong to, where that is known.
    pub owner: Option<&'a AccountId>,
}

impl Bucket<'_> {
    /// Returns the owner as a call names it: S3 refuses a bucket of anybody else.
    pub fn expected_owner(&self) -> Option<String> {
        self.owner.map(ToString::to_string)
    }
}

impl Buckets {
    /// Returns S3 as these settings reach it; buckets are looked for in `region` first.
    pub fn new(settings: aws_sdk_s3::Config, region: Region, known: BucketRegions) -> Self {
        Self { settings, region, known }
    }

    /// Carries out a call on a bucket in the Region where that stands; returns the Region as well.
    ///
    /// # Errors
    /// If S3 refuses it or does not answer.
    pub async fn call<T, E, F>(
        &self,
        operation: &'static str,
        bucket: Bucket<'_>,
        send: impl Fn(Client) -> F,
    ) -> Result<(T, Region), CallError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut region = self.known.of(bucket.name).unwrap_or_else(|| self.region.clone());
        let error = match send(self.client(&region)).await {
            Ok(reply) => return Ok((reply, region)),
            Err(error) => error,
        };
        let error = match told_region(&error).filter(|told| *told != region) {
            None => error,
            Some(told) => {
                region = told;
                match send(self.client(&region)).await {
                    Ok(reply) => {
                        self.known.learn(bucket.name, region.clone());
                        return Ok((reply, region));
                    }
                    Err(error) => error,
                }
            }
        };
        let error = CallError::of(operation, &error);
        Err(match error.is_access_denied() {
            true => self.denied(error, bucket, &region).await,
            false => CallError { text: format!("bucket {}: {}", bucket.name, error.text), ..error },
        })
    }

    /// Returns what is known of why a bucket is not given: S3 has the same words for another's bucket and
    /// for want of permission.
    async fn denied(&self, error: CallError, bucket: Bucket<'_>, region: &Region) -> CallError {
        let Bucket { name, owner } = bucket;
        let Some(owner) = owner else {
            return CallError { text: format!("bucket {name}: {}", error.text), ..error };
        };
        // Without naming an owner: only one of another account answers to that and not to the call.
        let look = self.client(region).head_bucket().bucket(name);
        let is_theirs = match look.clone().expected_bucket_owner(owner.to_string()).send().await {
            Ok(_) => false,
            Err(_) => look.send().await.is_ok(),
        };
        let text = match is_theirs {
            true => format!("bucket {name} belongs to another account than {owner}"),
            false => format!(
                "bucket {name}: {}; or it belongs to another account than {owner}",
                error.text.trim_end_matches('.')
            ),
        };
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
