//! A past run: what its journal tells of one that is unfinished or was cancelled, for whoever resumes it.

mod gates;
mod open;

use std::collections::BTreeMap;

use super::known_lookups::ValueVersions;
use super::past_start::PastStart;
use crate::event::{EventKind, Gate, InstanceEnd, Outcome, RunEvent, RunResult, StackAction};
use crate::name::InstanceId;

/// A run as its journal tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PastRun {
    /// How it began; absent until that was told.
    pub start: Option<PastStart>,
    /// The number of its last event.
    pub last: u64,
    /// How it ended, if it did.
    pub result: Option<RunResult>,
    /// Whether somebody asked for what it changed to be put back.
    is_wanted_back: bool,
    /// Whether what it changed is to be put back by whoever resumes it.
    owes_rollback: bool,
    instances: BTreeMap<InstanceId, PastInstance>,
    /// The version of each value that it read.
    values: ValueVersions,
    /// The gates that it reached, and whether each was opened.
    gates: BTreeMap<Gate, bool>,
}

/// What is known of a stack instance.
#[derive(Clone, Debug, Default, PartialEq)]
struct PastInstance {
    end: Option<InstanceEnd>,
    /// How it ended before it was to go back.
    forward: Option<InstanceEnd>,
    /// Whether the run left it changed though it failed.
    is_failed_change: bool,
    sent: Option<Sent>,
    /// How many of its calls were spent: updates that were cancelled, or were about to be, calls on the way
    /// back that failed, and those of a way forward that failed. The next one has a token of its own.
    spent: usize,
    /// How its last way back ended that failed after it had changed the stack.
    failed_back: Option<InstanceEnd>,
}

/// The last call that was about to be sent to change a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The change that was asked for.
    pub action: StackAction,
    /// The stack's ARN, if it is known.
    pub stack_id: Option<String>,
    /// Whether it is known to be accepted.
    pub is_accepted: bool,
    /// How many calls were spent before it.
    pub spent: usize,
    /// Whether it was cancelled itself, or was about to be.
    pub is_cancelled: bool,
}

impl PastInstance {
    fn intend(&mut self, action: StackAction, stack_id: Option<String>) {
        match (action, &mut self.sent) {
            (StackAction::CancelUpdate, Some(sent)) => {
                self.spent += usize::from(!sent.is_cancelled);
                sent.is_cancelled = true;
            }
            _ => self.sent = Some(self.sending(action, stack_id, false)),
        }
    }

    fn begin(&mut self, action: StackAction, stack_id: Option<String>) {
        match (action, &mut self.sent) {
            // Nothing was sent, or something that takes back what was.
            (StackAction::Wait | StackAction::CancelUpdate, _) => {}
            // Said again by whoever resumes the run.
            (action, Some(sent)) if sent.action == action && sent.is_cancelled => {}
            _ => self.sent = Some(self.sending(action, stack_id, true)),
        }
    }

    fn finish(&mut self, end: &InstanceEnd) {
        if self.end.is_some() {
            return;
        }
        if self.forward.is_none() {
            let accepted = self.sent.as_ref().filter(|sent| sent.is_accepted);
            self.is_failed_change = end.is_failed_change(accepted.map(|sent| sent.action));
        }
        self.end = Some(end.clone());
    }

    fn turn_back(&mut self) {
        let end = self.end.take();
        if self.forward.is_none() {
            self.spent += usize::from(self.is_failed_change);
            self.forward = end;
        }
    }

    /// Whether its last call was sent on the way back: what the run changed was created or updated last before.
    fn is_of_way_back(&self, sent: &Sent) -> bool {
        self.forward.is_some()
            && (sent.action.is_of_rollback() || sent.action == StackAction::ContinueRollback)
    }

    fn sending(&self, action: StackAction, stack_id: Option<String>, is_accepted: bool) -> Sent {
        let spent = self.spent;
        Sent { action, stack_id, is_accepted, spent, is_cancelled: false }
    }
}

impl PastRun {
    /// Takes in the next event.
    pub fn on(&mut self, event: &RunEvent) {
        self.last = self.last.max(event.sequence);
        match &event.kind {
            EventKind::RunStarted {
                run, operation, environments, in_order, run_request, ..
            } => {
                self.start.get_or_insert_with(|| PastStart {
                    run: run.clone(),
                    operation: *operation,
                    environments: environments.clone(),
                    in_order: *in_order,
                    asked: run_request.as_deref().cloned(),
                    at: event.at,
                });
            }
            EventKind::RunResumed { reopened, goes_back, allow, .. } => {
                match goes_back {
                    true => self.start.iter_mut().for_each(|start| start.allow_only(allow)),
                    false => self.start.iter_mut().for_each(|start| start.allow(allow)),
                }
                self.result = None;
                self.is_wanted_back |= goes_back;
                self.owes_rollback = false;
                self.reopen(reopened);
            }
            EventKind::RollbackStarted { instances } => {
                for instance in instances {
                    self.of(instance).turn_back();
                }
            }
            EventKind::ActionIntended { instance, action, stack_id } => {
                self.of(instance).intend(*action, stack_id.clone());
            }
            EventKind::ActionStarted { instance, action, stack_id, .. } => {
                self.of(instance).begin(*action, stack_id.clone());
            }
            EventKind::InstanceFinished { end } => self.of(&end.instance).finish(end),
            EventKind::ValueRead { reference, account_id, region, version, .. } => {
                let place = (reference.clone(), account_id.clone(), region.clone());
                self.values.insert(place, version.clone());
            }
            EventKind::RollbackPostponed { .. } => self.owes_rollback = true,
            EventKind::RunFinished { result, .. } => self.result = Some(*result),
            EventKind::AccountEntered { .. }
            | EventKind::AccountRefused { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::LoginEnded { .. }
            | EventKind::LoginRenewed { .. }
            | EventKind::InstanceStarted { .. }
            | EventKind::PrecedentTimed { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::StackChanged { .. }
            | EventKind::StackUnseen { .. }
            | EventKind::ResourceChanged { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. } => {}
            EventKind::GateReached { reached } => self.reach_gate(&reached.gate),
            EventKind::GateOpened { gate, .. } => self.open_gate(gate),
        }
    }

    /// Whether the run has ended and leaves nothing to whoever would resume it.
    pub fn is_over(&self) -> bool {
        self.result.is_some() && !self.owes_rollback && self.open_again().is_empty()
    }

    /// Returns how a stack instance ended, if it did.
    pub fn end(&self, instance: &InstanceId) -> Option<&InstanceEnd> {
        self.instances.get(instance)?.end.as_ref()
    }

    /// Returns the call that was about to be sent last for a stack instance that has not ended.
    pub fn sent(&self, instance: &InstanceId) -> Option<&Sent> {
        let known = self.instances.get(instance)?;
        known.sent.as_ref().filter(|_| known.end.is_none())
    }

    /// Returns the call that was about to be sent last on the way back of a stack instance that has not ended.
    pub fn sent_back(&self, instance: &InstanceId) -> Option<&Sent> {
        let known = self.instances.get(instance)?;
        self.sent(instance).filter(|sent| known.is_of_way_back(sent))
    }

    /// Returns how many calls of a stack instance were spent: the next one is another operation to AWS.
    pub fn spent(&self, instance: &InstanceId) -> usize {
        self.instances.get(instance).map_or(0, |known| known.spent)
    }

    /// Returns how the last way back of a stack instance ended that failed after it had changed the stack.
    pub fn failed_back(&self, instance: &InstanceId) -> Option<&InstanceEnd> {
        self.instances.get(instance)?.failed_back.as_ref()
    }

    /// Takes in that these stack instances have not ended after all. A call that came to its end in vain is not
    /// followed any more.
    pub(super) fn reopen(&mut self, instances: &[InstanceId]) {
        let is_settled = |end: &InstanceEnd| {
            end.failure.as_ref().is_some_and(|failure| !failure.kind.may_be_resumed())
        };
        for instance in instances {
            let known = self.of(instance);
            let Some(end) = known.end.take() else { continue };
            if is_settled(&end) {
                known.spent += 1;
                known.sent = None;
            }
            let before = known.failed_back.as_ref().and_then(|before| before.changed);
            if known.forward.is_some() && before <= end.changed {
                known.failed_back = Some(end);
            }
        }
    }

    /// Whether what it changed was being put back.
    pub fn goes_back(&self) -> bool {
        self.is_wanted_back || self.instances.values().any(|known| known.forward.is_some())
    }

    /// Whether somebody asked for the way back that it was on.
    pub fn is_wanted_back(&self) -> bool {
        self.is_wanted_back
    }

    /// Whether a stack instance was to go back.
    pub fn is_going_back(&self, instance: &InstanceId) -> bool {
        self.instances.get(instance).is_some_and(|known| known.forward.is_some())
    }

    /// Returns how the run itself left a stack instance that it changed.
    pub fn change(&self, instance: &InstanceId) -> Option<&InstanceEnd> {
        let known = self.instances.get(instance)?;
        let end = known.forward.as_ref().or(known.end.as_ref())?;
        (end.is_change() || known.is_failed_change).then_some(end)
    }

    /// Whether what the run did to a stack instance was put back, as far as that could be.
    pub fn is_back(&self, instance: &InstanceId) -> bool {
        self.instances.get(instance).is_some_and(|known| {
            let is_rolled_back = |end: &InstanceEnd| end.outcome == Outcome::RolledBack;
            known.forward.is_some() && known.end.as_ref().is_some_and(is_rolled_back)
        })
    }

    /// Whether something was sent of which no end is known.
    pub fn is_open(&self) -> bool {
        let is_open = |known: &PastInstance| {
            let failure = known.end.as_ref().and_then(|end| end.failure.as_ref());
            let is_left = failure.is_some_and(|failure| failure.kind.leaves_unknown());
            // What goes back came to its end before: what was sent until then says nothing.
            let is_of_now = |sent: &Sent| known.forward.is_none() || known.is_of_way_back(sent);
            known.sent.as_ref().is_some_and(is_of_now) && (known.end.is_none() || is_left)
        };
        self.instances.values().any(is_open)
    }

    /// Returns the stack instances whose stack this run changed or was about to.
    pub fn touched(&self) -> impl Iterator<Item = (&InstanceId, &Sent)> {
        self.instances.iter().filter_map(|(id, known)| Some((id, known.sent.as_ref()?)))
    }

    /// Returns the version of each value that it read.
    pub(super) fn value_versions(&self) -> &ValueVersions {
        &self.values
    }

    fn of(&mut self, instance: &InstanceId) -> &mut PastInstance {
        self.instances.entry(instance.clone()).or_default()
    }
}
