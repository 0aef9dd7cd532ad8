//! Why an operation failed: the first cause among the stack's events, and what mends it.

use crate::cloud::{CallError, FirstCause, Followed, Stack};
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
    let help = remedy(action, stack.map(|stack| &stack.status), followed);
    match followed.first_cause().await {
        Some(FirstCause { resource, resource_type, reason, .. }) => Failure {
            kind: FailureKind::ResourceFailed,
            message: format!("{resource} ({resource_type}): {reason}"),
            resource: Some(resource),
            help: Some(help),
            findings: Vec::new(),
        },
        None => {
            if let Some(error) = followed.events_error() {
                return unread(error, followed.account(), &help);
            }
            let message = match stack {
                Some(Stack { status, status_reason: Some(reason), .. }) => {
                    format!("the stack is {status}: {reason}")
                }
                Some(Stack { status, .. }) => {
                    format!("the stack is {status} and CloudFormation gives no reason")
                }
                None => "the stack is gone and CloudFormation gives no reason".to_owned(),
            };
            Failure::new(FailureKind::StackFailed, message).with_help(help)
        }
    }
}

/// Returns that a stack failed whose events cannot be read, with what to do about that first.
fn unread(error: &CallError, account: &AccountName, help: &str) -> Failure {
    let message = format!("the stack failed, and its events cannot be read: {error}");
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

fn remedy(action: StackAction, status: Option<&StackStatus>, followed: &Followed) -> String {
    match status {
        None => "nothing of the stack is left; mend the cause and apply again".to_owned(),
        Some(StackStatus::RollbackComplete | StackStatus::CreateFailed) => {
            "mend the cause and apply again: the stack is deleted and created anew".to_owned()
        }
        Some(StackStatus::UpdateRollbackComplete) => {
            "the stack stands as before the update; mend the cause and apply again".to_owned()
        }
        Some(StackStatus::UpdateRollbackFailed) => {
            "mend what keeps the rollback from instance_end, then apply again: it is continued first; or \
             skip the resource with `aws cloudformation continue-update-rollback \
             --resources-to-skip`"
                .to_owned()
        }
        Some(StackStatus::DeleteFailed) => {
            let stay = followed.failed_resources();
            let stay = if stay.is_empty() { "some resources".to_owned() } else { stay.join(", ") };
            let again = match action {
                StackAction::Delete => "destroy again",
                _ => "apply again",
            };
            format!("{stay} could not be deleted: empty or delete by hand, then {again}")
        }
        Some(_) => "look at the stack's events, mend the cause and run again".to_owned(),
    }
}
