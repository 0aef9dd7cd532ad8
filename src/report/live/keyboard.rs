//! The keys of a person at a dashboard: what is pressed comes in, what it asks of others goes out.

use tokio::sync::{mpsc, watch};

use crate::report::dashboard::{KeyAction, PressedKey, View};
use crate::report::fold::state::RunState;

/// The keys of a person at a dashboard.
#[derive(Debug)]
pub struct Keyboard {
    /// What is pressed.
    pub pressed: mpsc::UnboundedReceiver<PressedKey>,
    /// Who does what the keys mean to others than the view.
    pub actions: mpsc::UnboundedSender<KeyAction>,
    /// What went wrong with the last action, if anything did.
    pub trouble: watch::Receiver<Option<String>>,
}

impl Keyboard {
    /// Has a view heed what was pressed since.
    pub(super) fn heed(&mut self, view: &mut View, state: &RunState) {
        if let Ok(true) = self.trouble.has_changed() {
            view.trouble.clone_from(&self.trouble.borrow_and_update());
        }
        while let Ok(key) = self.pressed.try_recv() {
            if let Some(action) = view.press(key, state) {
                // Who does it goes away only when the display does.
                let _ = self.actions.send(action);
            }
        }
    }
}
