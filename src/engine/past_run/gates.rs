//! The gates of a past run: waves that waited for approval, and those that were let begin.

use super::PastRun;
use crate::event::{Gate, RunResult};

impl PastRun {
    /// Takes in that a wave waits until it is let begin.
    pub(super) fn reach_gate(&mut self, gate: &Gate) {
        self.gates.entry(gate.clone()).or_default();
    }

    /// Takes in that a wave was let begin.
    pub(in crate::engine) fn open_gate(&mut self, gate: &Gate) {
        self.gates.insert(gate.clone(), true);
    }

    /// Whether a wave was let begin.
    pub fn is_open_gate(&self, gate: &Gate) -> bool {
        self.gates.get(gate) == Some(&true)
    }

    /// Returns the gates at which it stands: waves that are yet to be approved.
    pub fn gates(&self) -> Vec<Gate> {
        let closed = self.gates.iter().filter(|(_, is_open)| !**is_open && !self.goes_back());
        closed.map(|(gate, _)| gate.clone()).collect()
    }

    /// Whether it has ended before waves that are yet to be approved.
    pub fn waits_for_approval(&self) -> bool {
        self.result == Some(RunResult::Refused) && !self.gates().is_empty()
    }
}
