//! The first cause of a failed operation, also where it lies in a nested stack.

use super::client::Stacks;
use crate::cloud::watch::cause::{FailedResource, FirstCause};
use crate::cloud::watch::stack_events::OperationEvents;
use crate::event::StackAction;

/// How many stacks within stacks are searched for a first cause.
const DEEPEST_NESTING: usize = 5;

/// Returns the failure that came first, looking into nested stacks.
pub(super) async fn first_cause(
    stacks: &Stacks,
    stack_id: &str,
    action: StackAction,
    history: &OperationEvents,
) -> Option<FirstCause> {
    let mut cause = match history.first_cause() {
        Some(FirstCause::Resource(resource)) => resource,
        // The stack's event then only says where the reasons are.
        own if history.has_failed_validation() => {
            return stacks.validation_error(stack_id).await.map(FirstCause::Resource).or(own);
        }
        own => return own,
    };
    for _ in 0..DEEPEST_NESTING {
        if cause.resource_type != "AWS::CloudFormation::Stack" {
            break;
        }
        let Some(nested) = cause.physical_id.clone().filter(|id| !id.is_empty()) else { break };
        let mut inside = OperationEvents::new(action, None);
        let read = stacks.events(&nested, |page| inside.is_enough(page)).await;
        let Ok(events) = read else { break };
        inside.take(events);
        match inside.first_cause() {
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
