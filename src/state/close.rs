//! The end of a run's writing, set by somebody else: the next segment is taken before its writer can.

use super::bucket::{StateBucket, StateError};
use super::run_objects::{run_objects, segment_key};
use super::segment::Segment;
use crate::cloud::{PutOutcome, WriteCondition};
use crate::name::RunId;

/// Closes a run whose owner is not heard of any more: what it writes of it from now on is refused.
///
/// # Errors
/// If the bucket does not take it.
pub(super) async fn close(bucket: &StateBucket, run: &RunId) -> Result<(), StateError> {
    let mut number = run_objects(bucket, run).await?.last() + 1;
    loop {
        let segment = Segment {
            run: run.clone(),
            number,
            writer: "closed".to_owned(),
            journal: Vec::new(),
            before: Vec::new(),
            closed_by: Some("its lock was taken".to_owned()),
        };
        let key = segment_key(run, number);
        match bucket.put(&key, segment.bytes(), WriteCondition::Absent).await? {
            PutOutcome::Written(_) => return Ok(()),
            // Written by its owner since, or by us, with an answer that was lost: the next one is as good.
            PutOutcome::Refused => number += 1,
        }
    }
}
