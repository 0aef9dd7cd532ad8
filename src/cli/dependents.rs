//! Dependents of a selection: named where they are selected as well, looked up in the cloud before what
//! they need is deleted, and told where they keep what they had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::arguments::{Global, ProgressMode, SelectionArgs};
use super::changed_since;
use super::error::CommandError;
use super::load::{load, load_for, load_order};
use super::on_dependents::{Deleting, OnDependents};
use super::print;
use super::progress::{Interrupt, ProgressLine};
use crate::cloud::Stack;
use crate::engine::{self, Surveyed};
use crate::event::{Dependent, DependentReason, Failure, InstanceEnd, Operation, Outcome};
use crate::foreign::one_line;
use crate::name::{InstanceId, StackPlace};
use crate::plan::Plan;
use crate::report::{counted, wrapped};
use crate::sessions::Sessions;

/// How many stack instances are named.
const MOST_NAMED: usize = 8;
/// How wide what is told stands.
const WIDTH: usize = 78;

/// Stack instances that need what is deleted, and are not deleted with it.
pub struct Dependents {
    /// The plan that holds them, and what they need.
    plan: Arc<Plan>,
    /// Which, as positions in the plan.
    left: Vec<usize>,
    /// Those among them whose stack goes back, or went back before, as it was left.
    going_back: BTreeMap<usize, InstanceEnd>,
    /// What is deleted.
    deleted: BTreeSet<StackPlace>,
    /// Those that were changed last before this stood without what is deleted.
    since: Option<Timestamp>,
}

impl Dependents {
    /// Returns no dependents of a plan.
    pub fn none(plan: &Arc<Plan>) -> Self {
        let (left, going_back, deleted) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { plan: plan.clone(), left, going_back, deleted, since: None }
    }

    /// Returns the plan that holds them beside what is deleted.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns where their stacks are.
    pub fn places(&self) -> impl Iterator<Item = StackPlace> {
        self.left.iter().map(|at| self.plan.place_of(&self.plan.instances[*at]))
    }

    /// Returns what needs the stack instances that `plan` deletes and is not selected itself.
    ///
    /// # Errors
    /// With the faults of the files that keep it from being known.
    pub fn of_destroy(selection: &SelectionArgs, plan: &Arc<Plan>) -> Result<Self, CommandError> {
        if selection.is_everything() || selection.with_dependents {
            return Ok(Self::none(plan));
        }
        let deleted = deployed(plan);
        let whole = load_order(&selection.clone().and_dependents())?;
        Ok(Self::of(whole, &deleted, |id| deleted.contains(id)))
    }

    /// Returns what needs the stack instances that a rollback deletes (`deleted`), and does not go back
    /// itself with them. Of `going_back` only the very stacks go back that the run left so: what was made anew under
    /// such a name stays. The first of what is deleted was made at `since`: what was changed last before that stood
    /// without it.
    ///
    /// # Errors
    /// With the faults of the files that keep it from being known.
    pub fn of_rollback(
        selection: &SelectionArgs,
        deleted: &BTreeSet<&InstanceId>,
        going_back: &BTreeMap<&InstanceId, &InstanceEnd>,
        since: Option<Timestamp>,
    ) -> Result<Self, CommandError> {
        let whole = load_order(&selection.clone().and_dependents())?;
        // Those of which something else may stand by now are looked up.
        let of = Self::of(whole, deleted, |_| false);
        let end = |at: &usize| {
            let end = going_back.get(&of.plan.instances[*at].id)?;
            Some((*at, (*end).clone()))
        };
        let going_back = of.left.iter().filter_map(end).collect();
        Ok(Self { going_back, since, ..of })
    }

    fn of(
        plan: Plan,
        deleted: &BTreeSet<&InstanceId>,
        is_covered: impl Fn(&InstanceId) -> bool,
    ) -> Self {
        let is_left = |at: &usize| {
            let instance = &plan.instances[*at];
            !instance.is_only_read() && !is_covered(&instance.id)
        };
        let left = plan.needing(deleted).into_iter().filter(is_left).collect();
        let deleted = plan.instances.iter().filter(|one| deleted.contains(&one.id));
        let deleted = deleted.map(|one| plan.place_of(one)).collect();
        Self { plan: Arc::new(plan), left, going_back: BTreeMap::new(), deleted, since: None }
    }

    /// Looks up which of them stand, and names these.
    ///
    /// # Errors
    /// If one stands, or that cannot be known, unless they are left.
    pub async fn check(
        &self,
        sessions: &Sessions,
        on_dependents: OnDependents,
        deleting: Deleting,
        (mode, global): (ProgressMode, &Global),
    ) -> Result<(), CommandError> {
        if self.left.is_empty() {
            return Ok(());
        }
        let work = ("looking up", self.left.len(), "stack instance");
        let progress = ProgressLine::start(work, Interrupt::IsHeard, mode, global);
        let sessions = sessions.for_plan(self.plan.clone());
        let surveyed =
            engine::survey_some(&sessions, &self.plan, &self.left, || progress.step()).await;
        drop(progress);
        let (standing, unknown) = self.told(&surveyed);
        if standing.is_empty() && unknown.is_empty() {
            return Ok(());
        }
        let ids = standing.iter().map(|at| &self.plan.instances[*at].id);
        let names = named(&ids.collect::<Vec<_>>(), self.plan.has_several_environments());
        if on_dependents == OnDependents::Leave {
            if !standing.is_empty() {
                tell(mode, &format!("left without what they need: {names}"));
            }
            return Ok(());
        }
        let mut reasons = Vec::new();
        if !standing.is_empty() {
            let count = counted(standing.len(), "stack instance");
            let verb = if standing.len() == 1 { "needs" } else { "need" };
            reasons
                .push(format!("{count} that {verb} what is to be deleted would be left: {names}"));
        }
        if let Some((at, failure)) = unknown.first() {
            let id = &self.plan.instances[*at].id;
            let id = id.label(self.plan.has_several_environments());
            let cause = one_line(&failure.message);
            reasons.push(format!(
                "{id} needs what is to be deleted, and whether it stands is not known: {cause}"
            ));
        }
        let taken = self.deleted.iter().cloned().chain(self.places()).collect();
        let of = |at: usize, why: DependentReason| self.dependent(at, why, &taken);
        let known = standing.iter().map(|at| of(*at, DependentReason::Stands));
        let unknown = unknown.iter().map(|(at, _)| of(*at, DependentReason::NotKnown));
        Err(deleting.refused(reasons.join("; "), known.chain(unknown).collect()))
    }

    /// Returns those that stand, and those of which nobody knows, as positions in the plan.
    fn told<'a>(&self, surveyed: &'a [Surveyed]) -> (Vec<usize>, Vec<(usize, &'a Failure)>) {
        let (mut standing, mut unknown) = (Vec::new(), Vec::new());
        for Surveyed { index, found, .. } in surveyed {
            let end = self.going_back.get(index);
            match found {
                Ok(None) => {}
                Ok(Some(stack)) if end.is_some_and(|end| is_as_left(end, stack)) => {}
                Ok(Some(stack)) => {
                    let stood_before = self
                        .since
                        .zip(stack.changed)
                        .is_some_and(|(since, changed)| changed <= since);
                    standing.extend((!stood_before).then_some(*index));
                }
                // What cannot be looked at does not go back either, and keeps what it needs.
                Err(_) if end.is_some_and(|end| end.outcome != Outcome::RolledBack) => {}
                Err(failure) => unknown.push((*index, failure)),
            }
        }
        (standing, unknown)
    }

    /// Returns what a report tells of the one at a position of the plan, and which of `taken` it needs.
    fn dependent(
        &self,
        at: usize,
        why: DependentReason,
        taken: &BTreeSet<StackPlace>,
    ) -> Dependent {
        let plan = &self.plan;
        let instance = &plan.instances[at];
        let needs = instance.needs.iter().map(|need| plan.place_of(&plan.instances[*need]));
        Dependent {
            id: instance.id.clone(),
            account_id: plan.accounts[instance.account].id.clone(),
            stack_name: instance.stack_name.clone(),
            why,
            needs: needs.filter(|need| taken.contains(need)).collect(),
        }
    }
}

/// Whether a stack is the one that a run left so; where it is back already, also whether nobody changed it since.
fn is_as_left(end: &InstanceEnd, stack: &Stack) -> bool {
    let is_it = end.stack_id.as_ref().is_none_or(|id| *id == stack.id);
    let is_back = end.outcome == Outcome::RolledBack && end.changed.is_some();
    is_it && (!is_back || end.changed == stack.changed)
}

/// Says which stack instances are selected only because they need what is, and which are not selected
/// and keep the outputs that they took before.
pub fn tell_cut(
    operation: Operation,
    selection: &SelectionArgs,
    plan: &Plan,
    progress: ProgressMode,
) {
    if selection.is_everything() || plan.instances.is_empty() {
        return changed_since::tell_nothing(selection, progress);
    }
    if selection.with_dependents {
        let without = SelectionArgs { with_dependents: false, ..selection.clone() };
        // What is wrong with it is wrong with the plan that is there.
        let Ok(without) = load_for(operation, &without) else { return };
        let chosen = deployed(&without);
        let added: Vec<&InstanceId> =
            deployed(plan).into_iter().filter(|id| !chosen.contains(id)).collect();
        if !added.is_empty() {
            let names = named(&added, plan.has_several_environments());
            tell(progress, &format!("selected as well, for what they need: {names}"));
        }
        return;
    }
    if operation == Operation::Destroy {
        return;
    }
    let selected = deployed(plan);
    let wider = selection.clone().and_dependents();
    let (whole, takers) = match load(&wider) {
        Ok(whole) => {
            let takers = whole.takers_of(&selected);
            (whole, takers)
        }
        Err(_) => {
            let Ok(whole) = load_order(&wider) else {
                tell(
                    progress,
                    "which other stacks take outputs of the selection is not known: the files have faults outside it",
                );
                return;
            };
            // Without values nobody can say what takes an output.
            let takers = whole.dependents_of(&selected);
            (whole, takers)
        }
    };
    let takers: Vec<&InstanceId> = takers
        .into_iter()
        .map(|at| &whole.instances[at])
        .filter(|one| !one.is_only_read() && !selected.contains(&one.id))
        .map(|one| &one.id)
        .collect();
    if !takers.is_empty() {
        let told = format!(
            "outputs go to stack instances that are not selected and keep the values that they have: {} \
             (--with-dependents selects them)",
            named(&takers, whole.has_several_environments())
        );
        tell(progress, &told);
    }
}

fn deployed(plan: &Plan) -> BTreeSet<&InstanceId> {
    plan.instances.iter().filter(|one| !one.is_only_read()).map(|one| &one.id).collect()
}

/// Returns the first few names, with their environments in front where there are several.
pub fn named(ids: &[&InstanceId], has_several_environments: bool) -> String {
    let first = ids.iter().take(MOST_NAMED);
    let names: Vec<String> = first.map(|id| id.label(has_several_environments)).collect();
    match ids.len().saturating_sub(MOST_NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Says something on stderr, in lines that fit a screen, unless events stand there.
pub fn tell(progress: ProgressMode, text: &str) {
    if !progress.is_events() {
        print::note(&wrapped(text, WIDTH).join("\n  "));
    }
}
