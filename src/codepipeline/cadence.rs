//! When jobs are asked for next.

use std::time::Duration;

/// The shortest pause between two questions.
const LEAST: Duration = Duration::from_millis(500);
/// The longest pause while nothing comes: how long a job may wait for its worker.
const MOST_IDLE: Duration = Duration::from_secs(15);
/// The longest pause while CodePipeline does not answer.
const MOST_REFUSED: Duration = Duration::from_secs(60);

/// What came of asking for jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// There were some.
    Found,
    /// There were none.
    Nothing,
    /// There was no answer.
    Refused,
}

/// When jobs are asked for next: soon while some come, ever more rarely while none do.
#[derive(Clone, Debug)]
pub struct Cadence {
    pause: Duration,
}

impl Default for Cadence {
    fn default() -> Self {
        Self { pause: LEAST }
    }
}

impl Cadence {
    /// Returns how long to wait after what came of asking.
    pub fn after(&mut self, asked: Asked) -> Duration {
        self.pause = match asked {
            Asked::Found => LEAST,
            Asked::Nothing => (self.pause * 2).min(MOST_IDLE),
            Asked::Refused => (self.pause * 2).min(MOST_REFUSED),
        };
        self.pause
    }

    /// Begins anew: a job is known to come, as one of ours is to be gone on with.
    pub fn expect(&mut self) -> Duration {
        self.pause = LEAST;
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked() -> impl Strategy<Value = Asked> {
        prop_oneof![Just(Asked::Found), Just(Asked::Nothing), Just(Asked::Refused)]
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_than_the_least_and_ends_with_the_first_job(
            all in prop::collection::vec(asked(), 1..40)
        ) {
            let mut cadence = Cadence::default();
            for asked in all {
                let pause = cadence.after(asked);
                prop_assert!((LEAST..=MOST_REFUSED).contains(&pause));
                prop_assert!(asked != Asked::Nothing || pause <= MOST_IDLE);
                prop_assert!(asked != Asked::Found || pause == LEAST);
            }
        }
    }

    #[test]
    fn an_idle_worker_asks_four_times_a_minute() {
        let mut cadence = Cadence::default();
        let idle: Duration = (0..20).map(|_| cadence.after(Asked::Nothing)).last().expect("some");
        assert_eq!(idle, MOST_IDLE);
        assert_eq!(cadence.expect(), LEAST);
    }
}
