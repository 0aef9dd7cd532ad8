//! Why an operation failed: the first cause among the stack's events, and what mends it.

use super::cause_remedy;
use crate::cloud::{CallError, FailedResource, FirstCause, Followed, Stack, stack_reason};
use crate::event::{Failure, FailureKind, StackAction};
use crate::status::StackStatus;

const DESCRIBE_EVENTS: &str = "cloudformation:DescribeStackEvents";

/// Returns why an operation did not bring a stack where it should, with its first cause.
///
/// `stack` is how it settled; `None` if it is gone. `again` is what a person does once the cause is mended, as
/// [`InstanceWork::again`](super::instance_work::InstanceWork::again) tells it.
pub(super) async fn cause(
    followed: &Followed,
    (action, again): (StackAction, &str),
    stack: Option<&Stack>,
) -> Failure {
    let help = |reason: Option<&str>| remedy((action, again), stack, followed, reason);
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
        (None, Some(error)) => return unread(error, followed, stack, &help(None)),
        (None, None) => format!("{stands} and CloudFormation gives no reason"),
    };
    Failure::new(FailureKind::StackFailed, message).with_help(help(reason.as_deref()))
}

/// Returns that a stack failed whose events cannot be read, with where they are seen.
fn unread(error: &CallError, followed: &Followed, stack: Option<&Stack>, help: &str) -> Failure {
    let stands = match stack {
        Some(stack) => format!("the stack failed (it is {})", stack.status),
        None => "the stack failed and is gone".to_owned(),
    };
    let Failure { kind, message: why, help: mend, .. } =
        error.clone().into_failure(followed.account());
    let message = format!("{stands}, and its events cannot be read: {why}");
    let see = see_events(followed.stack_id(), stack);
    let first = match mend {
        // Until that is mended, nobody sees them.
        Some(mend) if error.is_foreign() || error.is_about_credentials() => mend,
        _ if error.is_access_denied() => {
            format!("allow {DESCRIBE_EVENTS}, or {see}")
        }
        _ => see,
    };
    // That the stack failed is known, unless another cloud said so.
    let kind = if error.is_foreign() { kind } else { FailureKind::StackFailed };
    Failure::new(kind, message).with_help(format!("{first}; {help}"))
}

/// Returns how the events of a stack are seen: one that is gone is known by its ARN only.
fn see_events(id: &str, stack: Option<&Stack>) -> String {
    let name = stack.map_or(id, |stack| &stack.name);
    let region = id.split(':').nth(3).filter(|region| !region.is_empty());
    let region = region.map(|region| format!(" --region {region}")).unwrap_or_default();
    format!(
        "see why in the console, or by `aws cloudformation describe-stack-events --stack-name \
         {name}{region}`"
    )
}

/// Returns what is to be done: what mends the cause, then what becomes of the stack.
fn remedy(
    (action, again): (StackAction, &str),
    stack: Option<&Stack>,
    followed: &Followed,
    reason: Option<&str>,
) -> String {
    let found = reason.and_then(cause_remedy::of_reason);
    let mend = found.as_deref();
    let mended = |what: &str| match mend {
        Some(mend) => format!("{mend}; then {what}"),
        None => format!("mend the cause and {what}"),
    };
    match stack.map(|stack| &stack.status) {
        None => format!("nothing of the stack is left; {}", mended(again)),
        Some(StackStatus::RollbackComplete | StackStatus::CreateFailed) if !action.deletes() => {
            mended("apply again: the stack is deleted and created anew")
        }
        Some(StackStatus::UpdateRollbackComplete) if action == StackAction::PutBack => {
            format!("the stack stands as the run left it; {}", mended(again))
        }
        Some(StackStatus::UpdateRollbackComplete) if !action.deletes() => {
            format!("the stack stands as before the update; {}", mended(again))
        }
        Some(StackStatus::UpdateRollbackFailed) if action == StackAction::Update => {
            "mend what keeps the rollback from ending, then roll the run back (`xdeploy rollback`) or \
             apply again: either continues it first; or skip the resource with `aws cloudformation \
             continue-update-rollback --resources-to-skip`"
                .to_owned()
        }
        Some(StackStatus::UpdateRollbackFailed) => format!(
            "mend what keeps the rollback from ending, then {again}: it is continued first; or \
             skip the resource with `aws cloudformation continue-update-rollback \
             --resources-to-skip`"
        ),
        Some(StackStatus::DeleteFailed) => {
            let stay = followed.failed_resources();
            let stay = if stay.is_empty() { "some resources".to_owned() } else { stay.join(", ") };
            if let Some(mend) = mend {
                return format!("{stay} could not be deleted: {mend}; then {again}");
            }
            format!("{stay} could not be deleted: empty or delete by hand, then {again}")
        }
        Some(_) => match mend {
            Some(mend) => format!("{mend}; then {again}"),
            None => "look at the stack's events, mend the cause and run again".to_owned(),
        },
    }
}
