//! The forecast of a run, as it was made at one moment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::expected::is_slow;
use super::path;
use super::peers::Peers;
use crate::report::fold::lifecycle::elapsed;
use crate::report::fold::state::RunState;

/// What is expected of the rest of a run, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    left: Option<(Timestamp, Duration)>,
    slow: BTreeSet<usize>,
}

impl Forecast {
    /// Returns what is to be expected at `now`.
    ///
    /// It looks at every stack instance, so that once a second is often enough.
    pub fn of(state: &RunState, now: Timestamp) -> Self {
        let peers = Peers::of(state, now);
        // While a run is paused, nobody knows when the rest begins.
        let left = path::left(state, &peers, now).filter(|_| state.paused_by.is_none());
        let left = left.map(|left| (now, left));
        let slow = state.running.iter().copied();
        let slow = slow.filter(|&position| is_slow(&state.instances[position], &peers, now));
        Self { left, slow: slow.collect() }
    }

    /// Returns how long the run will still take as seen at `now`; nothing while too little is known.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        self.left.map(|(at, left)| left.saturating_sub(elapsed(at, now)))
    }

    /// Whether the stack instance at a position takes more than three times as long as its peers, or
    /// as its own stack did before.
    pub fn is_slow(&self, instance: usize) -> bool {
        self.slow.contains(&instance)
    }
}
