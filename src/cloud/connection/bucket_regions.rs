//! A cache of the Regions in which buckets stand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::name::Region;

/// Where buckets stand that were asked for in another Region. Clones share it: buckets do not move.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct BucketRegions(Arc<Mutex<BTreeMap<String, Region>>>);

impl BucketRegions {
    /// Returns the Region of a bucket, if it was learned.
    pub fn of(&self, bucket: &str) -> Option<Region> {
        self.0.lock().expect("no holder panics").get(bucket).cloned()
    }

    /// Takes in where a bucket stands.
    pub fn learn(&self, bucket: &str, region: Region) {
        self.0.lock().expect("no holder panics").insert(bucket.to_owned(), region);
    }
}
