//! The only reader of the clock.
//!
//! Whoever needs the time is given a [`Clock`]: the machine's, or one that follows tokio's time, so
//! that a test which pauses tokio pauses the whole program with it. The clock knows nothing of what
//! is timed.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;
use tokio::time::Instant;

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
