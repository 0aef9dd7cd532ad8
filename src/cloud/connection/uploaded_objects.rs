//! Which objects a run looked for in buckets, and which it sent there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::bucket_namespace::BucketNamespace;
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
    /// The Region of its bucket, once it was sent.
    pub sent: OnceCell<Region>,
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
    use aws_config::SdkConfig;

    use super::*;

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
