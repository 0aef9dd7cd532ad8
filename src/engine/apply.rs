//! One stack instance of `apply`: from what is found to what was asked for.

use super::ending;
use super::instance::{Settled, Work};
use crate::cloud::{CallError, Stack, StackRequest, Stacks, Updated};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, StackAction};
use crate::status::{Approach, StackStatus};

/// How often a stack is looked at anew before it counts as changed by somebody else all the time.
const MOST_ROUNDS: usize = 8;

/// What one round on a stack leads to.
enum Round {
    /// The stack instance ended.
    Ended(Box<InstanceEnd>),
    /// Look again.
    Again,
}

/// What was done in earlier rounds and is not done twice.
#[derive(Default)]
struct Done {
    has_written: bool,
    has_continued: bool,
    has_waited_out_a_refusal: usize,
}

/// Creates or updates a stack instance and returns how it ended.
pub(super) async fn apply(work: &Work, request: &StackRequest) -> InstanceEnd {
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(failure) => return ending::failed(work.id(), failure, None),
    };
    let applying = Applying { work, request, stacks };
    let mut done = Done::default();
    for _ in 0..MOST_ROUNDS {
        match applying.round(&mut done).await {
            Ok(Round::Ended(end)) => return *end,
            Ok(Round::Again) => {}
            Err(error) => {
                return ending::refused(work.id(), &applying.stacks.account, error, None);
            }
        }
    }
    let failure = Failure::new(
        FailureKind::StackStuck,
        "the stack is changed by somebody else again and again",
    )
    .with_help("let the other deployment end, then apply again");
    ending::failed(work.id(), failure, None)
}

struct Applying<'a> {
    work: &'a Work,
    request: &'a StackRequest,
    stacks: Stacks,
}

impl Applying<'_> {
    async fn round(&self, done: &mut Done) -> Result<Round, CallError> {
        let found = self.stacks.describe(&self.request.stack_name).await?;
        if self.work.is_stopped() && !done.has_written {
            return Ok(ended(ending::cancelled(self.work.id(), found.as_ref())));
        }
        let Some(found) = found else {
            done.has_written = true;
            return self.create(None).await;
        };
        match found.status.approach() {
            Approach::Wait => self.wait(&found).await,
            Approach::Refuse => Ok(ended(self.stuck(&found))),
            Approach::ContinueRollback if done.has_continued => Ok(ended(self.stuck(&found))),
            Approach::ContinueRollback => {
                done.has_written = true;
                done.has_continued = true;
                self.continue_rollback(&found).await
            }
            Approach::Create => {
                done.has_written = true;
                self.create(Some(&found)).await
            }
            Approach::Recreate => {
                done.has_written = true;
                self.delete(&found).await
            }
            Approach::Update => {
                done.has_written = true;
                self.update(&found, done).await
            }
        }
    }

    async fn create(&self, found: Option<&Stack>) -> Result<Round, CallError> {
        let action = StackAction::Create;
        let token = self.work.token(action);
        let stack_id = match self.stacks.create(self.request, &token).await {
            Ok(stack_id) => stack_id,
            // Somebody else was first; what stands now decides. An empty stack that only holds a
            // change set makes room.
            Err(error) if error.has_code("AlreadyExistsException") => {
                return match found {
                    Some(found) if found.status == StackStatus::ReviewInProgress => {
                        self.delete(found).await
                    }
                    _ => Ok(Round::Again),
                };
            }
            Err(error) => return Ok(self.refused(error, found)),
        };
        self.work.tell_action(action, found.map(|stack| &stack.status), &stack_id).await;
        self.finish(action, &stack_id, &token, StackStatus::CreateComplete, Outcome::Created).await
    }

    async fn update(&self, found: &Stack, done: &mut Done) -> Result<Round, CallError> {
        let action = StackAction::Update;
        let token = self.work.token(action);
        match self.stacks.update(self.request, found, &token).await {
            Ok(Updated::Accepted) => {}
            Ok(Updated::NothingToDo) => return self.unchanged(found).await,
            // Somebody else began an operation since it was looked at.
            Err(error)
                if error.text.contains("can not be updated")
                    && done.has_waited_out_a_refusal < 3 =>
            {
                done.has_waited_out_a_refusal += 1;
                return Ok(Round::Again);
            }
            Err(error) => return Ok(self.refused(error, Some(found))),
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        self.protect(found).await?;
        self.finish(action, &found.id, &token, StackStatus::UpdateComplete, Outcome::Updated).await
    }

    /// Brings what UpdateStack does not compare where it should be: protection and stack policy.
    async fn unchanged(&self, found: &Stack) -> Result<Round, CallError> {
        let mut has_changed = self.protect(found).await?;
        if let Some(policy) = &self.request.stack_policy {
            has_changed |= self.stacks.set_policy(&found.id, policy).await?;
        }
        let outcome = if has_changed { Outcome::Updated } else { Outcome::Unchanged };
        Ok(ended(ending::good(self.work.id(), outcome, found.clone())))
    }

    async fn protect(&self, found: &Stack) -> Result<bool, CallError> {
        match self.request.termination_protection {
            Some(protected) if protected != found.termination_protection => {
                self.stacks.protect(&found.id, protected).await.map(|()| true)
            }
            _ => Ok(false),
        }
    }

    async fn wait(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::Wait;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, action, None);
        match self.work.settle(&mut followed, action).await? {
            Settled::As(_) | Settled::Gone => Ok(Round::Again),
            Settled::Abandoned => Ok(ended(ending::cancelled(self.work.id(), Some(found)))),
        }
    }

    async fn delete(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::DeleteBeforeCreate;
        let token = self.work.token(action);
        if found.termination_protection {
            self.stacks.protect(&found.id, false).await?;
        }
        if let Err(error) = self.stacks.delete(&found.id, &token).await {
            return Ok(self.refused(error, Some(found)));
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, action, Some(&token));
        match self.work.settle(&mut followed, action).await? {
            Settled::Gone | Settled::Abandoned => Ok(Round::Again),
            Settled::As(stack) => {
                let failure = ending::cause(&followed, action, Some(&stack)).await;
                Ok(ended(ending::failed(self.work.id(), failure, Some(&stack))))
            }
        }
    }

    async fn continue_rollback(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::ContinueRollback;
        let token = self.work.token(action);
        if let Err(error) = self.stacks.continue_update_rollback(&found.id, &token).await {
            return Ok(self.refused(error, Some(found)));
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, action, Some(&token));
        match self.work.settle(&mut followed, action).await? {
            Settled::As(stack) if stack.status == StackStatus::UpdateRollbackFailed => {
                let failure = ending::cause(&followed, action, Some(&stack)).await;
                Ok(ended(ending::failed(self.work.id(), failure, Some(&stack))))
            }
            Settled::As(_) | Settled::Gone | Settled::Abandoned => Ok(Round::Again),
        }
    }

    /// Follows an operation of ours to its end.
    async fn finish(
        &self,
        action: StackAction,
        stack_id: &str,
        token: &str,
        wanted: StackStatus,
        outcome: Outcome,
    ) -> Result<Round, CallError> {
        let mut followed = self.stacks.follow(stack_id, action, Some(token));
        let stack = match self.work.settle(&mut followed, action).await? {
            Settled::As(stack) if stack.status == wanted => {
                return Ok(ended(ending::good(self.work.id(), outcome, *stack)));
            }
            Settled::As(stack) => Some(*stack),
            Settled::Gone | Settled::Abandoned => None,
        };
        let failure = ending::cause(&followed, action, stack.as_ref()).await;
        Ok(ended(ending::failed(self.work.id(), failure, stack.as_ref())))
    }

    fn refused(&self, error: CallError, found: Option<&Stack>) -> Round {
        ended(ending::refused(self.work.id(), &self.stacks.account, error, found))
    }

    fn stuck(&self, found: &Stack) -> InstanceEnd {
        let reason = found.status_reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
        let message = format!("the stack is {} and cannot be updated{reason}", found.status);
        let help = match found.status {
            StackStatus::DeleteFailed => {
                "delete by hand what stays, or delete the stack and retain it (`aws \
                 cloudformation delete-stack --retain-resources`), then apply again"
            }
            StackStatus::UpdateRollbackFailed => {
                "its rollback was continued and got stuck again: mend the resource, or skip it \
                 with `aws cloudformation continue-update-rollback --resources-to-skip`"
            }
            _ => "look at the stack in the console and bring it to a settled state",
        };
        let failure = Failure::new(FailureKind::StackStuck, message).with_help(help);
        ending::failed(self.work.id(), failure, Some(found))
    }
}

fn ended(end: InstanceEnd) -> Round {
    Round::Ended(Box::new(end))
}
