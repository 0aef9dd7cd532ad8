//! One stack instance of `apply`: from what is found to what was asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::ending;
use super::instance::{Lost, Settled, Work};
use super::intent::Unsent;
use super::sending::Heard;
use super::stuck;
use super::take_up::TakenUp;
use crate::cloud::{CallError, Followed, Proof, Stack, Stacks, Updated};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, StackAction};
use crate::plan::DesiredStack;
use crate::status::{Approach, StackStatus};

/// How often a stack is looked at anew before it counts as changed by somebody else all the time.
const MOST_ROUNDS: usize = 8;

/// The pause before a stack that somebody else just changed is looked at again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How often a stack may be there, as CreateStack says, and not show itself: for half a minute.
const MOST_HIDDEN: usize = 5;

/// What one round on a stack leads to.
enum Round {
    /// The stack instance ended.
    Ended(Box<InstanceEnd>),
    /// Look again.
    Again,
    /// Somebody else was faster: look again a little later.
    Later,
}

/// What was done in earlier rounds and is not done twice.
#[derive(Default)]
struct Done {
    /// Whether what was sent was looked for once something was found.
    has_taken_up: bool,
    has_looked: bool,
    has_continued: bool,
    /// How often a stack was there that does not show itself.
    hidden: usize,
}

/// Creates or updates a stack instance and returns how it ended.
pub(super) async fn apply(
    work: &Work,
    request: &DesiredStack<String>,
    stacks: Stacks,
) -> InstanceEnd {
    let applying = Applying { work, request, stacks, has_written: AtomicBool::new(false) };
    match applying.take_up().await {
        Ok(Some(end)) => return end,
        Ok(None) => {}
        Err(error) => return ending::refused(work.id(), &applying.stacks.account, error, None),
    }
    let mut done = Done::default();
    let mut pause = FIRST_PAUSE;
    for _ in 0..MOST_ROUNDS {
        match applying.round(&mut done).await {
            Ok(Round::Ended(end)) => return *end,
            Ok(Round::Again) => {}
            Ok(Round::Later) => {
                work.unless_stopped(tokio::time::sleep(pause)).await;
                pause *= 2;
            }
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
    request: &'a DesiredStack<String>,
    stacks: Stacks,
    /// Whether a write was accepted that is not the whole job: then the rest is done as well.
    has_written: AtomicBool,
}

impl Applying<'_> {
    /// Whether a change may be begun: not after a stop, unless it completes one that was begun.
    fn may_go(&self) -> bool {
        !self.work.is_stopped() || self.has_written.load(Ordering::Relaxed)
    }

    /// Waits for what is read before a change is begun, unless that may not go any more.
    fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
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
    async fn prove(&self) -> Result<Proof, CallError> {
        let proof = self.unless_stopped(self.stacks.prove_account()).await;
        proof.unwrap_or_else(|| Err(CallError::withdrawn()))
    }

    async fn round(&self, done: &mut Done) -> Result<Round, CallError> {
        let name = self.work.instance().stack_name.as_str();
        let found = match done.has_looked {
            false => match self.work.unless_stopped(self.stacks.find(name)).await {
                Some(found) => found?,
                None => return Ok(ended(ending::cancelled(self.work.id(), None))),
            },
            true => match self.unless_stopped(self.stacks.describe(name)).await {
                Some(found) => found?,
                None => return Ok(ended(ending::cancelled(self.work.id(), None))),
            },
        };
        done.has_looked = true;
        if !self.may_go() {
            return Ok(ended(ending::cancelled(self.work.id(), found.as_ref())));
        }
        let Some(found) = found else {
            return self.create_unseen(done).await;
        };
        done.hidden = 0;
        // What was sent may have come to light only now.
        if !std::mem::replace(&mut done.has_taken_up, true)
            && let Some(end) = self.take_up().await?
        {
            return Ok(ended(end));
        }
        match found.status.approach() {
            Approach::Wait => self.wait(&found).await,
            Approach::Refuse => Ok(ended(stuck::stuck(self.work.id(), &found))),
            Approach::ContinueRollback if done.has_continued => {
                Ok(ended(stuck::stuck(self.work.id(), &found)))
            }
            Approach::ContinueRollback => {
                done.has_continued = true;
                self.continue_rollback(&found).await
            }
            Approach::Create => self.create(Some(&found)).await,
            Approach::Recreate => self.delete(&found).await,
            Approach::Update => self.update(&found).await,
        }
    }

    /// Follows what was sent before the run broke off to its end, if it is the whole job.
    async fn take_up(&self) -> Result<Option<InstanceEnd>, CallError> {
        let Some(sent) = &self.work.sent else { return Ok(None) };
        let action = sent.action;
        if !matches!(action, StackAction::Create | StackAction::Update) {
            return Ok(None);
        }
        let stack_id = match self.work.take_up(&self.stacks, sent).await {
            Ok(TakenUp::Accepted(stack_id)) => stack_id,
            Ok(TakenUp::Nothing) => return Ok(None),
            Err(error) => {
                let account = &self.stacks.account;
                return Ok(Some(ending::unseen(self.work.id(), account, action, error)));
            }
        };
        self.work.tell_action(action, None, &stack_id).await;
        let token = self.work.token_after(action, sent.cancelled);
        let followed =
            self.stacks.follow(&stack_id, self.work.operation(action, Some(&token), None));
        let outcome = match action {
            StackAction::Create => Outcome::Created,
            _ => Outcome::Updated,
        };
        let is_taken_back = |status: &StackStatus| {
            sent.is_cancelled && *status == StackStatus::UpdateRollbackComplete
        };
        // It may have been changed once more meanwhile, by somebody else.
        let is_wanted = |status: &StackStatus| status.is_good() || is_taken_back(status);
        let stack = match self.reach(followed, action, &stack_id, is_wanted).await {
            Ok(stack) if is_taken_back(&stack.status) => return Ok(None),
            Ok(stack) => stack,
            Err(end) => return Ok(Some(*end)),
        };
        self.protect(&stack).await?;
        Ok(Some(ending::good(self.work.id(), outcome, stack)))
    }

    /// Creates a stack that does not show itself; one that is there all the same is waited for, in
    /// case that reads are behind.
    async fn create_unseen(&self, done: &mut Done) -> Result<Round, CallError> {
        let round = self.create(None).await?;
        if matches!(round, Round::Later) {
            done.hidden += 1;
        }
        match done.hidden > MOST_HIDDEN {
            true => {
                Ok(ended(stuck::hidden(self.work.id(), self.work.instance().stack_name.as_str())))
            }
            false => Ok(round),
        }
    }

    async fn create(&self, found: Option<&Stack>) -> Result<Round, CallError> {
        let action = StackAction::Create;
        let token = self.work.token(action);
        let proof = match self.prove().await {
            Ok(proof) => proof,
            Err(error) => return Ok(self.refused(error, found)),
        };
        if let Err(failure) = self.work.intend(action, None).await {
            return Ok(ended(ending::failed(self.work.id(), failure, found)));
        }
        let may_go = || self.may_go();
        let name = self.work.instance().stack_name.as_str();
        let create = self.stacks.create(name, self.request, &token, &proof, &may_go);
        let stack_id = match self.work.answered("cloudformation:CreateStack", &may_go, create).await
        {
            Ok(stack_id) => stack_id,
            // Somebody else was first; what stands now decides. An empty stack that only holds a
            // change set makes room.
            Err(error) if error.has_code("AlreadyExistsException") => {
                return match found {
                    Some(found) if found.status == StackStatus::ReviewInProgress => {
                        self.delete(found).await
                    }
                    _ => Ok(Round::Later),
                };
            }
            Err(error) => match self.heard(action, None, error, found).await {
                Ok(stack_id) => stack_id,
                Err(round) => return Ok(round),
            },
        };
        self.work.tell_action(action, found.map(|stack| &stack.status), &stack_id).await;
        let followed =
            self.stacks.follow(&stack_id, self.work.operation(action, Some(&token), None));
        Ok(
            match self
                .reach(followed, action, &stack_id, |s| *s == StackStatus::CreateComplete)
                .await
            {
                Ok(stack) => ended(ending::good(self.work.id(), Outcome::Created, stack)),
                Err(end) => Round::Ended(end),
            },
        )
    }

    async fn update(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::Update;
        let token = self.work.token(action);
        let proof = match self.prove().await {
            Ok(proof) => proof,
            Err(error) => return Ok(self.refused(error, Some(found))),
        };
        match self.unless_stopped(self.work.intend_update(&self.stacks, found)).await {
            Some(Ok(())) => {}
            Some(Err(Unsent::Unkept(failure))) => {
                return Ok(ended(ending::failed(self.work.id(), failure, Some(found))));
            }
            Some(Err(Unsent::Unread(error))) => return Ok(self.refused(error, Some(found))),
            None => return Ok(ended(ending::cancelled(self.work.id(), Some(found)))),
        }
        let may_go = || self.may_go();
        let update = self.stacks.update(self.request, found, &token, &proof, &may_go);
        match self.work.answered("cloudformation:UpdateStack", &may_go, update).await {
            Ok(Updated::Accepted) => {}
            Ok(Updated::NothingToDo) => return self.unchanged(found).await,
            // Somebody else began an operation, or deleted it, since it was looked at.
            Err(error) if error.text.contains("can not be updated") || error.is_no_such_stack() => {
                return Ok(Round::Later);
            }
            Err(error) => {
                if let Err(round) = self.heard(action, Some(&found.id), error, Some(found)).await {
                    return Ok(round);
                }
            }
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let followed =
            self.stacks.follow(&found.id, self.work.operation(action, Some(&token), Some(found)));
        let stack = match self
            .reach(followed, action, &found.id, |s| *s == StackStatus::UpdateComplete)
            .await
        {
            Ok(stack) => stack,
            Err(end) => return Ok(Round::Ended(end)),
        };
        match self.protect(found).await {
            Ok(_) => Ok(ended(ending::good(self.work.id(), Outcome::Updated, stack))),
            Err(error) => Ok(self.refused(error, Some(&stack))),
        }
    }

    /// Brings what UpdateStack does not compare where it should be: protection and stack policy.
    async fn unchanged(&self, found: &Stack) -> Result<Round, CallError> {
        let mut has_changed = self.protect(found).await;
        if let (Ok(changed), Some(policy)) = (&mut has_changed, &self.request.stack_policy) {
            match self.set_policy(&found.id, policy).await {
                Ok(other) => *changed |= other,
                Err(error) => has_changed = Err(error),
            }
        }
        let outcome = match has_changed {
            Ok(true) => Outcome::Updated,
            Ok(false) => Outcome::Unchanged,
            Err(error) => return Ok(self.refused(error, Some(found))),
        };
        Ok(ended(ending::good(self.work.id(), outcome, found.clone())))
    }

    async fn protect(&self, found: &Stack) -> Result<bool, CallError> {
        match self.request.termination_protection {
            Some(protected) if protected != found.termination_protection => {
                let proof = self.prove().await?;
                self.stacks.protect(&found.id, protected, &proof).await.map(|()| true)
            }
            _ => Ok(false),
        }
    }

    async fn set_policy(&self, stack_id: &str, policy: &str) -> Result<bool, CallError> {
        let proof = self.prove().await?;
        self.stacks.set_policy(stack_id, policy, &proof).await
    }

    async fn wait(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::Wait;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, self.work.operation(action, None, None));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(_) | Settled::Gone) => Ok(Round::Again),
            Ok(Settled::Abandoned) => Ok(ended(ending::cancelled(self.work.id(), Some(found)))),
            Err(lost) => Ok(self.refused(lost.error, Some(found))),
        }
    }

    async fn delete(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::DeleteBeforeCreate;
        let token = self.work.token(action);
        let proof = match self.prove().await {
            Ok(proof) => proof,
            Err(error) => return Ok(self.refused(error, Some(found))),
        };
        if found.termination_protection {
            if self.request.termination_protection.is_none() {
                return Ok(ended(stuck::protected(self.work.id(), found)));
            }
            self.stacks.protect(&found.id, false, &proof).await?;
            self.has_written.store(true, Ordering::Relaxed);
        }
        if let Err(failure) = self.work.intend(action, Some(&found.id)).await {
            return Ok(ended(ending::failed(self.work.id(), failure, Some(found))));
        }
        let may_go = || self.may_go();
        let delete = self.stacks.delete(found, &token, &proof, &may_go);
        if let Err(error) = self.work.answered("cloudformation:DeleteStack", &may_go, delete).await
            && let Err(round) = self.heard(action, Some(&found.id), error, Some(found)).await
        {
            return Ok(round);
        }
        // A stack that was taken down is built up again, whatever is wished meanwhile.
        self.has_written.store(true, Ordering::Relaxed);
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed =
            self.stacks.follow(&found.id, self.work.operation(action, Some(&token), Some(found)));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::Gone | Settled::Abandoned) => Ok(Round::Again),
            Ok(Settled::As(stack)) => {
                let failure = ending::cause(&followed, action, Some(&stack)).await;
                Ok(ended(ending::failed(self.work.id(), failure, Some(&stack))))
            }
            Err(lost) => Ok(ended(self.lost(action, &found.id, lost))),
        }
    }

    async fn continue_rollback(&self, found: &Stack) -> Result<Round, CallError> {
        let action = StackAction::ContinueRollback;
        let token = self.work.token(action);
        let proof = match self.prove().await {
            Ok(proof) => proof,
            Err(error) => return Ok(self.refused(error, Some(found))),
        };
        if let Err(failure) = self.work.intend(action, Some(&found.id)).await {
            return Ok(ended(ending::failed(self.work.id(), failure, Some(found))));
        }
        let may_go = || self.may_go();
        let go_on = self.stacks.continue_rollback(found, &token, &proof, &may_go);
        let operation = "cloudformation:ContinueUpdateRollback";
        if let Err(error) = self.work.answered(operation, &may_go, go_on).await
            && let Err(round) = self.heard(action, Some(&found.id), error, Some(found)).await
        {
            return Ok(round);
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed =
            self.stacks.follow(&found.id, self.work.operation(action, Some(&token), Some(found)));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) if stack.status == StackStatus::UpdateRollbackFailed => {
                let failure = ending::cause(&followed, action, Some(&stack)).await;
                Ok(ended(ending::failed(self.work.id(), failure, Some(&stack))))
            }
            Ok(Settled::As(_) | Settled::Gone | Settled::Abandoned) => Ok(Round::Again),
            Err(lost) => Ok(ended(self.lost(action, &found.id, lost))),
        }
    }

    /// Follows an operation of ours until the stack stands as wanted, or ends it with the cause.
    async fn reach(
        &self,
        mut followed: Followed,
        action: StackAction,
        stack_id: &str,
        is_wanted: impl Fn(&StackStatus) -> bool,
    ) -> Result<Stack, Box<InstanceEnd>> {
        let (settled, was_cancelled) =
            self.work.settle_ours(&self.stacks, &mut followed, action, stack_id).await;
        let stack = match settled {
            Ok(Settled::As(stack)) if is_wanted(&stack.status) => return Ok(*stack),
            Ok(Settled::As(stack))
                if was_cancelled && stack.status == StackStatus::UpdateRollbackComplete =>
            {
                return Err(Box::new(ending::taken_back(self.work.id(), &stack)));
            }
            Ok(Settled::As(stack)) => Some(*stack),
            Ok(Settled::Gone | Settled::Abandoned) => None,
            Err(lost) => return Err(Box::new(self.lost(action, stack_id, lost))),
        };
        let failure = ending::cause(&followed, action, stack.as_ref()).await;
        let mut end = ending::failed(self.work.id(), failure, stack.as_ref());
        end.stack_id = Some(stack_id.to_owned());
        Err(Box::new(end))
    }

    /// Returns the ARN of the stack that a change was accepted for though its call failed, or how the
    /// round ends.
    async fn heard(
        &self,
        action: StackAction,
        stack_id: Option<&str>,
        error: CallError,
        found: Option<&Stack>,
    ) -> Result<String, Round> {
        // Boxed, as few come here.
        match Box::pin(self.work.look_for(&self.stacks, action, stack_id, error)).await {
            Heard::Accepted(stack_id) => Ok(stack_id),
            Heard::Refused(error) => Err(self.refused(error, found)),
            Heard::Unseen(error) => {
                let end = ending::unseen(self.work.id(), &self.stacks.account, action, error);
                Err(ended(end))
            }
        }
    }

    fn lost(&self, action: StackAction, stack_id: &str, lost: Lost) -> InstanceEnd {
        ending::lost(self.work.id(), &self.stacks.account, action, stack_id, lost)
    }

    fn refused(&self, error: CallError, found: Option<&Stack>) -> Round {
        ended(ending::refused(self.work.id(), &self.stacks.account, error, found))
    }
}

fn ended(end: InstanceEnd) -> Round {
    Round::Ended(Box::new(end))
}
