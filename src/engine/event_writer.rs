//! The event writer of a run: the one place that numbers and stamps its events, and hides secrets.

use tokio::sync::mpsc;

use super::secrets::SecretValues;
use crate::clock::Clock;
use crate::event::{EventKind, RunEvent};

/// Numbers and stamps every event, and is the only one who does.
pub(super) struct EventWriter {
    events: mpsc::Sender<RunEvent>,
    clock: Clock,
    sequence: u64,
    secrets: SecretValues,
}

impl EventWriter {
    /// Returns the writer of a run that has not said anything.
    pub fn new(events: mpsc::Sender<RunEvent>, clock: Clock, secrets: SecretValues) -> Self {
        Self { events, clock, sequence: 0, secrets }
    }

    /// Keeps a value out of everything that is said from now on.
    pub fn keep_secret(&mut self, value: &str) {
        self.secrets.keep(value);
    }

    /// Says what happened, without its secrets.
    pub async fn say(&mut self, mut kind: EventKind) {
        self.secrets.hide_in(&mut kind);
        self.sequence += 1;
        let event = RunEvent { sequence: self.sequence, at: self.clock.now(), kind };
        // A reader that went away does not stop a deployment.
        let _ = self.events.send(event).await;
    }

    /// Returns the number of the last event.
    pub fn last(&self) -> u64 {
        self.sequence
    }

    /// Continues the numbers of a resumed run, of which so many events were written.
    pub fn go_on_after(&mut self, last: u64) {
        self.sequence = last;
    }
}
