//! What people ask of a run while it goes on: to stop, to pause, to go on.

use super::lifecycle::Cancel;
use super::state::RunState;
use crate::event::EventKind;

impl RunState {
    /// Takes in that the run was asked to stop, to pause or to go on.
    pub(super) fn on_control(&mut self, kind: &EventKind) {
        self.paused_by = match kind {
            EventKind::RunPaused { owner } => Some(owner.clone()),
            _ => None,
        };
        if let EventKind::CancelRequested { at_once, .. } = kind {
            let asked = if *at_once { Cancel::AtOnce } else { Cancel::Settling };
            self.cancel = self.cancel.max(asked);
        }
    }
}
