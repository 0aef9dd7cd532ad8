//! A schedule that is held: what ends is taken in as ever, and nothing starts.

use super::{Schedule, ScheduleDecision};

impl Schedule {
    /// Starts nothing more until [`Self::release`].
    pub fn hold(&mut self) -> Vec<ScheduleDecision> {
        self.is_held = true;
        Vec::new()
    }

    /// Returns what may start by now.
    pub fn release(&mut self) -> Vec<ScheduleDecision> {
        self.is_held = false;
        let mut decisions = Vec::new();
        self.start_ready(&mut decisions);
        decisions
    }
}
