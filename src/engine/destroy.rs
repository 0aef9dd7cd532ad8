//! One stack instance of `destroy`: until there is no stack.

use super::ended_early::EndedEarly;
use super::failed_call::FailedCall;
use super::failure_cause;
use super::instance_end;
use super::instance_work::InstanceWork;
use super::resumed_operation::ResumedOperation;
use super::settle::Settled;
use crate::cloud::{Followed, Stack, Stacks};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, StackAction};

/// Deletes a stack instance and returns how it ended.
pub(super) async fn destroy(work: &InstanceWork, stacks: &Stacks) -> InstanceEnd {
    let deleted = delete(work, stacks).await;
    deleted.unwrap_or_else(|early| early.into_end(work.id(), &stacks.account))
}

async fn delete(work: &InstanceWork, stacks: &Stacks) -> Result<InstanceEnd, EndedEarly> {
    if let Some(end) = resume_operation(work, stacks).await? {
        return Ok(end);
    }
    let name = work.instance().stack_name.as_str();
    let cancelled = |found| instance_end::cancelled(work.id(), found);
    let found = work.unless_stopped(stacks.find(name)).await.ok_or_else(|| cancelled(None))??;
    let found = meant(work, found)?;
    let found = settled(work, stacks, found).await?;
    if work.is_stopped() {
        return Err(cancelled(Some(&found)).into());
    }
    if found.termination_protection {
        let failure = protected(work.instance().removed().is_some());
        return Err(instance_end::failed(work.id(), failure, Some(&found)).into());
    }
    work.check_deletion(stacks, &found).await?;
    let refused = |error| instance_end::refused(work.id(), &stacks.account, error, Some(&found));
    let proof = work.prove(stacks).await.map_err(refused)?;
    let action = StackAction::Delete;
    let intended = work.intend(action, Some(&found.id)).await;
    let intent =
        intended.map_err(|failure| instance_end::failed(work.id(), failure, Some(&found)))?;
    let may_go = || !work.is_stopped();
    let delete = stacks.delete(&found, &intent, &proof, &may_go);
    if let Err(error) = work.answered("cloudformation:DeleteStack", &may_go, delete).await {
        // Boxed, as few come here.
        match Box::pin(work.look_for(stacks, action, Some(&found.id), error)).await {
            FailedCall::Accepted(_) => {}
            FailedCall::Refused(error) => return Err(refused(error).into()),
            FailedCall::Unseen(error) => {
                return Err(instance_end::unseen(work.id(), &stacks.account, action, error).into());
            }
        }
    }
    work.tell_action(action, Some(&found.status), &found.id).await;
    let operation = work.operation(action, Some(intent.token()), Some(&found));
    let followed = stacks.follow(&found.id, operation);
    Ok(see_it_go(work, stacks, followed, found.id).await)
}

/// Returns the stack that is to be deleted: of one that no file names any more, only the very one that
/// runs made.
fn meant(work: &InstanceWork, found: Option<Stack>) -> Result<Stack, EndedEarly> {
    let unchanged = |notes: Vec<String>| {
        let end = instance_end::bare(work.id(), Outcome::Unchanged);
        EndedEarly::from(InstanceEnd { notes, ..end })
    };
    let removed = work.instance().removed();
    let Some(found) = found else {
        let gone = removed.map(|_| "already gone".to_owned());
        return Err(unchanged(gone.into_iter().collect()));
    };
    let Some(removed) = removed else { return Ok(found) };
    match &removed.stack_id {
        Some(stack_id) if *stack_id == found.id && !removed.is_gone => Ok(found),
        None if !removed.is_gone => {
            Err(instance_end::failed(work.id(), unseen(), Some(&found)).into())
        }
        Some(_) | None => {
            let note = "already gone; another stack of its name, which no run made, is left alone";
            Err(unchanged(vec![note.to_owned()]))
        }
    }
}

/// Waits until what somebody else began has settled, and returns how the stack stands then.
async fn settled(work: &InstanceWork, stacks: &Stacks, found: Stack) -> Result<Stack, EndedEarly> {
    if found.status.is_settled() || work.is_stopped() {
        return Ok(found);
    }
    let action = StackAction::Wait;
    work.tell_action(action, Some(&found.status), &found.id).await;
    let mut followed = stacks.follow(&found.id, work.operation(action, None, None));
    match work.settle(&mut followed, action).await {
        Ok(Settled::As(stack)) => Ok(*stack),
        Ok(Settled::Gone) => Err(gone(work, found.id).into()),
        Ok(Settled::Abandoned) => Ok(found),
        Err(lost) => Err(lost.error.into()),
    }
}

/// Follows what was sent before the run was resumed to its end.
async fn resume_operation(
    work: &InstanceWork,
    stacks: &Stacks,
) -> Result<Option<InstanceEnd>, EndedEarly> {
    let action = StackAction::Delete;
    let Some(sent) = work.sent.as_ref().filter(|sent| sent.action == action) else {
        return Ok(None);
    };
    let stack_id = match work.resume_operation(stacks, sent).await {
        Ok(ResumedOperation::Accepted(stack_id)) => stack_id,
        Ok(ResumedOperation::Nothing) => return Ok(None),
        Err(error) => {
            return Err(instance_end::unseen(work.id(), &stacks.account, action, error).into());
        }
    };
    work.tell_action(action, None, &stack_id).await;
    let token = work.token(action);
    let followed = stacks.follow(&stack_id, work.operation(action, Some(&token), None));
    Ok(Some(see_it_go(work, stacks, followed, stack_id).await))
}

/// Follows a deletion until the stack is gone, or stays.
async fn see_it_go(
    work: &InstanceWork,
    stacks: &Stacks,
    mut followed: Followed,
    stack_id: String,
) -> InstanceEnd {
    let action = StackAction::Delete;
    match work.settle(&mut followed, action).await {
        Ok(Settled::Gone | Settled::Abandoned) => gone(work, stack_id),
        Ok(Settled::As(stack)) => {
            let failure =
                failure_cause::cause(&followed, (action, work.again(action)), Some(&stack)).await;
            instance_end::failed(work.id(), failure, Some(&stack))
        }
        Err(lost) => instance_end::lost(work.id(), &stacks.account, action, &stack_id, lost),
    }
}

fn gone(work: &InstanceWork, stack_id: String) -> InstanceEnd {
    InstanceEnd {
        status: Some(crate::status::StackStatus::DeleteComplete),
        stack_id: Some(stack_id),
        ..instance_end::bare(work.id(), Outcome::Deleted)
    }
}

fn protected(is_left_behind: bool) -> Failure {
    let help = match is_left_behind {
        true => {
            "turn it off with `aws cloudformation update-termination-protection`, then prune again"
        }
        false => "set `termination-protection: false` and apply, then destroy",
    };
    Failure::new(FailureKind::Refused, "termination protection is on: the stack is not deleted")
        .with_help(help)
}

fn unseen() -> Failure {
    let message = "a stack of its name stands, and that a run made it was not seen before";
    Failure::new(FailureKind::Refused, message).with_help("run `xdeploy prune` again")
}
