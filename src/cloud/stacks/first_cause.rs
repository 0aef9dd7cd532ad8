//! The first cause of a failed operation, also where it lies in a nested stack, and what hooks and early
//! validation say of it.

use std::time::Duration;

use super::client::Stacks;
use super::operation_errors::hook_reason;
use crate::cloud::watch::cause::{FailedResource, FirstCause};
use crate::cloud::watch::stack_events::OperationEvents;
use crate::event::StackAction;

/// How many stacks within stacks are searched for a first cause.
const DEEPEST_NESTING: usize = 5;

/// How long the events of a nested stack are waited for: they only tell more of a failure that is known.
const LEARNED_WITHIN: Duration = Duration::from_secs(10);

/// Returns the failure that came first, looking into nested stacks.
pub(super) async fn first_cause(
    stacks: &Stacks,
    stack_id: &str,
    action: StackAction,
    history: &OperationEvents,
) -> Option<FirstCause> {
    let mut cause = match own_cause(stacks, stack_id, history).await? {
        FirstCause::Resource(resource) => resource,
        own @ FirstCause::Stack(_) => return Some(own),
    };
    for _ in 0..DEEPEST_NESTING {
        if cause.resource_type != "AWS::CloudFormation::Stack" {
            break;
        }
        let Some(nested) = cause.physical_id.clone().filter(|id| !id.is_empty()) else { break };
        let mut inside = OperationEvents::new(action, None);
        let read = Box::pin(stacks.events(&nested, |page| inside.is_enough(page)));
        let Ok(Ok(events)) = tokio::time::timeout(LEARNED_WITHIN, read).await else { break };
        inside.take(events);
        match own_cause(stacks, &nested, &inside).await {
            Some(FirstCause::Resource(inner)) => {
                let name = format!("{}/{}", cause.name, inner.name);
                cause = FailedResource { name, ..inner };
            }
            Some(FirstCause::Stack(reason)) => {
                cause.reason = reason;
                break;
            }
            None => break,
        }
    }
    Some(FirstCause::Resource(cause))
}

/// Returns the failure that came first in a stack, with all that is known of it.
async fn own_cause(
    stacks: &Stacks,
    stack_id: &str,
    history: &OperationEvents,
) -> Option<FirstCause> {
    match history.first_cause() {
        Some(FirstCause::Resource(failed)) if failed.reason.contains("hook(s) failed") => {
            Some(FirstCause::Resource(refused_by_hooks(stacks, history, failed).await))
        }
        Some(FirstCause::Resource(failed)) => Some(FirstCause::Resource(failed)),
        // The stack's event then only says where the reasons are.
        own if history.has_failed_validation() => refusals(stacks, stack_id, history).await.or(own),
        own => own,
    }
}

/// Returns what early validation and hooks found wrong with an operation: all of it, as one cause; `None` if
/// that cannot be learned.
async fn refusals(
    stacks: &Stacks,
    stack_id: &str,
    history: &OperationEvents,
) -> Option<FirstCause> {
    let mut all = stacks.operation_errors(stack_id, history.operation_id()).await.into_iter();
    let first = all.next()?.resource;
    let others = all.map(|error| format!("; {}", error.to_text()));
    let reason = first.reason.clone() + &others.collect::<String>();
    Some(FirstCause::Resource(FailedResource { reason, ..first }))
}

/// Returns a resource that hooks refused, whose own reason only names them, with what they say.
async fn refused_by_hooks(
    stacks: &Stacks,
    history: &OperationEvents,
    failed: FailedResource,
) -> FailedResource {
    let mut said = Vec::new();
    for failure in history.hook_failures(&failed.name) {
        let mut reason = hook_reason(&failure.hook, failure.reason.as_deref());
        if let Some(invocation) = &failure.invocation {
            reason.push_str(&stacks.hook_annotations(invocation).await);
        }
        said.push(reason);
    }
    let reason = if said.is_empty() { failed.reason } else { said.join("; ") };
    FailedResource { reason, ..failed }
}
