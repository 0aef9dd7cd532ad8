//! How a stack instance ends: the end of one that stands as wanted, and of each that does not.

use super::skipped;
use crate::cloud::{CallError, ErrorOrigin, Stack};
use crate::event::{Failure, FailureKind, InstanceEnd, Outcome, StackAction};
use crate::name::{AccountName, InstanceId, RunId};
use crate::status::StackStatus;

/// Returns the end of a stack instance of which nothing but the outcome is known.
pub(super) fn bare(instance: &InstanceId, outcome: Outcome) -> InstanceEnd {
    InstanceEnd {
        instance: instance.clone(),
        outcome,
        status: None,
        stack_id: None,
        changed: None,
        outputs: std::collections::BTreeMap::new(),
        preview: None,
        notes: Vec::new(),
        failure: None,
    }
}

/// Returns the end of one that stands as wanted.
pub(super) fn good(instance: &InstanceId, outcome: Outcome, stack: Stack) -> InstanceEnd {
    InstanceEnd {
        status: Some(stack.status),
        stack_id: Some(stack.id),
        changed: stack.changed,
        outputs: stack.outputs,
        ..bare(instance, outcome)
    }
}

/// Returns the end of one that failed; `stack` is how it was last seen.
pub(super) fn failed(
    instance: &InstanceId,
    failure: Failure,
    stack: Option<&Stack>,
) -> InstanceEnd {
    InstanceEnd {
        status: stack.map(|stack| stack.status.clone()),
        stack_id: stack.map(|stack| stack.id.clone()),
        changed: stack.and_then(|stack| stack.changed),
        failure: Some(failure),
        ..bare(instance, Outcome::Failed)
    }
}

/// Returns the end of one that was not started.
pub(super) fn skipped(instance: &InstanceId, failure: Failure) -> InstanceEnd {
    InstanceEnd { failure: Some(failure), ..bare(instance, Outcome::Skipped) }
}

/// Returns the end of one that was not started, because the run was asked to stop.
pub(super) fn cancelled(instance: &InstanceId, stack: Option<&Stack>) -> InstanceEnd {
    InstanceEnd { outcome: Outcome::Skipped, ..failed(instance, skipped::cancelled(), stack) }
}

/// Returns the end of one whose update was cancelled, because the run was asked to stop.
pub(super) fn taken_back(instance: &InstanceId, stack: &Stack) -> InstanceEnd {
    let message = "its update was cancelled with the run; the stack stands as before";
    let failure = Failure::new(FailureKind::Cancelled, message);
    InstanceEnd { outcome: Outcome::RolledBack, ..failed(instance, failure, Some(stack)) }
}

/// Returns the end of one whose call was refused or got no answer.
pub(super) fn refused(
    instance: &InstanceId,
    account: &AccountName,
    error: CallError,
    stack: Option<&Stack>,
) -> InstanceEnd {
    if error.origin == ErrorOrigin::Withdrawn {
        return cancelled(instance, stack);
    }
    failed(instance, error.into_failure(account), stack)
}

/// An operation that can no longer be followed.
#[derive(Debug)]
pub(super) struct LostOperation {
    /// The error that hid how the operation ended.
    pub error: CallError,
    /// The stack's status as it was last seen.
    pub status: Option<StackStatus>,
}

/// Returns the end of one whose operation was accepted and can no longer be seen: it goes on.
pub(super) fn lost(
    instance: &InstanceId,
    account: &AccountName,
    action: StackAction,
    stack_id: &str,
    lost: LostOperation,
) -> InstanceEnd {
    let Failure { kind, message, help, .. } = lost.error.into_failure(account);
    let message =
        format!("its {} continues and can no longer be seen: {message}", action.as_noun());
    let follows = "`xdeploy resume` follows it to its end";
    let help = match help {
        Some(help) if kind == FailureKind::WrongAccount => help,
        Some(_) if kind == FailureKind::NoCredentials => format!("log in again, then {follows}"),
        Some(help) => format!("{follows}; then {help}"),
        None => follows.to_owned(),
    };
    let failure = Failure::new(unsettled(kind), message).with_help(help);
    InstanceEnd {
        status: lost.status,
        stack_id: Some(stack_id.to_owned()),
        ..failed(instance, failure, None)
    }
}

/// Returns the end of one of a run that only looks ahead and was left before it had taken away what
/// it made for that.
pub(super) fn left_looking(instance: &InstanceId, run: &RunId) -> InstanceEnd {
    let message = "left before its change set, if there was one, was deleted";
    let failure = Failure::new(FailureKind::Cancelled, message).with_help(format!(
        "it changes nothing by itself; its name begins with xdeploy-plan-{run}: `aws cloudformation \
         delete-change-set` takes it away"
    ));
    failed(instance, failure, None)
}

/// Returns the end of one of which it cannot be seen whether a call that was sent was accepted.
pub(super) fn unseen(
    instance: &InstanceId,
    account: &AccountName,
    action: StackAction,
    error: CallError,
) -> InstanceEnd {
    failed(instance, may_go_on(account, action, error), None)
}

/// Returns that it cannot be seen whether a call that was sent was accepted, and why.
pub(super) fn may_go_on(account: &AccountName, action: StackAction, error: CallError) -> Failure {
    let Failure { kind, message, help, .. } = error.into_failure(account);
    let message =
        format!("whether its {} was accepted cannot be seen: {message}", action.as_noun());
    let help = help.map(|help| format!("; first {help}")).unwrap_or_default();
    Failure::new(unsettled(kind), message)
        .with_help(format!("`xdeploy resume` looks once more{help}"))
}

/// Returns the kind of failure of an operation that can no longer be seen, by why it cannot.
fn unsettled(why: FailureKind) -> FailureKind {
    match why {
        FailureKind::WrongAccount => why,
        _ => FailureKind::StillMoving,
    }
}

/// Returns an end that tells as well what is left behind.
pub(super) fn telling(mut end: InstanceEnd, left: String) -> InstanceEnd {
    if let Some(preview) = &mut end.preview {
        preview.notes.push(left);
    } else if let Some(failure) = &mut end.failure {
        failure.message = format!("{}; {left}", failure.message);
    }
    end
}
