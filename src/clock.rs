//! The only reader of the clock.
//!
//! Whoever needs the time is given a [`Clock`]: the machine's, or one that follows tokio's time, so
//! that a test which pauses tokio pauses the whole program with it. The clock knows nothing of what
//! is timed.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// How far apart two clocks may be without one being ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(1);

/// The time as the program sees it.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's own time, right again after the machine slept.
    System,
    /// A start, plus what tokio's clock says has passed since: it stands still when tokio does.
    Following {
        /// The time when the clock was made.
        start: Timestamp,
        /// The same moment in tokio's time.
        since: Instant,
    },
}

impl Clock {
    /// Returns a clock that begins at `start` and advances with tokio's time.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Following { start, since: Instant::now() }
    }

    /// Returns the machine's clock, or one that goes on from `reached` if the machine has not got there yet.
    pub fn not_before(reached: Option<Timestamp>) -> Self {
        match reached.filter(|reached| *reached > Timestamp::now()) {
            Some(reached) => Self::starting_at(reached),
            None => Self::System,
        }
    }

    /// Whether it shows a time that the machine has not reached.
    pub fn is_ahead(&self) -> bool {
        match self {
            Self::System => false,
            Self::Following { .. } => Clock::now(self) > Timestamp::now() + AHEAD,
        }
    }

    /// Returns the present time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Following { start, since } => {
                start.checked_add(since.elapsed()).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// The SDK signs requests and judges credentials by the same clock.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::try_from(Clock::now(self)).expect("every timestamp is a system time")
    }
}

/// Says when something is due again by the machine's own time, however fast tokio's passes.
#[derive(Debug)]
pub struct MachinePace {
    every: Duration,
    last: Option<std::time::Instant>,
}

impl MachinePace {
    /// Returns what is due at once, and then once in `every`.
    pub fn new(every: Duration) -> Self {
        Self { every, last: None }
    }

    /// Whether it is due; then it is not before its time has passed again.
    pub fn is_due(&mut self) -> bool {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= self.every);
        if is_due {
            self.last = Some(std::time::Instant::now());
        }
        is_due
    }
}

/// Returns `duration` as a person says it: `0.4s`, `12s`, `3m 04s`, `1h 02m`.
pub fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", (duration.as_millis() / 100) as f64 / 10.0),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_tokios_time() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().as_second(), 90);
    }

    #[test]
    fn a_clock_that_reached_a_later_time_goes_on_from_there() {
        let later = Timestamp::now() + SignedDuration::from_hours(5);
        assert!(Clock::not_before(Some(later)).now() >= later);
        assert!(Clock::not_before(Some(later)).is_ahead());
        let earlier = Some(Timestamp::UNIX_EPOCH);
        assert!(matches!(Clock::not_before(earlier), Clock::System));
        assert!(!Clock::System.is_ahead());
    }

    #[test]
    fn what_has_a_pace_is_due_at_once_and_then_only_after_its_time() {
        let mut pace = MachinePace::new(Duration::from_secs(3600));
        assert!(pace.is_due() && !pace.is_due());
        let mut pace = MachinePace::new(Duration::ZERO);
        assert!(pace.is_due() && pace.is_due());
    }

    #[test]
    fn durations_are_spoken() {
        for (ms, words) in [
            (0, "0.0s"),
            (430, "0.4s"),
            (12_900, "12s"),
            (184_000, "3m 04s"),
            (3_720_000, "1h 02m"),
        ] {
            assert_eq!(spoken(Duration::from_millis(ms)), words);
        }
    }
}
