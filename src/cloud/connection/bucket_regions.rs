//! A cache of the Regions in which buckets stand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::bucket_namespace::BucketNamespace;
use crate::name::Region;

/// A bucket's name, and within what it is unique.
type BucketPlace = (BucketNamespace, String);

/// Where buckets stand that were asked for in another Region. Clones share it: buckets do not move.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct BucketRegions(Arc<Mutex<BTreeMap<BucketPlace, Region>>>);

impl BucketRegions {
    /// Returns the Region of a bucket, if it was learned.
    pub fn of(&self, namespace: &BucketNamespace, bucket: &str) -> Option<Region> {
        let place = (namespace.clone(), bucket.to_owned());
        self.0.lock().expect("no holder panics").get(&place).cloned()
    }

    /// Takes in where a bucket stands.
    pub fn learn(&self, namespace: &BucketNamespace, bucket: &str, region: Region) {
        let place = (namespace.clone(), bucket.to_owned());
        self.0.lock().expect("no holder panics").insert(place, region);
    }
}
