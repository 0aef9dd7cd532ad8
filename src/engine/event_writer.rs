//! The event writer of a run: the one place that numbers and stamps its events, and hides secrets.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::message::TaskMessage;
use super::secrets::SecretValues;
use crate::clock::Clock;
use crate::event::{EventKind, RunEvent};
use crate::plan::Plan;

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

    /// Hides what was read and is secret, from now on.
    pub fn keep_secrets_of(&mut self, message: &TaskMessage, plan: &Plan) {
        match message {
            TaskMessage::LookedUp(index, found) => {
                let found = found.iter().flat_map(BTreeMap::values).filter(|it| it.is_secret);
                found.for_each(|found| self.secrets.keep(&found.text));
                // Without them nothing is sent, so that nothing repeats them.
                self.secrets.learn(&plan.instances[index.0].id);
            }
            // Nobody knows what the parameters of this stack are.
            TaskMessage::Read(index, read) => {
                let Ok(read) = &**read else { return };
                let template = plan.instances[index.0].template();
                let unknown = template.secret_uses.keys().cloned().collect();
                self.secrets.keep_outputs(template, &read.values, &unknown);
            }
            TaskMessage::Ended(index, end) => {
                let instance = &plan.instances[index.0];
                let unknown = self.secrets.unknown_of(&instance.id);
                self.secrets.keep_outputs(instance.template(), &end.outputs, &unknown);
            }
            TaskMessage::Told(_) | TaskMessage::Intended(..) | TaskMessage::Foreseen(..) => {}
        }
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
