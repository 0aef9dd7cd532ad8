//! Which objects a run looked for in buckets, and which it sent there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::bucket_namespace::BucketNamespace;
use crate::cloud::wire::call_error::CallError;
use crate::name::Region;

/// How many objects a run sends at the same time: they share one way out.
const MOST_AT_ONCE: usize = 16;

/// The objects that a run looked for or sent, by bucket and key. Clones share them.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct UploadedObjects {
    by_place: Arc<Mutex<BTreeMap<ObjectPlace, Arc<UploadedObject>>>>,
    sending: Arc<Semaphore>,
}

/// A bucket with that within which its name is unique, and a key in it.
type ObjectPlace = (BucketNamespace, String, String);

/// What is known of an object.
#[derive(Debug, Default)]
pub(in crate::cloud) struct UploadedObject {
    /// The Region of its bucket if it was there, whole, when it was looked for.
    pub found: OnceCell<Option<Region>>,
    sent: OnceLock<Region>,
    sending: tokio::sync::Mutex<()>,
    failed: Mutex<FailedSending>,
}

/// How often an object could not be sent whoever sent it, and why the last time.
#[derive(Clone, Debug, Default)]
struct FailedSending {
    times: usize,
    last: Option<CallError>,
}

impl UploadedObject {
    /// Returns the Region of its bucket, once it was sent.
    pub fn sent(&self) -> Option<&Region> {
        self.sent.get()
    }

    /// Sends it, unless that was done, one at a time. Whoever waits while that fails shares the failure, unless it was
    /// the sender's own; whoever comes later tries again.
    ///
    /// # Errors
    /// As `send`.
    pub async fn send_once(
        &self,
        send: impl Future<Output = Result<Region, CallError>>,
    ) -> Result<Region, CallError> {
        let failed = || self.failed.lock().expect("no holder panics").clone();
        let times_before = failed().times;
        let _one_at_a_time = self.sending.lock().await;
        if let Some(region) = self.sent.get() {
            return Ok(region.clone());
        }
        if let FailedSending { times, last: Some(error) } = failed()
            && times > times_before
        {
            return Err(error);
        }
        match send.await {
            Ok(region) => Ok(self.sent.get_or_init(|| region).clone()),
            Err(error) => {
                if !error.is_callers_own() {
                    let mut failed = self.failed.lock().expect("no holder panics");
                    failed.times += 1;
                    failed.last = Some(error.clone());
                }
                Err(error)
            }
        }
    }
}

impl Default for UploadedObjects {
    fn default() -> Self {
        Self { by_place: Arc::default(), sending: Arc::new(Semaphore::new(MOST_AT_ONCE)) }
    }
}

impl UploadedObjects {
    /// Returns what is known of an object.
    pub fn of(&self, namespace: &BucketNamespace, bucket: &str, key: &str) -> Arc<UploadedObject> {
        let mut known = self.by_place.lock().expect("no holder panics");
        let place = (namespace.clone(), bucket.to_owned(), key.to_owned());
        known.entry(place).or_default().clone()
    }

    /// Waits until one more object may be sent.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        self.sending.acquire().await.expect("nobody closes it")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use aws_config::SdkConfig;

    use super::*;
    use crate::cloud::wire::call_error::ErrorOrigin;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_by_those_who_wait_unless_it_is_the_senders_own() {
        for (code, expected) in [("InternalError", 1), ("AccessDenied", 3), ("ExpiredToken", 3)] {
            let (object, tries) = (UploadedObject::default(), AtomicUsize::new(0));
            let send = || {
                object.send_once(async {
                    tries.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(120)).await;
                    let (code, text) = (Some(code.to_owned()), "it failed".to_owned());
                    let origin = ErrorOrigin::Service;
                    Err(CallError { operation: "s3:PutObject", code, text, origin })
                })
            };
            let failed = tokio::join!(send(), send(), send());
            assert!(failed.0.is_err() && failed.1.is_err() && failed.2.is_err());
            assert_eq!(tries.load(Ordering::Relaxed), expected, "{code}");
            send().await.expect_err("it fails again");
            assert_eq!(tries.load(Ordering::Relaxed), expected + 1, "who comes later tries again");
            let region: Region = "eu-west-1".parse().expect("a Region");
            object.send_once(async { Ok(region.clone()) }).await.expect("it is sent");
            assert_eq!(send().await.expect("it was sent"), region);
        }
    }

    #[test]
    fn one_name_in_two_partitions_or_behind_two_endpoints_is_two_buckets() {
        let objects = UploadedObjects::default();
        let of = |region: &str, endpoint: Option<&str>| {
            let mut settings = SdkConfig::builder();
            settings.set_endpoint_url(endpoint.map(str::to_owned));
            let region = region.parse().expect("a Region");
            let namespace = BucketNamespace::of(&settings.build(), &region);
            Arc::as_ptr(&objects.of(&namespace, "b", "k"))
        };
        assert_eq!(of("eu-west-1", None), of("us-east-1", None));
        assert_ne!(of("eu-west-1", None), of("cn-north-1", None));
        assert_ne!(of("eu-west-1", None), of("eu-west-1", Some("http://localhost:4566")));
    }
}
