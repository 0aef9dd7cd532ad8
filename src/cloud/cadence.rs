//! When to look at a stack again: a plain function of how long it has been followed.

use std::time::Duration;

/// The first look comes this long after the write.
const FIRST: Duration = Duration::from_millis(300);
/// Looks are never further apart than this.
const MOST: Duration = Duration::from_secs(5);

/// Returns how long to wait before the next look at a stack that has been followed for `elapsed`.
///
/// Short operations are seen soon after they end, long ones are not asked about too often: the
/// pause grows by three tenths of the time that has passed, up to five seconds.
pub(super) fn pause_after(elapsed: Duration) -> Duration {
    (FIRST + elapsed * 3 / 10).min(MOST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_never_shrink_and_stay_within_bounds(seconds in 0u64..100_000, more in 0u64..100) {
            let pause = pause_after(Duration::from_secs(seconds));
            prop_assert!(pause >= FIRST && pause <= MOST);
            prop_assert!(pause <= pause_after(Duration::from_secs(seconds + more)));
        }
    }
}
