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
use super::rollback_failure::{self, cancelled, stays, vanished};
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
    /// What is done with it.
    pub way: WayBack,
}

/// How a stack goes back.
pub(super) enum WayBack {
    /// The run created it: it is deleted.
    Delete,
    /// It is updated to what it was, ready to be sent; or why it cannot be.
    Update(Result<Box<RestoreRequest>, Failure>),
    /// Its own rollback, which failed, is continued; then it is updated to what it was, as far as that does not bring
    /// it back; or why it cannot be.
    Continue(Result<Box<RestoreRequest>, Failure>),
}

impl InstanceRollback {
    /// Returns what a stack instance goes back to that the run changed so.
    pub fn of(work: &InstanceWork, end: InstanceEnd, failed_before: Option<Timestamp>) -> Self {
        let request = || work.prior_stacks.request(work.instance());
        let way = match (end.is_creation(), end.is_stuck()) {
            _ if end.is_failed_update() => WayBack::Update(Err(rollback_failure::failed_before())),
            (true, _) => WayBack::Delete,
            (false, true) => WayBack::Continue(request()),
            (false, false) => WayBack::Update(request()),
        };
        Self { end, failed_before, way }
    }
}

/// Brings a stack instance back and returns how it stands then.
pub(super) async fn roll_back(work: &InstanceWork, rollback: InstanceRollback) -> InstanceEnd {
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(end) => return stays(&rollback.end, end.failure.unwrap_or_else(cancelled)),
    };
    let InstanceRollback { end, failed_before, .. } = &rollback;
    let rolling_back = RollingBack { work, stacks, end, failed_before: *failed_before };
    let done = match &rollback.way {
        WayBack::Delete => rolling_back.take_back().await,
        WayBack::Update(Ok(back)) => rolling_back.put_back(back).await,
        WayBack::Update(Err(failure)) => Err(rolling_back.stays(failure.clone())),
        // Boxed, as few have anything to continue.
        WayBack::Continue(back) => Box::pin(rolling_back.continue_back(back)).await,
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
    pub end: &'a InstanceEnd,
    failed_before: Option<Timestamp>,
}

impl RollingBack<'_> {
    /// Updates what the run updated to how it stood before.
    pub async fn put_back(&self, request: &RestoreRequest) -> Result<InstanceEnd, EndedEarly> {
        let sent = self.sent(StackAction::PutBack).await?;
        let Some(found) = self.find().await? else { return Ok(stays(self.end, vanished())) };
        if let Some(intent) = sent {
            return self.follow_update(request, (&found, true), &intent).await;
        }
        // Boxed, as few have anything to continue.
        let found = Box::pin(self.updatable(found)).await?;
        self.update_back(request, found).await
    }

    /// Updates a stack that may be updated to how it stood before.
    pub async fn update_back(
        &self,
        request: &RestoreRequest,
        found: Stack,
    ) -> Result<InstanceEnd, EndedEarly> {
        match self.send_update(request, &found).await? {
            (intent, Updated::Accepted) => {
                self.follow_update(request, (&found, false), &intent).await
            }
            (intent, Updated::NothingToDo) => {
                self.as_prior_stack(found, &request.before, &intent).await
            }
        }
    }

    /// Follows an update back, which may have been sent before the run was resumed.
    async fn follow_update(
        &self,
        request: &RestoreRequest,
        (found, is_sent): (&Stack, bool),
        intent: &Intent,
    ) -> Result<InstanceEnd, EndedEarly> {
        let action = StackAction::PutBack;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(found);
        let operation = self.work.operation(action, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) if stack.status == StackStatus::UpdateComplete => {
                if is_sent {
                    // An older version sets it afterwards.
                    self.policy_back(&stack.id, &request.before, intent).await?;
                }
                self.as_prior_stack(*stack, &request.before, intent).await
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
        // Boxed, as few files keep anything.
        let guarded = Box::pin(self.work.forbids_way_back(&self.stacks, desired, found)).await?;
        if let Some(failure) = guarded {
            return Err(self.stays(failure));
        }
        let proof = self.work.prove(&self.stacks).await?;
        let intended = self.work.intend(action, Some(&found.id)).await;
        let intent = intended.map_err(|failure| self.stays(failure))?;
        // The run's own may forbid what brings back what it changed.
        self.policy_back(&found.id, before, &intent).await?;
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

    /// Sets the stack policy of before, if the run set another.
    pub async fn policy_back(
        &self,
        stack_id: &str,
        before: &PriorStack,
        intent: &Intent,
    ) -> Result<(), EndedEarly> {
        let Some(policy) = &before.stack_policy else { return Ok(()) };
        let proof = self.work.prove(&self.stacks).await?;
        self.stacks.set_policy(stack_id, policy, intent, &proof).await?;
        Ok(())
    }

    /// Brings back the protection of a stack that stands otherwise as before.
    pub async fn as_prior_stack(
        &self,
        stack: Stack,
        before: &PriorStack,
        intent: &Intent,
    ) -> Result<InstanceEnd, EndedEarly> {
        if stack.termination_protection != before.termination_protection {
            let proof = self.work.prove(&self.stacks).await?;
            self.stacks.protect(&stack.id, before.termination_protection, intent, &proof).await?;
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

    pub async fn find(&self) -> Result<Option<Stack>, CallError> {
        let name = self.work.instance().stack_name.as_str();
        self.stacks.describe(self.end.stack_id.as_deref().unwrap_or(name)).await
    }

    /// Leaves alone what was changed after the run.
    pub fn check(&self, found: &Stack) -> Result<(), Failure> {
        if self.work.is_stopped() {
            return Err(cancelled());
        }
        if found.status.is_settled() && self.is_ours(found) {
            return Ok(());
        }
        let since = found.changed.map(|at| format!(" at {at}")).unwrap_or_default();
        let message = format!("it was changed after the run{since}, and stands {}", found.status);
        Err(Failure::new(FailureKind::CannotGoBack, message)
            .with_help("`xdeploy runs` tells whether another run did that; look at what it is now, and bring it back by hand where \
                 that is wanted"))
    }

    /// Whether nobody changed the stack since the run or a way back of it did.
    pub fn is_ours(&self, found: &Stack) -> bool {
        found.changed == self.end.changed
            || (self.failed_before.is_some() && found.changed == self.failed_before)
    }

    /// Returns the end of one whose way back failed.
    pub fn left(&self, failure: Failure, stack: &Stack) -> InstanceEnd {
        let end = instance_end::failed(self.work.id(), failure, Some(stack));
        InstanceEnd { outputs: stack.outputs.clone(), ..end }
    }
}
