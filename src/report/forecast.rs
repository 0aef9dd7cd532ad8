//! How long a run will still take, and what takes longer than it should.

use std::time::Duration;

use jiff::Timestamp;

use super::state::RunState;

/// What is expected of the rest of a run, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    left: Option<Duration>,
}

impl Forecast {
    /// Returns what is to be expected at `now`.
    ///
    /// It looks at every stack instance, so that once a second is often enough.
    pub fn of(state: &RunState, now: Timestamp) -> Self {
        let _ = (state, now);
        Self::default()
    }

    /// Returns how long the run will still take as seen at `now`; nothing while too little is known.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let _ = now;
        self.left
    }
}
