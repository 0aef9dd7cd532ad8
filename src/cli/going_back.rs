//! What a rollback does with the stack instances that its run changed, and who needs what it deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::asked_files::selected;
use super::dependents::Dependents;
use super::resumable_run::ResumableRun;
use crate::event::InstanceEnd;
use crate::name::{InstanceId, StackPlace};
use crate::plan::Plan;
use crate::report::InstanceStatus;

/// What a rollback does with the stack instances that its run changed.
pub(super) struct GoingBack<'a> {
    found: &'a ResumableRun,
    plan: &'a Arc<Plan>,
    /// Those that the run changed, whether they are back already or not, each as the run or its rollback left it.
    changed: BTreeMap<&'a InstanceId, &'a InstanceEnd>,
    /// Those among them that are not back yet.
    left: BTreeSet<&'a InstanceId>,
    /// Those among these that go away, as the run created them.
    deleted: BTreeSet<&'a InstanceId>,
    /// When the first of these was made, by AWS's clock: what was changed last before stood without it.
    since: Option<Timestamp>,
}

impl<'a> GoingBack<'a> {
    /// Returns what a rollback of a run does, whose plan this is.
    pub fn of(found: &'a ResumableRun, plan: &'a Arc<Plan>) -> Self {
        let past = &found.kept.past;
        let (mut changed, mut left) = (BTreeMap::new(), BTreeSet::new());
        let (mut deleted, mut made) = (BTreeSet::new(), Vec::new());
        for instance in &plan.instances {
            let Some(end) = past.change(&instance.id) else { continue };
            if past.is_back(&instance.id) {
                changed.insert(&instance.id, past.end(&instance.id).unwrap_or(end));
                continue;
            }
            changed.insert(&instance.id, end);
            left.insert(&instance.id);
            if end.is_creation() {
                deleted.insert(&instance.id);
                made.push(end.changed);
            }
        }
        let made: Option<Vec<Timestamp>> = made.into_iter().collect();
        let since = made.and_then(|made| made.into_iter().min());
        Self { found, plan, changed, left, deleted, since }
    }

    /// Returns what is put back, in the plan's order, and how many of these are deleted.
    pub fn left(&self) -> (Vec<&'a InstanceId>, usize) {
        let all = self.plan.instances.iter().map(|instance| &instance.id);
        (all.filter(|id| self.left.contains(id)).collect(), self.deleted.len())
    }

    /// Whether something of the run is left that cannot be put back: what a template retains, or a stack that got
    /// stuck on its own way back.
    pub fn has_kept_something(&self) -> bool {
        let mut instances = self.found.kept.state.instances.iter();
        instances.any(|instance| match &instance.status {
            InstanceStatus::Finished(finished) => finished.is_left(),
            InstanceStatus::Waiting | InstanceStatus::Running(_) => false,
        })
    }

    /// Whether the run changed something, all of which is back as far as it could be.
    pub fn is_done(&self) -> bool {
        self.left.is_empty() && !self.changed.is_empty()
    }

    /// Returns what needs a stack that goes away, and does not go back itself, as the files name it.
    pub fn dependents(&self) -> Dependents {
        if self.deleted.is_empty() {
            return Dependents::none(self.plan);
        }
        let selection = selected(&self.found.asked);
        // A rollback needs no more of the files than the run does: what else they hold may be unreadable.
        Dependents::of_rollback(&selection, &self.deleted, &self.changed, self.since)
            .unwrap_or_else(|_| Dependents::none(self.plan))
    }

    /// Returns the stacks that go away, as positions in the plan, each with its ARN if it is known.
    pub fn deleted_stacks(&self) -> Vec<(usize, Option<String>)> {
        let all = self.plan.instances.iter().enumerate();
        let of = all.filter(|(_, one)| self.deleted.contains(&one.id));
        let stack_id = |one: &InstanceId| self.changed.get(one)?.stack_id.clone();
        of.map(|(at, one)| (at, stack_id(&one.id))).collect()
    }

    /// Returns where the stacks are that go away.
    pub fn deleted_places(&self) -> BTreeSet<StackPlace> {
        let of = self.plan.instances.iter().filter(|one| self.deleted.contains(&one.id));
        of.map(|one| self.plan.place_of(one)).collect()
    }

    /// Returns where the stacks are that go back, or went back before, each with its ARN if it is known.
    pub fn changed_stacks(&self) -> BTreeMap<StackPlace, Option<&'a str>> {
        let of = self.plan.instances.iter().filter_map(|one| {
            let end = self.changed.get(&one.id)?;
            Some((self.plan.place_of(one), end.stack_id.as_deref()))
        });
        of.collect()
    }
}
