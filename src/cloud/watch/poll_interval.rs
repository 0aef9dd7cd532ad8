//! When to look at a stack again: a plain function of how long it has been moving and of how long
//! it is expected to.

use std::time::Duration;

/// Between looks at a stack of which nothing is known, at least.
const LEAST_UNKNOWN: Duration = Duration::from_millis(500);
/// Between looks near the expected end, at least.
const LEAST_NEAR_END: Duration = Duration::from_millis(80);
/// Between looks at a stack that is overdue or of which nothing is known, at most.
const MOST: Duration = Duration::from_secs(5);
/// Between looks far from the expected end, at most: an early failure is still seen.
const MOST_FAR: Duration = Duration::from_secs(40);
/// Between looks around the expected end, at most.
const NEAR_END: Duration = Duration::from_millis(1700);
/// Before the first look at a stack whose end is expected later, at most.
const LEAST_EXPECTED: Duration = Duration::from_secs(1);
/// What is this near is waited for in one go.
const SOON: Duration = Duration::from_secs(4);
/// Between reads of events, which only show progress, at least.
const LEAST_EVENTS: Duration = Duration::from_secs(10);

/// Between which two times an operation is expected to settle, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) struct Expected {
    /// One like it still moved then.
    pub low: Duration,
    /// One like it had settled then.
    pub high: Duration,
}

impl Expected {
    /// Returns what is expected once another one like it was seen.
    ///
    /// Sightings that agree narrow it; one that does not agree widens it again.
    pub fn and(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high {
            Self { low, high }
        } else {
            Self { low: self.low.min(other.low), high: self.high.max(other.high) }
        }
    }
}

impl Expected {
    /// Returns what is expected of an operation of which `done` of `total` parts were done after
    /// `elapsed`: that the others take as long.
    pub fn by_progress(elapsed: Duration, done: usize, total: usize) -> Option<Self> {
        let (parts, of) = (u32::try_from(total).ok()?, u32::try_from(done).ok()?);
        if of == 0 || of >= parts {
            return None;
        }
        let all = elapsed.checked_mul(parts)?;
        Some(Self { low: all / (of + 1), high: all / of })
    }
}

/// Returns how long to wait before the next look at a stack that has been moving for `elapsed`.
///
/// What is known of others like it decides: seldom while it is far from its end, densely around
/// it. Of what nothing is known, the pause is a quarter of the time that has passed.
pub(in crate::cloud) fn pause_after(elapsed: Duration, expected: Option<Expected>) -> Duration {
    let unknown = (elapsed / 4).clamp(LEAST_UNKNOWN, MOST);
    let Some(Expected { low, high }) = expected else { return unknown };
    let width = high.saturating_sub(low);
    // An exact expectation is still a guess: no two operations take the same time.
    let step = (width / 4).max(high / 50).clamp(LEAST_NEAR_END, MOST);
    if elapsed < low {
        let left = (low + step.min(width / 4)).saturating_sub(elapsed);
        // Halfway there, and halfway again: some are done before those like them were.
        let pause = if left > SOON { left / 2 } else { left };
        // Others need not be like this one: never later than twice the time it took.
        return pause.min(elapsed.max(LEAST_EXPECTED)).clamp(LEAST_NEAR_END, MOST_FAR);
    }
    if elapsed <= high {
        // A wide expectation says as much as none.
        return if width > elapsed / 4 { step.min(unknown) } else { step.min(NEAR_END) };
    }
    let overdue = elapsed - high;
    (step.min(NEAR_END) + overdue / 4).min(MOST)
}

/// Returns how long to wait before events are read again to show progress.
pub(in crate::cloud) fn events_pause_after(elapsed: Duration) -> Duration {
    (elapsed / 4).max(LEAST_EVENTS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns how many looks it takes until one falls behind `end`, and how far behind.
    fn looks_until(end: Duration, expected: Option<Expected>) -> (usize, Duration) {
        let mut elapsed = Duration::ZERO;
        for looks in 1.. {
            elapsed += pause_after(elapsed, expected);
            if elapsed >= end {
                return (looks, elapsed - end);
            }
        }
        unreachable!("pauses are never zero")
    }

    #[test]
    fn ten_minutes_that_were_expected_are_seen_within_two_seconds_by_few_looks() {
        let expected = Expected { low: Duration::from_secs(582), high: Duration::from_secs(618) };
        let (looks, late) = looks_until(Duration::from_secs(600), Some(expected));
        assert!(looks <= 35 && late <= Duration::from_secs(2), "{looks} looks, {late:?} late");
    }

    #[test]
    fn half_of_many_parts_tell_the_end_and_one_of_two_does_not() {
        let second = Duration::from_secs(1);
        let many = Expected::by_progress(second * 300, 300, 600).expect("it can be told");
        assert!(many.low > second * 597 && many.high == second * 600);
        let few = Expected::by_progress(second * 300, 1, 2).expect("it can be told");
        assert_eq!(pause_after(second * 301, Some(few)), pause_after(second * 301, None));
        assert_eq!(Expected::by_progress(second, 0, 9), None);
        assert_eq!(Expected::by_progress(second, 9, 9), None);
    }

    #[test]
    fn two_seconds_of_which_nothing_is_known_are_seen_by_the_fourth_look() {
        let (looks, late) = looks_until(Duration::from_secs(2), None);
        assert!(looks <= 4 && late <= Duration::from_millis(500), "{looks} looks, {late:?} late");
    }

    proptest! {
        #[test]
        fn no_operation_is_seen_much_too_late(
            end in 1u64..4_000_000, low in 0u64..4_000_000, width in 0u64..100_000, known: bool,
        ) {
            let end = Duration::from_millis(end);
            let low = Duration::from_millis(low);
            let expected = Expected { low, high: low + Duration::from_millis(width) };
            let (_, late) = looks_until(end, known.then_some(expected));
            prop_assert!(late <= MOST_FAR);
            prop_assert!(late <= end.max(Duration::from_secs(5)), "{late:?} for {end:?}");
            if known && end >= expected.low && end <= expected.high {
                prop_assert!(late <= Duration::from_secs(5));
            }
        }

        #[test]
        fn what_agrees_narrows_and_what_does_not_widens(a in 0u64..100, b in 0u64..100, c in 0u64..100, d in 0u64..100) {
            let expected = |x: u64, y: u64| Expected {
                low: Duration::from_secs(x.min(y)), high: Duration::from_secs(x.max(y)),
            };
            let both = expected(a, b).and(expected(c, d));
            prop_assert!(both.low <= both.high);
        }
    }
}
