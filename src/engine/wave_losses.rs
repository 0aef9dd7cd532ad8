//! What a wave would lose: known of a saved plan, or told by a look ahead.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::saved_plan::{PlannedLoss, SavedPlan};
use crate::event::{EventKind, InstanceEnd, Outcome, RunEvent};
use crate::name::InstanceId;
use crate::plan::{DesiredStack, Plan, StackInstance};
use crate::status::StackStatus;

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

    /// Returns what the events of a look ahead over stack instances of a plan tell of it, once the last was told.
    pub async fn gathered(mut events: mpsc::Receiver<RunEvent>, plan: &Plan) -> Self {
        let mut ends = BTreeMap::new();
        while let Some(event) = events.recv().await {
            if let EventKind::InstanceFinished { end } = event.kind {
                ends.insert(end.instance.clone(), end);
            }
        }
        let mut found = Self::default();
        // Whether what each of the plan needs would change, or it itself would.
        let mut moves = vec![false; plan.instances.len()];
        for (at, instance) in plan.instances.iter().enumerate() {
            let follows = instance.needs.iter().any(|&need| moves[need]);
            let end = ends.get(&instance.id);
            let changes =
                |end: &&InstanceEnd| matches!(end.outcome, Outcome::Created | Outcome::Updated);
            moves[at] = follows || end.filter(changes).is_some();
            let Some(end) = end else { continue };
            found.on(end);
            let reads = instance.desired().is_some_and(DesiredStack::reads_outside_values);
            if follows && reads && end.outcome != Outcome::Created {
                let why = "it takes values that what it needs may change in this wave";
                found.doubt(&end.instance, why);
            }
        }
        found
    }

    fn doubt(&mut self, id: &InstanceId, why: &str) {
        self.unknown.get_or_insert_with(|| format!("{id}: {why}"));
    }

    fn add(&mut self, id: &InstanceId, losses: &[PlannedLoss]) {
        self.losses.extend(losses.iter().map(|loss| format!("{id}: {loss}")));
    }

    /// Takes in how a stack instance would end.
    fn on(&mut self, end: &InstanceEnd) {
        let preview = end.preview.as_deref();
        let changes = preview.map(|preview| preview.changes.as_slice());
        self.add(&end.instance, &PlannedLoss::among(changes.unwrap_or_default()));
        // Of a stack that is made anew, only what stands in it is lost.
        let doubt = preview.and_then(|preview| preview.unsure.as_deref());
        if let Some(why) = doubt.filter(|_| end.outcome != Outcome::Created) {
            self.doubt(&end.instance, why);
        }
        let made_anew = end.status.as_ref().filter(|_| end.outcome == Outcome::Created);
        if let Some(status) = made_anew.filter(|status| may_hold_resources(status)) {
            let id = &end.instance;
            self.losses
                .push(format!("{id}: the stack ({status}), with what stands in it, is deleted"));
        }
        let failure = end.failure.as_ref().filter(|_| !end.outcome.is_good());
        if let Some(failure) = failure {
            self.doubt(&end.instance, &failure.message);
        }
    }
}

/// Whether resources may stand in a stack that never worked: one that was rolled back holds none.
fn may_hold_resources(status: &StackStatus) -> bool {
    *status != StackStatus::RollbackComplete
}
