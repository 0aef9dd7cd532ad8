//! The poll interval: how long to wait before jobs are asked for again.

use std::time::Duration;

/// The shortest pause between two questions.
const LEAST: Duration = Duration::from_millis(500);
/// The longest pause while nothing comes: how long a job may wait for its worker.
const MOST_IDLE: Duration = Duration::from_secs(15);
/// The longest pause while CodePipeline does not answer.
const MOST_REFUSED: Duration = Duration::from_secs(60);

/// What came of asking for jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollAnswer {
    /// There were some.
    Found,
    /// There were none.
    Nothing,
    /// There was no answer.
    Refused,
}

/// How long to wait: little while some come, exponentially longer while none do (backoff).
#[derive(Clone, Debug)]
pub struct PollInterval {
    pause: Duration,
}

impl Default for PollInterval {
    fn default() -> Self {
        Self { pause: LEAST }
    }
}

impl PollInterval {
    /// Returns how long to wait after what came of asking.
    pub fn after(&mut self, answer: PollAnswer) -> Duration {
        self.pause = match answer {
            PollAnswer::Found => LEAST,
            PollAnswer::Nothing => (self.pause * 2).min(MOST_IDLE),
            PollAnswer::Refused => (self.pause * 2).min(MOST_REFUSED),
        };
        self.pause
    }

    /// Begins anew: a job is known to come, as one of ours is to be resumed.
    pub fn expect(&mut self) -> Duration {
        self.pause = LEAST;
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer() -> impl Strategy<Value = PollAnswer> {
        prop_oneof![Just(PollAnswer::Found), Just(PollAnswer::Nothing), Just(PollAnswer::Refused)]
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_than_the_least_and_ends_with_the_first_job(
            all in prop::collection::vec(answer(), 1..40)
        ) {
            let mut interval = PollInterval::default();
            for answer in all {
                let pause = interval.after(answer);
                prop_assert!((LEAST..=MOST_REFUSED).contains(&pause));
                prop_assert!(answer != PollAnswer::Nothing || pause <= MOST_IDLE);
                prop_assert!(answer != PollAnswer::Found || pause == LEAST);
            }
        }
    }

    #[test]
    fn an_idle_worker_asks_four_times_a_minute() {
        let mut interval = PollInterval::default();
        let idle: Duration =
            (0..20).map(|_| interval.after(PollAnswer::Nothing)).last().expect("some");
        assert_eq!(idle, MOST_IDLE);
        assert_eq!(interval.expect(), LEAST);
    }
}
