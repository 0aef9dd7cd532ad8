//! How fast calls may follow each other: additive increase, multiplicative decrease.
//!
//! AWS does not say how many calls it bears; it says when they were too many. An [`AdaptiveRate`] starts
//! fast, drops to what was borne as soon as AWS throttles, and feels its way up again. It is plain:
//! it is told the time and what was answered, and says how long to wait.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// What was borne is measured over this long.
const MEASURED_OVER: Duration = Duration::from_secs(2);
/// Throttling within this long is one and the same event: those calls were under way already.
const ONE_EVENT: Duration = Duration::from_millis(500);
/// The slowest: a call every ten seconds.
const LEAST_PER_SECOND: f64 = 0.1;
/// What each call that was borne adds to the calls per second.
const INCREASE: f64 = 0.07;

/// The rate of one kind of call in one account and Region, adapted to throttling.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct AdaptiveRate {
    per_second: f64,
    most_per_second: f64,
    next_slot: SystemTime,
    slowed_at: Option<SystemTime>,
    borne: VecDeque<SystemTime>,
}

impl AdaptiveRate {
    /// Returns a rate that starts with, and never exceeds, so many calls a second.
    pub fn new(most_per_second: f64) -> Self {
        Self {
            per_second: most_per_second,
            most_per_second,
            next_slot: SystemTime::UNIX_EPOCH,
            slowed_at: None,
            borne: VecDeque::new(),
        }
    }

    /// Takes the next slot if its time has come; otherwise returns how long that takes, as things
    /// stand now.
    pub fn take_slot(&mut self, now: SystemTime) -> Result<(), Duration> {
        match self.next_slot.duration_since(now) {
            Ok(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.next_slot = now + Duration::from_secs_f64(1.0 / self.per_second);
                Ok(())
            }
        }
    }

    /// Takes in that a call was borne.
    pub fn answered(&mut self, now: SystemTime) {
        self.forget_old(now);
        self.borne.push_back(now);
        self.per_second = (self.per_second + INCREASE).min(self.most_per_second);
    }

    /// Takes in that a call came too fast.
    pub fn throttled(&mut self, now: SystemTime) {
        let since = |then: SystemTime| now.duration_since(then).unwrap_or_default();
        if self.slowed_at.is_some_and(|then| since(then) < ONE_EVENT) {
            return;
        }
        self.forget_old(now);
        let borne = self.borne.len() as f64 / MEASURED_OVER.as_secs_f64();
        // What was borne says most where there was much of it; it never says everything.
        let (least, most) = (self.per_second * 0.3, self.per_second * 0.7);
        self.per_second = (borne * 0.9).clamp(least, most).max(LEAST_PER_SECOND);
        self.slowed_at = Some(now);
        self.next_slot = self.next_slot.max(now + Duration::from_secs_f64(1.0 / self.per_second));
    }

    fn forget_old(&mut self, now: SystemTime) {
        let is_old = |then: &SystemTime| {
            now.duration_since(*then).is_ok_and(|passed| passed > MEASURED_OVER)
        };
        while self.borne.front().is_some_and(is_old) {
            self.borne.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What stands on the other side: a bucket of `burst` that fills with `per_second`.
    struct Bucket {
        per_second: f64,
        burst: f64,
        tokens: f64,
        filled_at: SystemTime,
    }

    impl Bucket {
        fn takes(&mut self, now: SystemTime) -> bool {
            let passed = now.duration_since(self.filled_at).expect("time goes on").as_secs_f64();
            self.filled_at = now;
            self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
            let takes = self.tokens >= 1.0;
            if takes {
                self.tokens -= 1.0;
            }
            takes
        }
    }

    /// Sends `calls` that must all be borne, and returns how long that took and how often it was
    /// throttled.
    fn send(calls: usize, per_second: f64, burst: f64) -> (Duration, usize) {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let mut bucket = Bucket { per_second, burst, tokens: burst, filled_at: start };
        let mut rate = AdaptiveRate::new(40.0);
        let (mut now, mut throttled) = (start, 0);
        let mut left = calls;
        while left > 0 {
            while let Err(wait) = rate.take_slot(now) {
                now += wait;
            }
            if bucket.takes(now) {
                rate.answered(now);
                left -= 1;
            } else {
                rate.throttled(now);
                throttled += 1;
            }
        }
        (now.duration_since(start).expect("time goes on"), throttled)
    }

    #[test]
    fn forty_writes_take_little_longer_than_the_rate_allows() {
        let (took, throttled) = send(40, 5.0, 10.0);
        assert!(took < Duration::from_millis(7500), "{took:?}, where 6 s are the least");
        assert!(throttled <= 8, "{throttled}");
    }

    proptest! {
        #[test]
        fn every_call_is_borne_in_the_end_and_few_are_throttled(
            calls in 50usize..400, per_second in 0.5f64..30.0, burst in 1.0f64..50.0,
        ) {
            let (took, throttled) = send(calls, per_second, burst);
            let least = (calls as f64 - burst).max(0.0) / per_second;
            prop_assert!(took.as_secs_f64() < least * 2.0 + 30.0, "{took:?} for {least}");
            // A third, and what it costs to come down from forty a second to one in two seconds.
            prop_assert!(throttled * 3 < calls + 60, "{throttled} of {calls}");
        }

        #[test]
        fn no_two_slots_are_closer_than_the_pace(
            steps in prop::collection::vec((0u64..2000, 0u8..3), 1..200),
        ) {
            let mut rate = AdaptiveRate::new(10.0);
            let mut now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            let mut last: Option<SystemTime> = None;
            for (millis, what) in steps {
                now += Duration::from_millis(millis);
                match what {
                    0 => rate.answered(now),
                    1 => rate.throttled(now),
                    _ => {
                        if rate.take_slot(now).is_ok() {
                            let apart = last.map(|last| now.duration_since(last).expect("later"));
                            prop_assert!(apart.is_none_or(|apart| apart >= Duration::from_millis(99)));
                            last = Some(now);
                        }
                    }
                }
            }
        }
    }
}
