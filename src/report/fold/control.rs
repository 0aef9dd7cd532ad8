//! What people ask of a run while it goes on, and what it asks of them: to stop, to pause, to go on, to approve.

use jiff::Timestamp;

use super::gates::{GateState, OpenedGate};
use super::lifecycle::Cancel;
use super::state::RunState;
use crate::event::{EventKind, ReachedGate};

impl RunState {
    /// Takes in that the run was asked to stop, to pause to go on, or reached or opened a gate.
    pub(super) fn on_control(&mut self, kind: &EventKind, at: Timestamp) {
        if let EventKind::GateReached { .. } | EventKind::GateOpened { .. } = kind {
            return self.on_gate(kind, at);
        }
        self.paused_by = match kind {
            EventKind::RunPaused { owner } => Some(owner.clone()),
            _ => None,
        };
        if let EventKind::CancelRequested { at_once, .. } = kind {
            let asked = if *at_once { Cancel::AtOnce } else { Cancel::Settling };
            self.cancel = self.cancel.max(asked);
        }
    }

    /// Takes in that a gate was reached or opened.
    fn on_gate(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::GateReached { reached } => {
                self.gates.retain(|gate| gate.reached.gate != reached.gate);
                let reached = ReachedGate::clone(reached);
                self.gates.push(GateState { reached, reached_at: at, opened: None });
            }
            EventKind::GateOpened { gate, because, owner, caller } => {
                let (because, owner, caller) = (*because, owner.clone(), caller.clone());
                let opened = Some(OpenedGate { at, because, owner, caller });
                match self.gates.iter_mut().find(|known| known.reached.gate == *gate) {
                    Some(known) => known.opened = opened,
                    None => {
                        let waves = self.waves(&gate.environment).unwrap_or(gate.wave);
                        let reached = ReachedGate { waves, ..ReachedGate::only(gate.clone()) };
                        self.gates.push(GateState { reached, reached_at: at, opened });
                    }
                }
            }
            _ => {}
        }
    }
}
