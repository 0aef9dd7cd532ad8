//! A job: what a worker asks for, takes, and tells the end of.
//!
//! Decided here, and only from the moment: who may have a job, and what its state allows.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long a worker has to say that it took the job; then others are offered it.
///
/// AWS does not say how long that is.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(60);

/// One job of an action. An action that is continued has several, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineJob {
    pub id: String,
    /// How far it is.
    pub state: JobState,
    /// How many times it was handed out, which is the nonce of the last time.
    pub offers: u32,
    /// Since when its state is what it is.
    pub since: Timestamp,
    /// What the job before said this one goes on with.
    pub continuation: Option<String>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// Nobody has been offered it.
    Queued,
    /// A worker was offered it.
    Dispatched,
    /// A worker took it.
    InProgress,
    /// It ended well.
    Succeeded,
    Failed,
}

impl JobState {
    /// Returns the word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Dispatched => "Dispatched",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

impl PipelineJob {
    /// Returns a job that nobody has been offered.
    pub fn queued(id: String, continuation: Option<String>, now: Timestamp) -> Self {
        Self { id, state: JobState::Queued, offers: 0, since: now, continuation }
    }

    /// Returns a job that is somebody's from its beginning.
    pub fn begun(id: String, continuation: Option<String>, now: Timestamp) -> Self {
        Self { state: JobState::InProgress, ..Self::queued(id, continuation, now) }
    }

    /// Whether a worker that asks now is offered it.
    pub fn is_on_offer(&self, now: Timestamp) -> bool {
        match self.state {
            JobState::Queued => true,
            JobState::Dispatched => now >= self.since + ACKNOWLEDGE_WITHIN,
            JobState::InProgress | JobState::Succeeded | JobState::Failed => false,
        }
    }

    /// Hands the job out, with a nonce that no other worker has.
    pub fn offer(&mut self, now: Timestamp) {
        self.offers += 1;
        self.turn(JobState::Dispatched, now);
    }

    /// Returns the nonce of the last time it was handed out.
    pub fn nonce(&self) -> String {
        self.offers.to_string()
    }

    /// Gives the job to the worker with this nonce; returns whether it is the one offered last.
    pub fn take(&mut self, nonce: &str, now: Timestamp) -> bool {
        let is_offered = self.offers > 0 && nonce == self.nonce();
        if is_offered && self.state == JobState::Dispatched {
            self.turn(JobState::InProgress, now);
        }
        is_offered
    }

    /// Ends the job, if a worker has it; returns whether one had.
    pub fn end(&mut self, state: JobState, now: Timestamp) -> bool {
        let is_taken = self.state == JobState::InProgress;
        if is_taken {
            self.turn(state, now);
        }
        is_taken
    }

    fn turn(&mut self, state: JobState, now: Timestamp) {
        self.state = state;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_offered_again_only_if_nobody_took_it_in_time() {
        let start = Timestamp::UNIX_EPOCH;
        let mut job = PipelineJob::queued("j".into(), None, start);
        job.offer(start);
        assert!(!job.is_on_offer(start + Duration::from_secs(59)));
        let later = start + ACKNOWLEDGE_WITHIN;
        assert!(job.is_on_offer(later));
        job.offer(later);
        assert!(!job.take("1", later), "the first nonce is stale");
        assert!(job.take("2", later));
        assert!(!job.is_on_offer(later + Duration::from_secs(86_400)));
    }

    #[test]
    fn a_job_ends_once_and_only_when_it_was_taken() {
        let now = Timestamp::UNIX_EPOCH;
        let mut job = PipelineJob::queued("j".into(), None, now);
        assert!(!job.end(JobState::Succeeded, now));
        job.offer(now);
        assert!(job.take("1", now) && job.take("1", now), "the same worker may say it twice");
        assert!(job.end(JobState::Failed, now));
        assert!(!job.end(JobState::Succeeded, now));
    }
}
