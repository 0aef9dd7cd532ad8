//! How long operations take, as far as this run has seen: the same template in other accounts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::poll_interval::Expected;

/// What was seen, shared by everything that is followed in a run.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct Durations {
    seen: Arc<Mutex<BTreeMap<String, Expected>>>,
}

impl Durations {
    /// Returns what is expected of an operation of this kind, if one like it was seen.
    pub fn expected(&self, kind: &str) -> Option<Expected> {
        self.seen.lock().expect("no holder panics").get(kind).copied()
    }

    /// Takes in between which two times an operation of this kind settled.
    pub fn saw(&self, kind: &str, settled: Expected) {
        let mut seen = self.seen.lock().expect("no holder panics");
        match seen.get_mut(kind) {
            Some(expected) => *expected = expected.and(settled),
            None => drop(seen.insert(kind.to_owned(), settled)),
        }
    }
}
