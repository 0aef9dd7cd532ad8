//! The rollback of one stack instance: what the run created is deleted, what it updated is updated to
//! how it stood before. What cannot go back is said, and left as it is.

use jiff::Timestamp;

use super::ended_early::EndedEarly;
use super::failed_call::FailedCall;
use super::failure_cause;
use super::instance_end;
use super::instance_work::InstanceWork;
use super::prior_stacks::RestoreRequest;
use super::resumed_operation::ResumedOperation;
use super::rollback_failure::{cancelled, protected, retained, stays, vanished};
use super::settle::Settled;
use crate::cloud::{CallError, Intent, Stack, Stacks, Updated};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, PriorStack, StackAction};
use crate::status::StackStatus;

/// What is to go back, and to what.
pub(super) struct InstanceRollback {
    /// How the stack instance ended when the run changed it.
    pub end: InstanceEnd,
    /// When the stack was changed last by a way back that failed, by AWS's clock.
    pub failed_before: Option<Timestamp>,
    /// What an updated one goes back to, ready to be sent; or why it cannot be.
    pub request: Option<Result<Box<RestoreRequest>, Failure>>,
}

/// Brings a stack instance back and returns how it stands then.
pub(super) async fn roll_back(work: &InstanceWork, rollback: InstanceRollback) -> InstanceEnd {
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(end) => return stays(&rollback.end, end.failure.unwrap_or_else(cancelled)),
    };
    let InstanceRollback { end, failed_before, .. } = &rollback;
    let rolling_back = RollingBack { work, stacks, end, failed_before: *failed_before };
    let done = match &rollback.request {
        None => rolling_back.take_back().await,
        Some(Ok(back)) => rolling_back.put_back(back).await,
        Some(Err(failure)) => Err(rolling_back.stays(failure.clone())),
    };
    done.unwrap_or_else(|early| match early {
        EndedEarly::Ended(end) => *end,
        EndedEarly::CallFailed(error) => {
            stays(&rollback.end, error.into_failure(&rolling_back.stacks.account))
        }
    })
}

/// A stack instance that goes back.
pub(super) struct RollingBack<'a> {
    pub work: &'a InstanceWork,
    pub stacks: Stacks,
    end: &'a InstanceEnd,
    failed_before: Option<Timestamp>,
}

impl RollingBack<'_> {
    /// Deletes what the run created.
    async fn take_back(&self) -> Result<InstanceEnd, EndedEarly> {
        let action = StackAction::TakeBack;
        let sent = self.sent(action).await?;
        let Some(found) = self.find().await? else { return self.gone_before().await };
        let is_sent = sent.is_some();
        let intent = match sent {
            Some(intent) => intent,
            None => self.send_delete(&found).await?,
        };
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(&found);
        let operation = self.work.operation(action, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::Gone | Settled::Abandoned) => {
                let kept = self.stacks.kept_resources(&found.id).await.unwrap_or_default();
                Ok(self.gone((!kept.is_empty()).then(|| retained(&kept))))
            }
            Ok(Settled::As(stack)) => {
                let failure = failure_cause::cause(
                    &followed,
                    (action, self.work.again(action)),
                    Some(&stack),
                )
                .await;
                Ok(self.left(failure, &stack))
            }
            Err(lost) => Err(lost.error.into()),
        }
    }

    async fn send_delete(&self, found: &Stack) -> Result<Intent, EndedEarly> {
        let action = StackAction::TakeBack;
        self.check(found).map_err(|failure| self.stays(failure))?;
        if found.termination_protection {
            return Err(self.stays(protected()));
        }
        let proof = self.work.prove(&self.stacks).await?;
        let intended = self.work.intend(action, Some(&found.id)).await;
        let intent = intended.map_err(|failure| self.stays(failure))?;
        let may_go = || !self.work.is_stopped();
        let delete = self.stacks.delete(found, &intent, &proof, &may_go);
        if let Err(error) = self.work.answered("cloudformation:DeleteStack", &may_go, delete).await
        {
            self.heard(action, found, error).await?;
        }
        Ok(intent)
    }

    /// Updates what the run updated to how it stood before.
    async fn put_back(&self, request: &RestoreRequest) -> Result<InstanceEnd, EndedEarly> {
        let action = StackAction::PutBack;
        let sent = self.sent(action).await?;
        let Some(found) = self.find().await? else { return Ok(stays(self.end, vanished())) };
        let is_sent = sent.is_some();
        let (found, intent) = match sent {
            Some(intent) => (found, intent),
            None => {
                // Boxed, as few have anything to continue.
                let found = Box::pin(self.updatable(found)).await?;
                match self.send_update(request, &found).await? {
                    (intent, Updated::Accepted) => (found, intent),
                    (intent, Updated::NothingToDo) => {
                        return self.as_prior_stack(found, &request.before, &intent).await;
                    }
                }
            }
        };
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(&found);
        let operation = self.work.operation(action, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) if stack.status == StackStatus::UpdateComplete => {
                self.as_prior_stack(*stack, &request.before, &intent).await
            }
            Ok(Settled::As(stack)) => {
                let failure = failure_cause::cause(
                    &followed,
                    (action, self.work.again(action)),
                    Some(&stack),
                )
                .await;
                Ok(self.left(failure, &stack))
            }
            Ok(Settled::Gone | Settled::Abandoned) => Ok(stays(self.end, vanished())),
            Err(lost) => Err(lost.error.into()),
        }
    }

    async fn send_update(
        &self,
        request: &RestoreRequest,
        found: &Stack,
    ) -> Result<(Intent, Updated), EndedEarly> {
        let action = StackAction::PutBack;
        let RestoreRequest { desired, before } = request;
        if self.work.is_stopped() {
            return Err(self.stays(cancelled()));
        }
        let proof = self.work.prove(&self.stacks).await?;
        let intended = self.work.intend(action, Some(&found.id)).await;
        let intent = intended.map_err(|failure| self.stays(failure))?;
        let may_go = || !self.work.is_stopped();
        let restore = self.stacks.restore(desired, before, &intent, &proof, &may_go);
        match self.work.answered("cloudformation:UpdateStack", &may_go, restore).await {
            Ok(updated) => Ok((intent, updated)),
            Err(error) => {
                self.heard(action, found, error).await?;
                Ok((intent, Updated::Accepted))
            }
        }
    }

    /// Brings back what UpdateStack does not: protection and stack policy.
    async fn as_prior_stack(
        &self,
        stack: Stack,
        before: &PriorStack,
        intent: &Intent,
    ) -> Result<InstanceEnd, EndedEarly> {
        if stack.termination_protection != before.termination_protection {
            let proof = self.work.prove(&self.stacks).await?;
            self.stacks.protect(&stack.id, before.termination_protection, intent, &proof).await?;
        }
        if let Some(policy) = &before.stack_policy {
            let proof = self.work.prove(&self.stacks).await?;
            self.stacks.set_policy(&stack.id, policy, intent, &proof).await?;
        }
        Ok(instance_end::good(self.work.id(), Outcome::RolledBack, stack))
    }

    /// Returns the intent of the call on the way back, if it was sent before the run was resumed and
    /// accepted.
    pub async fn sent(&self, action: StackAction) -> Result<Option<Intent>, CallError> {
        let Some(sent) = self.work.sent.as_ref().filter(|sent| sent.action == action) else {
            return Ok(None);
        };
        match self.work.resume_operation(&self.stacks, sent).await? {
            ResumedOperation::Accepted(_) => {
                Ok(Some(self.work.intended_before(action, self.work.spent)))
            }
            ResumedOperation::Nothing => Ok(None),
        }
    }

    /// Looks for a call on the way back that failed, and was accepted all the same.
    ///
    /// # Errors
    /// When it was refused, or that cannot be seen.
    pub async fn heard(
        &self,
        action: StackAction,
        found: &Stack,
        error: CallError,
    ) -> Result<(), EndedEarly> {
        // Boxed, as few come here.
        match Box::pin(self.work.look_for(&self.stacks, action, Some(&found.id), error)).await {
            FailedCall::Accepted(_) => Ok(()),
            FailedCall::Refused(error) => Err(error.into()),
            FailedCall::Unseen(error) => {
                Err(self.stays(instance_end::may_go_on(&self.stacks.account, action, error)))
            }
        }
    }

    /// Returns the end of one that stays as the run left it.
    pub fn stays(&self, failure: Failure) -> EndedEarly {
        stays(self.end, failure).into()
    }

    async fn find(&self) -> Result<Option<Stack>, CallError> {
        let name = self.work.instance().stack_name.as_str();
        self.stacks.describe(self.end.stack_id.as_deref().unwrap_or(name)).await
    }

    /// Leaves alone what somebody else changed since.
    pub fn check(&self, found: &Stack) -> Result<(), Failure> {
        if self.work.is_stopped() {
            return Err(cancelled());
        }
        let is_ours = found.changed == self.end.changed
            || (self.failed_before.is_some() && found.changed == self.failed_before);
        if found.status.is_settled() && is_ours {
            return Ok(());
        }
        let since = found.changed.map(|at| format!(" at {at}")).unwrap_or_default();
        let message =
            format!("it was changed{since} by somebody else, and stands {}", found.status);
        Err(Failure::new(FailureKind::CannotGoBack, message)
            .with_help("look at what was changed, and bring it back by hand where that is wanted"))
    }

    /// Returns the end of what the run created and is gone already; another stack of its name is left alone.
    async fn gone_before(&self) -> Result<InstanceEnd, EndedEarly> {
        let name = self.work.instance().stack_name.as_str();
        let other = match self.end.stack_id {
            // Only a note waits for it, and a look that is behind may show our own.
            Some(_) => self.stacks.describe(name).await.ok().flatten(),
            None => None,
        };
        let other = other.filter(|other| Some(&other.id) != self.end.stack_id.as_ref());
        let note = "the stack that the run created was deleted before; another one of its name, made since, is left \
                    alone";
        let notes = other.map(|_| note.to_owned()).into_iter().collect();
        Ok(InstanceEnd { notes, ..self.gone(None) })
    }

    fn gone(&self, failure: Option<Failure>) -> InstanceEnd {
        InstanceEnd {
            status: Some(StackStatus::DeleteComplete),
            stack_id: self.end.stack_id.clone(),
            failure,
            ..instance_end::bare(self.work.id(), Outcome::RolledBack)
        }
    }

    /// Returns the end of one whose way back failed.
    pub fn left(&self, failure: Failure, stack: &Stack) -> InstanceEnd {
        let end = instance_end::failed(self.work.id(), failure, Some(stack));
        InstanceEnd { outputs: stack.outputs.clone(), ..end }
    }
}
