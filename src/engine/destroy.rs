//! One stack instance of `destroy`: until there is no stack.

use super::ending;
use super::instance::{Settled, Work};
use crate::cloud::{CallError, Stack, Stacks};
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
            Ok(Settled::Gone) => return Ok(gone(work, found)),
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
    if let Err(failure) = stacks.prove_account(Some(&found)).await {
        return Ok(ending::failed(work.id(), failure, None));
    }
    let action = StackAction::Delete;
    let token = work.token(action);
    if let Err(error) = stacks.delete(&found, &token, &|| !work.is_stopped()).await {
        return Ok(ending::refused(work.id(), &stacks.account, error, Some(&found)));
    }
    work.tell_action(action, Some(&found.status), &found.id).await;
    let mut followed = stacks.follow(&found.id, work.operation(action, Some(&token), Some(&found)));
    match work.settle(&mut followed, action).await {
        Ok(Settled::Gone | Settled::Abandoned) => Ok(gone(work, found)),
        Ok(Settled::As(stack)) => {
            let failure = ending::cause(&followed, action, Some(&stack)).await;
            Ok(ending::failed(work.id(), failure, Some(&stack)))
        }
        Err(lost) => Ok(ending::lost(work.id(), &stacks.account, action, &found.id, lost)),
    }
}

fn gone(work: &Work, found: Stack) -> InstanceEnd {
    InstanceEnd {
        status: Some(crate::status::StackStatus::DeleteComplete),
        stack_id: Some(found.id),
        ..ending::bare(work.id(), Outcome::Deleted)
    }
}

fn protected() -> Failure {
    Failure::new(FailureKind::Refused, "termination protection is on: the stack is not deleted")
        .with_help("set `termination-protection: false` and apply, then destroy")
}
