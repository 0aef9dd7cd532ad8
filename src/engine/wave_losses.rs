//! What a wave would lose: known of a saved plan, or told by a look ahead.

use tokio::sync::mpsc;

use super::saved_plan::{PlannedLoss, SavedPlan};
use crate::event::{EventKind, InstanceEnd, RunEvent};
use crate::name::InstanceId;
use crate::plan::StackInstance;

/// What a wave would lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WaveLosses {
    /// What would be replaced or removed, each with its stack instance in front.
    pub losses: Vec<String>,
    /// Why it is not known whole, if it is not.
    pub unknown: Option<String>,
}

impl WaveLosses {
    /// Returns what a saved plan says of these stack instances.
    pub fn planned<'p>(
        instances: impl Iterator<Item = &'p StackInstance>,
        saved: &SavedPlan,
    ) -> Self {
        let mut found = Self::default();
        for StackInstance { id, .. } in instances {
            match saved.stacks.get(id) {
                Some(planned) => found.add(id, &planned.losses),
                None => found.unknown = Some(format!("the plan does not tell of {id}")),
            }
        }
        found
    }

    /// Returns what the events of a look ahead tell of it, once the last was told.
    pub async fn gathered(mut events: mpsc::Receiver<RunEvent>) -> Self {
        let mut found = Self::default();
        while let Some(event) = events.recv().await {
            if let EventKind::InstanceFinished { end } = &event.kind {
                found.on(end);
            }
        }
        found
    }

    fn add(&mut self, id: &InstanceId, losses: &[PlannedLoss]) {
        self.losses.extend(losses.iter().map(|loss| format!("{id}: {loss}")));
    }

    /// Takes in how a stack instance would end.
    fn on(&mut self, end: &InstanceEnd) {
        let changes = end.preview.as_deref().map(|preview| preview.changes.as_slice());
        self.add(&end.instance, &PlannedLoss::among(changes.unwrap_or_default()));
        let failure = end.failure.as_ref().filter(|_| !end.outcome.is_good());
        if let (Some(failure), None) = (failure, &self.unknown) {
            self.unknown = Some(format!("{}: {}", end.instance, failure.message));
        }
    }
}
