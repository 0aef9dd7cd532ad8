//! What all steps of `apply` on a stack instance share: until when a change may be begun, its proof,
//! and the following of it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::ended_early::EndedEarly;
use super::super::failed_call::FailedCall;
use super::super::failure_cause;
use super::super::instance_end;
use super::super::instance_end::LostOperation;
use super::super::instance_work::InstanceWork;
use super::super::settle::Settled;
use crate::cloud::{CallError, Followed, Intent, Proof, Stack, Stacks};
use crate::event::{InstanceEnd, StackAction};
use crate::plan::DesiredStack;
use crate::status::StackStatus;

/// What one round on a stack leads to.
pub enum Round {
    /// The stack instance ended.
    Ended(Box<InstanceEnd>),
    /// The stack moved meanwhile: it is read anew.
    Again,
    /// Somebody else was faster: look again a little later.
    Later,
}

impl Round {
    /// Returns the last one.
    pub fn ended(end: InstanceEnd) -> Self {
        Self::Ended(Box::new(end))
    }
}

/// A stack that stands as wanted after an operation.
pub struct Reached {
    pub stack: Stack,
    /// What hooks warned of meanwhile.
    pub warnings: Vec<String>,
}

/// A stack instance that is created or updated.
pub struct Applying<'a> {
    pub work: &'a InstanceWork,
    pub request: &'a DesiredStack<String>,
    pub stacks: Stacks,
    /// Whether a write was accepted that is not the whole job: then the rest is done as well.
    has_written: AtomicBool,
    /// Whether the run itself moved the stack, to bring it into a status in which it can be updated.
    has_moved_stack: AtomicBool,
}

impl<'a> Applying<'a> {
    pub fn new(work: &'a InstanceWork, request: &'a DesiredStack<String>, stacks: Stacks) -> Self {
        Self {
            work,
            request,
            stacks,
            has_written: AtomicBool::new(false),
            has_moved_stack: AtomicBool::new(false),
        }
    }

    /// Takes in that a change was made which is not the whole job.
    pub fn has_written(&self) {
        self.has_written.store(true, Ordering::Relaxed);
    }

    /// Takes in that the run moves the stack, to bring it into a status in which it can be updated.
    pub fn moves_stack(&self) {
        self.has_moved_stack.store(true, Ordering::Relaxed);
    }

    /// Whether the run did so.
    pub fn has_moved_stack(&self) -> bool {
        self.has_moved_stack.load(Ordering::Relaxed)
    }

    /// Whether a change may be begun: not after a stop, unless it completes one that was begun.
    pub fn may_go(&self) -> bool {
        !self.work.is_stopped() || self.has_written.load(Ordering::Relaxed)
    }

    /// Waits for what is read before a change is begun, unless that may not go any more.
    pub fn unless_stopped<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = Option<T>> {
        let has_written = self.has_written.load(Ordering::Relaxed);
        let work = Box::pin(work);
        async move {
            match has_written {
                true => Some(work.await),
                false => self.work.unless_stopped(work).await,
            }
        }
    }

    /// Proves the account before a change is begun, unless that may not go any more.
    pub async fn prove(&self) -> Result<Proof, CallError> {
        let proof = self.unless_stopped(self.stacks.prove_account()).await;
        proof.unwrap_or_else(|| Err(CallError::withdrawn()))
    }

    /// Records a change that is about to be sent.
    pub async fn intend(
        &self,
        action: StackAction,
        stack_id: Option<&str>,
        found: Option<&Stack>,
    ) -> Result<Intent, EndedEarly> {
        let intended = self.work.intend(action, stack_id).await;
        intended.map_err(|failure| instance_end::failed(self.work.id(), failure, found).into())
    }

    /// Protects the stack from deletion as asked for, and returns whether that was another before.
    pub async fn protect(&self, found: &Stack, intent: &Intent) -> Result<bool, CallError> {
        match self.request.termination_protection {
            Some(protected) if protected != found.termination_protection => {
                let proof = self.prove().await?;
                self.stacks.protect(&found.id, protected, intent, &proof).await.map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// Sets the stack policy that is asked for, if one is, and returns whether it was another before.
    pub async fn set_policy(&self, stack_id: &str, intent: &Intent) -> Result<bool, CallError> {
        let Some(policy) = &self.request.stack_policy else { return Ok(false) };
        let proof = self.prove().await?;
        self.stacks.set_policy(stack_id, policy, intent, &proof).await
    }

    /// Follows an operation of ours until the stack stands as wanted, or ends it with the cause.
    pub async fn reach(
        &self,
        mut followed: Followed,
        action: StackAction,
        stack_id: &str,
        is_wanted: impl Fn(&StackStatus) -> bool,
    ) -> Result<Reached, EndedEarly> {
        let (settled, was_cancelled) =
            self.work.settle_ours(&self.stacks, &mut followed, action, stack_id).await;
        let stack = match settled {
            Ok(Settled::As(stack)) if is_wanted(&stack.status) => {
                return Ok(Reached { stack: *stack, warnings: followed.warnings().await });
            }
            Ok(Settled::As(stack))
                if was_cancelled && stack.status == StackStatus::UpdateRollbackComplete =>
            {
                return Err(instance_end::taken_back(self.work.id(), &stack).into());
            }
            Ok(Settled::As(stack)) => Some(*stack),
            Ok(Settled::Gone | Settled::Abandoned) => None,
            Err(lost) => return Err(self.lost(action, stack_id, lost)),
        };
        let failure =
            failure_cause::cause(&followed, (action, self.work.again(action)), stack.as_ref())
                .await;
        let mut end = instance_end::failed(self.work.id(), failure, stack.as_ref());
        end.stack_id = Some(stack_id.to_owned());
        Err(end.into())
    }

    /// Returns the ARN of the stack that a change was accepted for though its call failed.
    ///
    /// # Errors
    /// When it was refused, or that cannot be seen.
    pub async fn heard(
        &self,
        action: StackAction,
        stack_id: Option<&str>,
        error: CallError,
        found: Option<&Stack>,
    ) -> Result<String, EndedEarly> {
        // Boxed, as few come here.
        match Box::pin(self.work.look_for(&self.stacks, action, stack_id, error)).await {
            FailedCall::Accepted(stack_id) => Ok(stack_id),
            FailedCall::Refused(error) => Err(self.refused(error, found)),
            FailedCall::Unseen(error) => {
                Err(instance_end::unseen(self.work.id(), &self.stacks.account, action, error)
                    .into())
            }
        }
    }

    /// Returns that an operation that was accepted can no longer be followed.
    pub fn lost(&self, action: StackAction, stack_id: &str, lost: LostOperation) -> EndedEarly {
        instance_end::lost(self.work.id(), &self.stacks.account, action, stack_id, lost).into()
    }

    /// Returns that a call failed on the stack found.
    pub fn refused(&self, error: CallError, found: Option<&Stack>) -> EndedEarly {
        instance_end::refused(self.work.id(), &self.stacks.account, error, found).into()
    }
}
