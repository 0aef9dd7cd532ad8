//! An update as a saved plan says: the change set that was reviewed is executed, and nothing where the stack moved since.

use super::super::ended_early::EndedEarly;
use super::super::instance_end;
use super::super::keep::{guarded, with_what_is_inside};
use super::super::past_run::Sent;
use super::super::preview_change_set::{
    PreviewChangeSet, ReadChangeSet, gone_before_read, never_drawn, not_drawn,
};
use super::super::resumed_operation::ResumedOperation;
use super::super::saved_plan::{PlannedStack, moved, not_planned, unplanned_losses, why_moved};
use super::applying::{Applying, Round};
use crate::cloud::{CallError, ChangeSet, Stack};
use crate::event::{Failure, KeptChange, Outcome, ResourceChange, StackAction};
use crate::plan::{DesiredStack, request_digest};

impl Applying<'_> {
    /// Refuses a stack that does not stand as a saved plan says; one that this run changed itself does not count.
    pub async fn check_planned(&self, found: Option<&Stack>) -> Result<(), EndedEarly> {
        let Some(saved) = self.work.saved_plan() else { return Ok(()) };
        if self.is_moved_by_us() {
            return Ok(());
        }
        let Some(planned) = saved.stacks.get(self.work.id()) else {
            return Err(self.unplanned("it is not in the plan", found));
        };
        match moved(planned, found) {
            None => Ok(()),
            Some(stack_move) => {
                let why = why_moved(&stack_move, found, &self.stacks).await;
                Err(self.unplanned(&format!("not as planned: {why}"), found))
            }
        }
    }

    /// Whether what moved the stack since it was planned was this run, before it was resumed or just now.
    fn is_moved_by_us(&self) -> bool {
        let repaired = |sent: &Sent| match sent.action {
            StackAction::DeleteBeforeCreate
            | StackAction::ContinueRollback
            | StackAction::RollBack => true,
            StackAction::Create
            | StackAction::Update
            | StackAction::Delete
            | StackAction::PutBack
            | StackAction::TakeBack
            | StackAction::CancelUpdate
            | StackAction::Wait => false,
        };
        self.has_moved_stack() || self.work.sent.as_ref().is_some_and(repaired)
    }

    /// Updates the stack found: as a saved plan says, if one is carried out, or as far as the files keep nothing of it.
    pub async fn bring(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let saved = self.work.saved_plan();
        match saved.and_then(|saved| saved.stacks.get(self.work.id())) {
            None if self.work.guard().is_idle() => self.update(found).await,
            None => Box::pin(self.update_guarded(found)).await,
            Some(planned) => Box::pin(self.update_as_planned(planned, found)).await,
        }
    }

    async fn update_as_planned(
        &self,
        planned: &PlannedStack,
        found: &Stack,
    ) -> Result<Round, EndedEarly> {
        if planned.outcome == Outcome::Created {
            return Err(self.unplanned("a stack of its name was created meanwhile", Some(found)));
        }
        self.check_parameters(Some(found))?;
        match self.kept_of(planned) {
            Some(KeptChange { change_set: Some(arn), .. }) => self.execute(arn, found).await,
            Some(KeptChange { change_set: None, .. }) => self.stay(found).await,
            None => {
                self.discard_planned(planned, found).await;
                self.plan_anew(Some(planned), found).await
            }
        }
    }

    /// Returns what was kept of what is sent now; nothing if that is something else.
    fn kept_of<'p>(&self, planned: &'p PlannedStack) -> Option<&'p KeptChange> {
        let desired = self.work.instance().desired();
        let request = desired.map(|desired| request_digest(desired, self.request));
        planned.kept.as_ref().filter(|kept| Some(&kept.request) == request.as_ref())
    }

    /// Updates the stack found if it loses nothing that the files keep: with the change set that was looked at before the run
    /// began where the stack stands as it stood then, else with one that is made now.
    async fn update_guarded(&self, found: &Stack) -> Result<Round, EndedEarly> {
        self.check_parameters(Some(found))?;
        let looked = self.work.change_sets.looked();
        let looked = looked.and_then(|looked| looked.stacks.get(self.work.id()));
        let stands =
            |looked: &&PlannedStack| !self.is_moved_by_us() && moved(looked, Some(found)).is_none();
        if let Some(looked) = looked.filter(stands) {
            match self.kept_of(looked) {
                _ if looked.is_free => return self.update(found).await,
                // It was drawn up with what was known before the run.
                _ if self.may_differ_now() => {}
                Some(KeptChange { change_set: Some(arn), .. }) => {
                    return self.execute(arn, found).await;
                }
                Some(KeptChange { change_set: None, .. }) => return self.stay(found).await,
                None => {}
            }
        }
        if let Some(looked) = looked {
            self.discard_planned(looked, found).await;
        }
        let guard = self.work.guard();
        match self.work.kept_in(&self.stacks, &found.id, &|of| guard.holds(of)).await?.is_empty() {
            true => self.update(found).await,
            false => self.plan_anew(None, found).await,
        }
    }

    /// Whether what is sent may come to something else by now than before the run, though it reads the same: what it needs
    /// was changed since, and may export or store other values, or AWS keeps values of it that are read when its turn comes.
    fn may_differ_now(&self) -> bool {
        let reads = self.work.instance().desired().is_some_and(DesiredStack::reads_outside_values);
        reads || self.work.follows_change
    }

    /// Executes a change set of the stack found.
    async fn execute(&self, change_set: &str, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::Update;
        let proof = self.prove().await.map_err(|error| self.refused(error, Some(found)))?;
        self.upload(&proof, Some(found)).await?;
        let intent = self.intend_update(found).await?;
        let may_go = || self.may_go();
        let execute = self.stacks.execute_change_set(change_set, found, &intent, &proof, &may_go);
        match self.work.answered("cloudformation:ExecuteChangeSet", &may_go, execute).await {
            Ok(()) => {}
            Err(error) if error.is_change_set_spent() || error.has_stack_moved() => {
                self.executed_before(&error, found).await?;
            }
            Err(error) => drop(self.heard(action, Some(&found.id), error, Some(found)).await?),
        }
        let (stack, warnings) = self.follow_update(found, &intent).await?;
        let set = self.set_policy(&stack.id, &intent).await;
        set.map_err(|error| self.refused(error, Some(&stack)))?;
        Ok(self.updated(found, stack, warnings))
    }

    /// Finds out whether a change set that cannot be executed any more was executed by this very call, whose answer got
    /// lost.
    async fn executed_before(&self, error: &CallError, found: &Stack) -> Result<(), EndedEarly> {
        let sent = Sent {
            action: StackAction::Update,
            stack_id: Some(found.id.clone()),
            is_accepted: false,
            spent: self.work.spent,
            is_cancelled: false,
        };
        let resumed = self.work.resume_operation(&self.stacks, &sent).await;
        match resumed.map_err(|error| self.refused(error, Some(found)))? {
            ResumedOperation::Accepted(_) => Ok(()),
            ResumedOperation::Nothing => {
                let why = format!("its change set cannot be executed any more: {}", error.text);
                Err(self.unplanned(&why, Some(found)))
            }
        }
    }

    /// Leaves a stack as it is but for what no change set holds: its protection and its policy.
    async fn stay(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let wanted = self.request.termination_protection;
        let is_protected_so = wanted.is_none_or(|wanted| wanted == found.termination_protection);
        if is_protected_so && self.request.stack_policy.is_none() {
            let end = self.telling(found, Outcome::Unchanged, found.clone());
            return Ok(Round::ended(end));
        }
        let intent = self.intend_update(found).await?;
        self.unchanged(found, &intent).await
    }

    /// Makes the change set with the values that are known now, and executes it if the stack loses nothing that the plan did
    /// not name, nor what the files keep.
    async fn plan_anew(
        &self,
        planned: Option<&PlannedStack>,
        found: &Stack,
    ) -> Result<Round, EndedEarly> {
        let refused = |error| self.refused(error, Some(found));
        let new = || PreviewChangeSet::new(self.work, &self.stacks, &found.name, "").kept_if(true);
        let (mut made, mut first) = (new(), new().read(self.request, found).await);
        if planned.is_none() && cannot_be_told(&first) && self.request.template.may_nest_stacks() {
            // What it would do to nested stacks stays untold: what they hold counts as lost.
            made = new().without_nested();
            first = made.read(self.request, found).await;
        }
        let (read, findings, kept) = match first.map_err(refused)? {
            ReadChangeSet::NotMade(error) => return Err(self.refused(error, Some(found))),
            ReadChangeSet::Made { read, findings, kept, left: _ } => (read, findings, kept),
        };
        let failure = match read.map_err(|error| self.refused(error, Some(found)))? {
            None => return Err(instance_end::cancelled(self.work.id(), Some(found)).into()),
            Some(ChangeSet::NothingToDo) => return self.stay(found).await,
            Some(ChangeSet::Complete(told)) => {
                match (self.exceeding(planned, told.changes).await, kept) {
                    (Ok(None), Some(arn)) => return self.execute(&arn, found).await,
                    (Ok(None), None) => gone_before_read(),
                    (Ok(Some(failure)), _) => {
                        made.clear().await;
                        failure
                    }
                    (Err(error), _) => {
                        made.clear().await;
                        return Err(self.refused(error, Some(found)));
                    }
                }
            }
            Some(ChangeSet::Failed(reason)) => not_drawn(reason, &findings),
            Some(ChangeSet::Moving) => never_drawn(),
            Some(ChangeSet::Gone) => gone_before_read(),
        };
        Err(instance_end::failed(self.work.id(), failure, Some(found)).into())
    }

    /// Deletes the change set that was made with other values, as it is not executed.
    async fn discard_planned(&self, planned: &PlannedStack, found: &Stack) {
        let kept = planned.kept.as_ref().and_then(|kept| kept.change_set.as_deref());
        let Some(change_set) = kept else { return };
        PreviewChangeSet::named(self.work, &self.stacks, &found.name, change_set).clear().await;
    }

    /// Returns why a change set that was made anew is not executed; nothing if it goes no further than the plan, and loses
    /// nothing that the files keep.
    async fn exceeding(
        &self,
        planned: Option<&PlannedStack>,
        changes: Vec<ResourceChange>,
    ) -> Result<Option<Failure>, CallError> {
        if let Some(failure) = planned.and_then(|planned| exceeding(planned, &changes)) {
            return Ok(Some(failure));
        }
        let changes = with_what_is_inside(&self.stacks, &self.work.guard(), changes).await?;
        let forbidden = self.work.forbidden(&changes);
        Ok((!forbidden.is_empty()).then(|| guarded(&forbidden)))
    }

    fn unplanned(&self, why: &str, found: Option<&Stack>) -> EndedEarly {
        instance_end::failed(self.work.id(), not_planned(why), found).into()
    }
}

/// Whether CloudFormation does not draw up a change set.
fn cannot_be_told(read: &Result<ReadChangeSet, CallError>) -> bool {
    match read {
        Ok(ReadChangeSet::NotMade(error)) => error.is_invalid_request(),
        Ok(ReadChangeSet::Made { read: Ok(Some(ChangeSet::Failed(_))), .. }) => true,
        Ok(ReadChangeSet::Made { .. }) | Err(_) => false,
    }
}

/// Returns why a change set that was made anew is not executed; nothing if it goes no further than the plan.
fn exceeding(planned: &PlannedStack, changes: &[ResourceChange]) -> Option<Failure> {
    let losses = unplanned_losses(planned, changes);
    let named: Vec<String> = losses.iter().map(ToString::to_string).collect();
    (!losses.is_empty()).then(|| {
        not_planned(format!(
            "with the values that are known now it would lose what the plan did not name: {}",
            named.join(", ")
        ))
    })
}
