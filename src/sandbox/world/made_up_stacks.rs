//! The nested stacks that the sandbox made up, as their templates stand in buckets that it does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The logical ids of nested stacks that were made up, by the bucket where their templates stand.
///
/// Clones are the same: the sandbox writes down what it made up, and whoever opened it tells people.
#[derive(Clone, Debug, Default)]
pub struct MadeUpStacks(Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>);

impl MadeUpStacks {
    /// Writes down that a nested stack was made up.
    pub fn note(&self, bucket: &str, logical_id: &str) {
        let mut by_bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        by_bucket.entry(bucket.to_owned()).or_default().insert(logical_id.to_owned());
    }

    /// Returns what was written down so far.
    pub fn by_bucket(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
