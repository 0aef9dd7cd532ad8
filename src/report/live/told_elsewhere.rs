//! What is told of a stack instance already, by its account, its cause or the rollout.

use crate::event::{Failure, FailureKind, InstanceEnd, StackAction};
use crate::name::InstanceId;
use crate::report::fold::lifecycle::InstanceStatus;
use crate::report::fold::state::RunState;

/// Whether an operation that is not ours is being waited for.
pub(super) fn is_foreign(id: &InstanceId, state: &RunState) -> bool {
    match state.instance(id).map(|instance| &instance.status) {
        Some(InstanceStatus::Running(running)) => running.action == Some(StackAction::Wait),
        Some(InstanceStatus::Waiting | InstanceStatus::Finished(_)) | None => false,
    }
}

/// Whether an instance was not started because the rollout stopped.
pub(super) fn is_of_rollout(end: &InstanceEnd) -> bool {
    end.failure.as_ref().is_some_and(|failure| failure.kind.is_rollout())
}

/// Whether an instance's end follows from its account's refusal, which was said already.
pub(super) fn is_told(end: &InstanceEnd, state: &RunState) -> bool {
    let follows = |failure: &Failure| failure.is_entry() || failure.kind == FailureKind::NeedFailed;
    end.failure.as_ref().is_some_and(follows) && state.refusal(&end.instance).is_some()
}

/// Whether an instance is the first that failed for its cause.
pub(super) fn is_first(end: &InstanceEnd, state: &RunState) -> bool {
    let announced = state.instance(&end.instance).map(|instance| &instance.announced);
    let cluster = announced.and_then(|announced| state.failures.of_end(announced, end));
    let first = cluster.and_then(|cluster| cluster.members.first()?.instances.first());
    first == Some(&end.instance)
}
