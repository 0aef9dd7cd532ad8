//! One stack instance on its way back: what the run created is deleted, what it updated is updated to
//! how it stood before. What cannot go back is said, and left as it is.

use super::early::EndedEarly;
use super::ending;
use super::instance::{Settled, Work};
use super::rollback::RestoreRequest;
use super::sending::Heard;
use super::take_up::TakenUp;
use crate::cloud::{CallError, Intent, Stack, Stacks, Updated};
use crate::event::{Before, Failure, FailureKind, InstanceEnd, Outcome, StackAction};
use crate::status::StackStatus;

/// What is to go back, and to what.
pub(super) struct Undo {
    /// How the stack instance ended when the run changed it.
    pub end: InstanceEnd,
    /// What an updated one goes back to, ready to be sent; or why it cannot be.
    pub request: Option<Result<Box<RestoreRequest>, Failure>>,
}

/// Brings a stack instance back and returns how it stands then.
pub(super) async fn undo(work: &Work, undo: Undo) -> InstanceEnd {
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(end) => return stays(&undo.end, end.failure.unwrap_or_else(cancelled)),
    };
    let undoing = Undoing { work, stacks, end: &undo.end };
    let done = match &undo.request {
        None => undoing.take_back().await,
        Some(Ok(back)) => undoing.put_back(back).await,
        Some(Err(failure)) => Err(undoing.stays(failure.clone())),
    };
    done.unwrap_or_else(|early| match early {
        EndedEarly::Ended(end) => *end,
        EndedEarly::CallFailed(error) => {
            stays(&undo.end, error.into_failure(&undoing.stacks.account))
        }
    })
}

struct Undoing<'a> {
    work: &'a Work,
    stacks: Stacks,
    end: &'a InstanceEnd,
}

impl Undoing<'_> {
    /// Deletes what the run created.
    async fn take_back(&self) -> Result<InstanceEnd, EndedEarly> {
        let action = StackAction::TakeBack;
        let sent = self.sent(action).await?;
        let Some(found) = self.find().await? else { return Ok(self.gone(None)) };
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
                let failure = ending::cause(&followed, action, Some(&stack)).await;
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
        let intent = match sent {
            Some(intent) => intent,
            None => match self.send_update(request, &found).await? {
                (intent, Updated::Accepted) => intent,
                (intent, Updated::NothingToDo) => {
                    return self.as_before(found, &request.before, &intent).await;
                }
            },
        };
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(&found);
        let operation = self.work.operation(action, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) if stack.status == StackStatus::UpdateComplete => {
                self.as_before(*stack, &request.before, &intent).await
            }
            Ok(Settled::As(stack)) => {
                let failure = ending::cause(&followed, action, Some(&stack)).await;
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
        self.check(found).map_err(|failure| self.stays(failure))?;
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
    async fn as_before(
        &self,
        stack: Stack,
        before: &Before,
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
        Ok(ending::good(self.work.id(), Outcome::RolledBack, stack))
    }

    /// Returns the intent of the call on the way back, if it was sent before the run broke off and
    /// accepted.
    async fn sent(&self, action: StackAction) -> Result<Option<Intent>, CallError> {
        let Some(sent) = self.work.sent.as_ref().filter(|sent| sent.action == action) else {
            return Ok(None);
        };
        match self.work.take_up(&self.stacks, sent).await? {
            TakenUp::Accepted(_) => {
                Ok(Some(self.work.intended_before(action, self.work.cancelled)))
            }
            TakenUp::Nothing => Ok(None),
        }
    }

    /// Looks for a call on the way back that failed, and was accepted all the same.
    ///
    /// # Errors
    /// When it was refused, or that cannot be seen.
    async fn heard(
        &self,
        action: StackAction,
        found: &Stack,
        error: CallError,
    ) -> Result<(), EndedEarly> {
        // Boxed, as few come here.
        match Box::pin(self.work.look_for(&self.stacks, action, Some(&found.id), error)).await {
            Heard::Accepted(_) => Ok(()),
            Heard::Refused(error) => Err(error.into()),
            Heard::Unseen(error) => {
                Err(self.stays(ending::may_go_on(&self.stacks.account, action, error)))
            }
        }
    }

    fn stays(&self, failure: Failure) -> EndedEarly {
        stays(self.end, failure).into()
    }

    async fn find(&self) -> Result<Option<Stack>, CallError> {
        let name = self.work.instance().stack_name.as_str();
        self.stacks.describe(self.end.stack_id.as_deref().unwrap_or(name)).await
    }

    /// Leaves alone what somebody else changed since.
    fn check(&self, found: &Stack) -> Result<(), Failure> {
        if self.work.is_stopped() {
            return Err(cancelled());
        }
        if found.status.is_settled() && found.changed == self.end.changed {
            return Ok(());
        }
        let since = found.changed.map(|at| format!(" at {at}")).unwrap_or_default();
        let message =
            format!("it was changed{since} by somebody else, and stands {}", found.status);
        Err(Failure::new(FailureKind::CannotGoBack, message)
            .with_help("look at what was changed, and bring it back by hand where that is wanted"))
    }

    fn gone(&self, failure: Option<Failure>) -> InstanceEnd {
        InstanceEnd {
            status: Some(StackStatus::DeleteComplete),
            stack_id: self.end.stack_id.clone(),
            failure,
            ..ending::bare(self.work.id(), Outcome::RolledBack)
        }
    }

    /// Returns the end of one whose way back failed.
    fn left(&self, failure: Failure, stack: &Stack) -> InstanceEnd {
        let end = ending::failed(self.work.id(), failure, Some(stack));
        InstanceEnd { outputs: stack.outputs.clone(), ..end }
    }
}

/// Returns the end of one that stays as the run left it.
pub(super) fn stays(end: &InstanceEnd, failure: Failure) -> InstanceEnd {
    let failure = Failure { message: format!("not put back: {}", failure.message), ..failure };
    InstanceEnd { outcome: Outcome::Failed, failure: Some(failure), ..end.clone() }
}

/// Returns why one stays whose dependent did.
pub(super) fn is_needed(by: &crate::name::InstanceId) -> Failure {
    Failure::new(FailureKind::NeedFailed, format!("{by} needs it and was not put back"))
}

/// Returns that what stood before is not known.
pub(super) fn unknown(what: &str) -> Failure {
    Failure::new(FailureKind::CannotGoBack, format!("what stood before is not known: {what}"))
        .with_help(
            "deploy the version before by hand; cloudformation:GetTemplate lets runs keep it",
        )
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "the run was asked to stop")
}

fn vanished() -> Failure {
    Failure::new(FailureKind::CannotGoBack, "the stack is gone: somebody else deleted it")
}

fn protected() -> Failure {
    Failure::new(FailureKind::CannotGoBack, "termination protection is on: it is not deleted")
        .with_help("take the protection off and delete the stack by hand, if that is wanted")
}

fn retained(kept: &[String]) -> Failure {
    let message = format!("the stack is gone, but what it retains stays: {}", kept.join(", "));
    Failure::new(FailureKind::CannotGoBack, message)
        .with_help("delete by hand what is not wanted: a new stack cannot take over its names")
}
