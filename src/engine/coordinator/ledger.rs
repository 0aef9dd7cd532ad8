//! What is known of a run and its stack instances, on whichever way it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::deployed_stacks::DeployedStacks;
use super::super::keep;
use super::super::order::wave_of;
use super::super::past_run::{PastRun, Sent};
use super::super::position::PlanIndex;
use super::super::prior_stacks::PriorStacks;
use super::super::rollback_order::RollbackScope;
use super::super::saved_plan::SavedPlan;
use super::super::settings::{Limits, Run, Stop};
use super::super::{instance_end, skipped};
use super::instruction::{Instruction, say};
use crate::event::{
    Allowance, EventKind, Failure, FailureKind, ForbiddenLoss, InstanceEnd, Operation, Outcome,
    ReachedGate, StackAction,
};
use crate::name::{InstanceId, RunId};
use crate::plan::{Plan, StackInstance};
use crate::status::StackStatus;

/// What is known of a run and its stack instances.
pub(super) struct Ledger {
    pub plan: Arc<Plan>,
    pub operation: Operation,
    pub limits: Limits,
    /// What was before the run was resumed.
    pub past: PastRun,
    /// What a person or a signal wished for last.
    pub stop: Stop,
    /// Whether nothing is started until somebody has the run go on.
    pub is_paused: bool,
    /// Whether somebody asked for the way back, once the run had ended.
    pub is_wanted_back: bool,
    /// Why the run can no longer be kept.
    pub lost: Option<String>,
    /// Whether a stack instance is not as the run wanted it.
    pub has_bad: bool,
    /// What a run that looks ahead found that a guard forbids.
    pub forbidden: Vec<ForbiddenLoss>,
    /// The gates at which it stands.
    pub gates: Vec<ReachedGate>,
    /// Those that ended without it being known what became of a call that was sent.
    pub unknown: Vec<InstanceId>,
    /// The saved plan that it carries out, if it does.
    pub saved_plan: Option<Arc<SavedPlan>>,
    /// What it saw when it looked ahead before it changed anything, if it did.
    pub looked: Option<Arc<SavedPlan>>,
    /// What earlier runs left.
    deployed_stacks: Arc<DeployedStacks>,
    /// What stood before this one changed it.
    prior_stacks: PriorStacks,
    run: RunId,
    /// What may be lost although the files keep it.
    allow: Vec<Allowance>,
    /// The stack instances that a call was about to be sent for.
    intended: BTreeSet<InstanceId>,
    under_way: BTreeMap<InstanceId, UnderWay>,
    /// How this run changed what may have to go back.
    changes: BTreeMap<PlanIndex, InstanceEnd>,
}

/// The last operation that was begun on a stack instance, and how its stack was last seen.
struct UnderWay {
    action: StackAction,
    /// The last that was a change of ours.
    change: Option<StackAction>,
    stack_id: Option<String>,
    status: Option<StackStatus>,
}

/// What is known of a call that was sent when the run was carried out before.
impl From<&Sent> for UnderWay {
    fn from(sent: &Sent) -> Self {
        let (action, change) = (sent.action, sent.is_accepted.then_some(sent.action));
        Self { action, change, stack_id: sent.stack_id.clone(), status: None }
    }
}

impl Ledger {
    /// Returns what is known of a run that is about to begin.
    pub fn of(plan: Arc<Plan>, run: &Run) -> Self {
        Self {
            plan,
            operation: run.operation,
            limits: run.limits.clone(),
            past: run.past.clone().unwrap_or_default(),
            stop: Stop::No,
            is_paused: false,
            is_wanted_back: run.goes_back || run.past.as_ref().is_some_and(PastRun::is_wanted_back),
            lost: None,
            has_bad: false,
            forbidden: Vec::new(),
            gates: Vec::new(),
            unknown: Vec::new(),
            saved_plan: run.change_sets.saved_plan().cloned(),
            looked: run.change_sets.looked().cloned(),
            deployed_stacks: run.deployed_stacks.clone(),
            prior_stacks: run.prior_stacks.clone(),
            run: run.id.clone(),
            allow: run.asked.as_ref().map(|asked| asked.allow.clone()).unwrap_or_default(),
            intended: BTreeSet::new(),
            under_way: BTreeMap::new(),
            changes: BTreeMap::new(),
        }
    }

    /// Returns a planned stack instance.
    pub fn instance(&self, index: PlanIndex) -> &StackInstance {
        &self.plan.instances[index.0]
    }

    /// Returns what is known of the parameters of a stack that its file does not set, as far as `?` may stand in
    /// an answer for them; nothing of one that the run created, which has the template's defaults.
    pub fn unset_values(
        &self,
        index: PlanIndex,
        end: &InstanceEnd,
    ) -> Option<BTreeMap<String, String>> {
        if end.outcome == Outcome::Created {
            return None;
        }
        let Some(stack_id) = &end.stack_id else { return Some(BTreeMap::new()) };
        let sent = |changed| self.deployed_stacks.sent(stack_id, changed);
        if let Some(sent) = sent(end.changed) {
            return Some(sent.parameters.clone());
        }
        let before = self.prior_stacks.before(&end.instance);
        let Some(before) = before.filter(|before| before.stack_id == *stack_id) else {
            return Some(BTreeMap::new());
        };
        let mut values =
            sent(before.changed).map(|sent| sent.parameters.clone()).unwrap_or_default();
        // A parameter that the update brought has its default.
        for (name, declared) in &self.instance(index).template().parameters {
            if !before.parameters.contains_key(name) {
                values.extend(declared.default.clone().map(|default| (name.clone(), default)));
            }
        }
        Some(values)
    }

    /// Takes in what is said of a stack instance that has not ended.
    pub fn note(&mut self, kind: &EventKind) {
        match kind {
            EventKind::RunResumed { reopened, .. } => {
                self.past.reopen(reopened);
                let ended = |instance: &StackInstance| self.past.end(&instance.id);
                let ends = self.plan.instances.iter().filter_map(ended);
                self.has_bad = ends.into_iter().any(|end| !end.outcome.is_good());
            }
            EventKind::GateOpened { gate, .. } => self.past.open_gate(gate),
            EventKind::GateReached { reached } => self.gates.push(ReachedGate::clone(reached)),
            EventKind::ActionIntended { instance, .. } => {
                self.intended.insert(instance.clone());
            }
            EventKind::ActionStarted { instance, action, found, stack_id } => {
                let (action, stack_id, status) = (*action, stack_id.clone(), found.clone());
                let before = self.under_way.get(instance).and_then(|known| known.change);
                let change = match action {
                    StackAction::Wait | StackAction::CancelUpdate => before,
                    action => Some(action),
                };
                let under_way = UnderWay { action, change, stack_id, status };
                self.under_way.insert(instance.clone(), under_way);
            }
            EventKind::StackChanged { instance, status, .. } => {
                if let Some(under_way) = self.under_way.get_mut(instance) {
                    under_way.status = Some(status.clone());
                }
            }
            EventKind::RunStarted { .. }
            | EventKind::AccountEntered { .. }
            | EventKind::AccountRefused { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::LoginEnded { .. }
            | EventKind::LoginRenewed { .. }
            | EventKind::InstanceStarted { .. }
            | EventKind::ValueRead { .. }
            | EventKind::RollbackStarted { .. }
            | EventKind::RollbackPostponed { .. }
            | EventKind::PrecedentTimed { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::StackUnseen { .. }
            | EventKind::ResourceChanged { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. }
            | EventKind::InstanceFinished { .. }
            | EventKind::RunFinished { .. } => {}
        }
    }

    /// Takes in how a stack instance ended, and says it.
    pub fn end(&mut self, index: PlanIndex, end: InstanceEnd) -> Instruction {
        self.has_bad |= !end.outcome.is_good();
        if let Some(preview) = &end.preview {
            let forbidden = keep::forbidden((&self.plan, index.0), &self.allow, &preview.changes);
            self.forbidden.extend(forbidden);
        }
        let under_way = self.under_way.remove(&end.instance);
        let was_sent =
            self.intended.remove(&end.instance) || self.past.sent(&end.instance).is_some();
        if was_sent && end.failure.as_ref().is_some_and(|why| why.kind.leaves_unknown()) {
            self.unknown.push(end.instance.clone());
        }
        if end.is_change() || end.is_failed_change(under_way.and_then(|known| known.change)) {
            self.changes.insert(index, end.clone());
        }
        say(EventKind::InstanceFinished { end })
    }

    /// Returns the end of a stack instance that is not followed any longer.
    pub fn left(&self, index: PlanIndex) -> InstanceEnd {
        let id = &self.instance(index).id;
        if self.operation == Operation::Plan {
            return instance_end::left_looking(id, &self.run);
        }
        self.left_as(id, self.under_way.get(id))
    }

    /// Returns the end of a stack instance that is not started, though a call was about to be sent
    /// for it before the run was resumed.
    pub fn left_before(&self, index: PlanIndex) -> Option<InstanceEnd> {
        let id = &self.instance(index).id;
        self.past.sent(id).map(|sent| self.left_as(id, Some(&UnderWay::from(sent))))
    }

    fn left_as(&self, id: &InstanceId, under_way: Option<&UnderWay>) -> InstanceEnd {
        let message = match under_way {
            Some(known) => format!("left while its {} was under way", known.action.as_noun()),
            None => "left before any change of it was known to be accepted".to_owned(),
        };
        let failure = Failure::new(FailureKind::StillMoving, message).with_help(format!(
            "CloudFormation continues by itself; `xdeploy resume {}` follows it to its end",
            self.run
        ));
        let mut end = instance_end::failed(id, failure, None);
        if let Some(known) = under_way {
            (end.stack_id, end.status) = (known.stack_id.clone(), known.status.clone());
        }
        end
    }

    /// Returns why nothing more is started.
    pub fn why_cancelled(&self) -> Failure {
        match &self.lost {
            Some(reason) => skipped::unkept(reason),
            None => skipped::cancelled(),
        }
    }

    /// Whether a stack instance is only read: it is not the run's, or it is as wanted already.
    pub fn is_only_read(&self, index: PlanIndex) -> bool {
        let instance = self.instance(index);
        instance.is_only_read() || self.past.end(&instance.id).is_some()
    }

    /// Returns how the run left a stack instance that it changed.
    pub fn change(&self, index: PlanIndex) -> Option<&InstanceEnd> {
        self.changes.get(&index).or_else(|| self.past.change(&self.instance(index).id))
    }

    /// Returns how many calls of a stack instance were spent when it begins to go back: what failed on the way
    /// forward is not followed any more.
    pub fn spent_back(&self, index: PlanIndex) -> usize {
        let id = &self.instance(index).id;
        let is_failed = self.change(index).is_some_and(|end| !end.is_change());
        // Those that a run before this meant to put back are counted.
        self.past.spent(id) + usize::from(is_failed && !self.past.is_going_back(id))
    }

    /// Returns what goes back, in the plan's order: what the run changed, or of a run that was on its
    /// way back by itself, what that meant to.
    pub fn to_go_back(&self, extent: &RollbackScope) -> Vec<PlanIndex> {
        if self.operation != Operation::Apply {
            return Vec::new();
        }
        let is_all = self.is_wanted_back || !self.past.goes_back();
        let goes = |index: &PlanIndex| {
            let is_meant = is_all || self.past.is_going_back(&self.instance(*index).id);
            is_meant && self.change(*index).is_some() && extent.holds(wave_of(&self.plan, *index))
        };
        PlanIndex::all(&self.plan).filter(goes).collect()
    }

    /// Returns whether a stack instance went back before the run was resumed, if it ended so or
    /// otherwise on the way back.
    pub fn went_back(&self, index: PlanIndex) -> Option<bool> {
        let id = &self.instance(index).id;
        let end = self.past.end(id).filter(|_| self.past.is_going_back(id))?;
        Some(end.outcome == Outcome::RolledBack)
    }
}
