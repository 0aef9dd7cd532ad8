//! The objects of a run: its segments, some of which may be joined, and its plan.
//!
//! ```text
//! runs/RUN/000001.jsonl            the first segment, and so on
//! runs/RUN/000001-000057.jsonl     these segments joined, once the run has ended
//! runs/RUN/plan.json               what the run was made of
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::bucket::{StateBucket, StateError};
use super::segment::Segment;
use crate::name::RunId;

/// The folder of runs in a place.
const RUNS: &str = "runs/";

/// What the plan of a run is called.
const PLAN: &str = "plan.json";

/// What stands of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunObjects {
    /// The numbers of single segments.
    pub segments: BTreeSet<u64>,
    /// The last numbers of joined ones, which all begin with the first.
    pub joined: BTreeSet<u64>,
    /// Whether its plan is kept.
    pub has_plan: bool,
}

impl RunObjects {
    /// Returns the last number of all that stands; 0 if nothing does. What comes next stands behind it, also where a
    /// segment before it is missing.
    pub fn last(&self) -> u64 {
        self.segments.last().copied().unwrap_or(0).max(self.last_joined())
    }

    /// Returns the last number of what is joined; 0 if nothing is.
    pub fn last_joined(&self) -> u64 {
        self.joined.last().copied().unwrap_or(0)
    }

    fn take(&mut self, name: &str) {
        if name == PLAN {
            self.has_plan = true;
        } else if let Some(number) = Segment::number_of(name) {
            self.segments.insert(number);
        } else if let Some(last) = joined_end(name) {
            self.joined.insert(last);
        }
    }
}

/// Returns the last number of a joined segment, if a name is that of one.
fn joined_end(name: &str) -> Option<u64> {
    Segment::number_of(name.strip_prefix("000001-")?)
}

/// Returns where a segment of a run stands.
pub(super) fn segment_key(run: &RunId, number: u64) -> String {
    format!("{RUNS}{run}/{}", Segment::name(number))
}

/// Returns where the segments of a run up to a number stand, joined.
pub(super) fn joined_key(run: &RunId, last: u64) -> String {
    format!("{RUNS}{run}/000001-{}", Segment::name(last))
}

/// Returns where the plan of a run stands.
pub(super) fn plan_key(run: &RunId) -> String {
    format!("{RUNS}{run}/{PLAN}")
}

/// Returns what stands of a run.
///
/// # Errors
/// If it cannot be listed.
pub(super) async fn run_objects(
    bucket: &StateBucket,
    run: &RunId,
) -> Result<RunObjects, StateError> {
    let start = format!("{RUNS}{run}/");
    let mut objects = RunObjects::default();
    for entry in bucket.list(&start).await? {
        objects.take(&entry.key[start.len()..]);
    }
    Ok(objects)
}

/// Returns what stands of all runs.
///
/// # Errors
/// If it cannot be listed.
pub(super) async fn all_runs(
    bucket: &StateBucket,
) -> Result<BTreeMap<RunId, RunObjects>, StateError> {
    let mut runs: BTreeMap<RunId, RunObjects> = BTreeMap::new();
    for entry in bucket.list(RUNS).await? {
        let Some((run, name)) = entry.key[RUNS.len()..].split_once('/') else { continue };
        if let Ok(run) = run.parse() {
            runs.entry(run).or_default().take(name);
        }
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> RunObjects {
        let mut objects = RunObjects::default();
        names.iter().for_each(|name| objects.take(name));
        objects
    }

    #[test]
    fn what_comes_next_stands_behind_all_that_is_there() {
        let known = |names: &[&str]| (of(names).last_joined(), of(names).last());
        assert_eq!(known(&[]), (0, 0));
        assert_eq!(known(&["000001.jsonl", "000002.jsonl", "plan.json"]), (0, 2));
        assert_eq!(known(&["000001.jsonl", "000003.jsonl"]), (0, 3));
        assert_eq!(known(&["000001-000057.jsonl", "000058.jsonl"]), (57, 58));
        assert_eq!(known(&["000001-000057.jsonl", "000005.jsonl"]), (57, 57));
        assert_eq!(known(&["000001-000057.jsonl", "000001-000009.jsonl", "x"]), (57, 57));
    }
}
