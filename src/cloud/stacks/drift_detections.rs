//! How many detections of drift are begun each second, and go on at a time, in one account and Region.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::cloud::wire::rate_limiter::CallRateLimiter;

/// The most detections that are begun each second in one account and Region, before AWS said anything.
pub(super) const DETECTIONS_PER_SECOND: f64 = 5.0;

/// The most detections that go on at a time in one account and Region.
///
/// AWS names no limit. Where many go on at once, the services behind the resources answer `Rate exceeded` or `Internal
/// Failure`, and detections fail: CloudFormation roadmap on GitHub, issue 801.
const MOST_AT_ONCE: usize = 10;

/// What bounds the detections in one account and Region; clones share it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct DriftDetections {
    pub begun: CallRateLimiter,
    going_on: Arc<Semaphore>,
}

impl DriftDetections {
    pub(super) fn new(begun: CallRateLimiter) -> Self {
        Self { begun, going_on: Arc::new(Semaphore::new(MOST_AT_ONCE)) }
    }

    /// Waits until one more may go on: until what is returned is dropped.
    pub async fn one_more(&self) -> SemaphorePermit<'_> {
        self.going_on.acquire().await.expect("nobody closes the semaphore")
    }
}
