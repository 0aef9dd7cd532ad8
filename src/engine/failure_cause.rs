//! Why an operation failed: the first cause among the stack's events, and what mends it.

use super::cause_remedy;
use crate::cloud::{CallError, FailedResource, FirstCause, Followed, Stack, stack_reason};
use crate::event::{Failure, FailureKind, StackAction};
use crate::name::AccountName;
use crate::status::StackStatus;

/// Returns why an operation did not bring a stack where it should, with its first cause.
///
/// `stack` is how it settled; `None` if it is gone.
pub(super) async fn cause(
    followed: &Followed,
    action: StackAction,
    stack: Option<&Stack>,
) -> Failure {
    let help = |reason: Option<&str>| remedy(action, stack, followed, reason);
    let reason = match followed.first_cause().await {
        Some(FirstCause::Resource(FailedResource { name, resource_type, reason, .. })) => {
            return Failure {
                kind: FailureKind::ResourceFailed,
                message: format!("{name} ({resource_type}): {reason}"),
                help: Some(help(Some(&reason))),
                resource: Some(name),
                findings: Vec::new(),
            };
        }
        Some(FirstCause::Stack(reason)) => Some(reason),
        None => {
            let told = stack.and_then(|stack| stack.status_reason.as_deref());
            told.and_then(stack_reason).map(str::to_owned)
        }
    };
    let stands = match stack {
        Some(stack) => format!("the stack is {}", stack.status),
        None => "the stack is gone".to_owned(),
    };
    let message = match (&reason, followed.events_error()) {
        (Some(reason), _) => format!("{stands}: {reason}"),
        (None, Some(error)) => return unread(error, followed.account(), &stands, &help(None)),
        (None, None) => format!("{stands} and CloudFormation gives no reason"),
    };
    Failure::new(FailureKind::StackFailed, message).with_help(help(reason.as_deref()))
}

/// Returns that a stack failed whose events cannot be read, with what to do about that first.
fn unread(error: &CallError, account: &AccountName, stands: &str, help: &str) -> Failure {
    let message = format!("the stack failed ({stands}), and its events cannot be read: {error}");
    if error.is_access_denied() {
        return Failure::new(FailureKind::StackFailed, message).with_help(format!(
            "allow cloudformation:DescribeStackEvents, or look into the console; {help}"
        ));
    }
    let is_about_events =
        error.is_foreign() || error.is_about_credentials() || error.is_retryable();
    let Failure { kind, help: why, .. } = error.clone().into_failure(account);
    // That the stack failed is known, unless another cloud said so.
    let kind = if error.is_foreign() { kind } else { FailureKind::StackFailed };
    let first =
        why.filter(|_| is_about_events).unwrap_or_else(|| "look into the console".to_owned());
    Failure::new(kind, message).with_help(format!("{first}; {help}"))
}

/// Returns what is to be done: what mends the cause, then what becomes of the stack.
fn remedy(
    action: StackAction,
    stack: Option<&Stack>,
    followed: &Followed,
    reason: Option<&str>,
) -> String {
    let found = reason.and_then(cause_remedy::of_reason);
    let mend = found.as_deref();
    let again = match action {
        StackAction::Delete => "destroy again",
        _ => "apply again",
    };
    let mended = |what: &str| match mend {
        Some(mend) => format!("{mend}; then {what}"),
        None => format!("mend the cause and {what}"),
    };
    match stack.map(|stack| &stack.status) {
        None => format!("nothing of the stack is left; {}", mended(again)),
        Some(StackStatus::RollbackComplete | StackStatus::CreateFailed) if !action.deletes() => {
            mended("apply again: the stack is deleted and created anew")
        }
        Some(StackStatus::UpdateRollbackComplete) if !action.deletes() => {
            format!("the stack stands as before the update; {}", mended(again))
        }
        Some(StackStatus::UpdateRollbackFailed) => {
            "mend what keeps the rollback from ending, then apply again: it is continued first; or \
             skip the resource with `aws cloudformation continue-update-rollback \
             --resources-to-skip`"
                .to_owned()
        }
        Some(StackStatus::DeleteFailed) => {
            let stay = followed.failed_resources();
            let stay = if stay.is_empty() { "some resources".to_owned() } else { stay.join(", ") };
            format!("{stay} could not be deleted: empty or delete by hand, then {again}")
        }
        Some(_) => match mend {
            Some(mend) => format!("{mend}; then {again}"),
            None => "look at the stack's events, mend the cause and run again".to_owned(),
        },
    }
}
