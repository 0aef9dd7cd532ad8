//! One stack instance of `destroy`: until there is no stack.

use super::ending;
use super::instance::{Settled, Work};
use super::sending::Heard;
use super::take_up::TakenUp;
use crate::cloud::{CallError, Followed, Stacks};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, StackAction};

/// Deletes a stack instance and returns how it ended.
pub(super) async fn destroy(work: &Work, stacks: &Stacks) -> InstanceEnd {
    match delete(work, stacks).await {
        Ok(end) => end,
        Err(error) => ending::refused(work.id(), &stacks.account, error, None),
    }
}

async fn delete(work: &Work, stacks: &Stacks) -> Result<InstanceEnd, CallError> {
    let name = work.instance().stack_name.as_str();
    if let Some(end) = take_up(work, stacks).await? {
        return Ok(end);
    }
    let Some(found) = work.unless_stopped(stacks.find(name)).await else {
        return Ok(ending::cancelled(work.id(), None));
    };
    let Some(mut found) = found? else {
        return Ok(ending::bare(work.id(), Outcome::Unchanged));
    };
    if !found.status.is_settled() && !work.is_stopped() {
        let action = StackAction::Wait;
        work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = stacks.follow(&found.id, work.operation(action, None, None));
        match work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) => found = *stack,
            Ok(Settled::Gone) => return Ok(gone(work, found.id)),
            Ok(Settled::Abandoned) => {}
            Err(lost) => return Err(lost.error),
        }
    }
    if work.is_stopped() {
        return Ok(ending::cancelled(work.id(), Some(&found)));
    }
    if found.termination_protection {
        return Ok(ending::failed(work.id(), protected(), Some(&found)));
    }
    let proof = match work.prove(stacks).await {
        Ok(proof) => proof,
        Err(error) => return Ok(ending::refused(work.id(), &stacks.account, error, Some(&found))),
    };
    let action = StackAction::Delete;
    let token = work.token(action);
    if let Err(failure) = work.intend(action, Some(&found.id)).await {
        return Ok(ending::failed(work.id(), failure, Some(&found)));
    }
    let may_go = || !work.is_stopped();
    let delete = stacks.delete(&found, &token, &proof, &may_go);
    if let Err(error) = work.answered("cloudformation:DeleteStack", &may_go, delete).await {
        // Boxed, as few come here.
        match Box::pin(work.look_for(stacks, action, Some(&found.id), error)).await {
            Heard::Accepted(_) => {}
            Heard::Refused(error) => {
                return Ok(ending::refused(work.id(), &stacks.account, error, Some(&found)));
            }
            Heard::Unseen(error) => {
                return Ok(ending::unseen(work.id(), &stacks.account, action, error));
            }
        }
    }
    work.tell_action(action, Some(&found.status), &found.id).await;
    let followed = stacks.follow(&found.id, work.operation(action, Some(&token), Some(&found)));
    Ok(see_it_go(work, stacks, followed, found.id).await)
}

/// Follows what was sent before the run broke off to its end.
async fn take_up(work: &Work, stacks: &Stacks) -> Result<Option<InstanceEnd>, CallError> {
    let action = StackAction::Delete;
    let Some(sent) = work.sent.as_ref().filter(|sent| sent.action == action) else {
        return Ok(None);
    };
    let stack_id = match work.take_up(stacks, sent).await {
        Ok(TakenUp::Accepted(stack_id)) => stack_id,
        Ok(TakenUp::Nothing) => return Ok(None),
        Err(error) => {
            return Ok(Some(ending::unseen(work.id(), &stacks.account, action, error)));
        }
    };
    work.tell_action(action, None, &stack_id).await;
    let token = work.token(action);
    let followed = stacks.follow(&stack_id, work.operation(action, Some(&token), None));
    Ok(Some(see_it_go(work, stacks, followed, stack_id).await))
}

/// Follows a deletion until the stack is gone, or stays.
async fn see_it_go(
    work: &Work,
    stacks: &Stacks,
    mut followed: Followed,
    stack_id: String,
) -> InstanceEnd {
    let action = StackAction::Delete;
    match work.settle(&mut followed, action).await {
        Ok(Settled::Gone | Settled::Abandoned) => gone(work, stack_id),
        Ok(Settled::As(stack)) => {
            let failure = ending::cause(&followed, action, Some(&stack)).await;
            ending::failed(work.id(), failure, Some(&stack))
        }
        Err(lost) => ending::lost(work.id(), &stacks.account, action, &stack_id, lost),
    }
}

fn gone(work: &Work, stack_id: String) -> InstanceEnd {
    InstanceEnd {
        status: Some(crate::status::StackStatus::DeleteComplete),
        stack_id: Some(stack_id),
        ..ending::bare(work.id(), Outcome::Deleted)
    }
}

fn protected() -> Failure {
    Failure::new(FailureKind::Refused, "termination protection is on: the stack is not deleted")
        .with_help("set `termination-protection: false` and apply, then destroy")
}
