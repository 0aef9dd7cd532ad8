//! The first cause of a failed operation, also where it lies in a nested stack.

use super::client::Stacks;
use crate::cloud::watch::stack_events::{FirstCause, OperationEvents};
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
    let Some(mut cause) = history.first_cause() else {
        return match history.has_failed_validation() {
            true => stacks.validation_error(stack_id).await,
            false => None,
        };
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
        let Some(inner) = inside.first_cause() else { break };
        cause = FirstCause { resource: format!("{}/{}", cause.resource, inner.resource), ..inner };
    }
    Some(cause)
}
