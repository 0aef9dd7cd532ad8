//! Nested stacks as the resources of others: how far one is, what it is asked for, what it yields.

use jiff::Timestamp;

use super::nesting::{Nesting, OrderedWork, ParentOrder};
use super::operation::{TaskProgress, TaskWork};
use super::stack::{Resource, STACK_TYPE, StoredStack};
use crate::sandbox::world::SandboxAccount;
use crate::status::StackStatus;

/// Whether a resource is a nested stack whose template is known by its address; what an application of the
/// Serverless Application Repository would make is made up.
pub fn is_carried_out(resource: &Resource) -> bool {
    resource.resource_type == STACK_TYPE && resource.properties["TemplateURL"].is_string()
}

/// Returns the name of a stack by its ARN, and anything else as it is.
pub fn name(id: &str) -> &str {
    id.contains(":stack/").then(|| id.split('/').nth(1)).flatten().unwrap_or(id)
}

/// Asks a nested stack for something.
pub fn order(account: &mut SandboxAccount, nested: &str, work: OrderedWork, at: Timestamp) {
    let nesting = account.stacks.get_mut(nested).and_then(|stack| stack.nesting.as_mut());
    if let Some(nesting) = nesting {
        nesting.order = Some(ParentOrder { at, work });
    }
}

/// Whether a resource is a nested stack that waits to clear up.
pub fn is_on_hold(account: &SandboxAccount, resource: &Resource) -> bool {
    let nested = account.stacks.get(&resource.physical_id).filter(|_| is_carried_out(resource));
    let operation = nested.and_then(|nested| nested.operation.as_ref());
    operation.is_some_and(|operation| operation.phase.is_on_hold())
}

/// Whether a nested stack has done what it was asked for.
pub fn is_at_rest(nested: &StoredStack) -> bool {
    let is_asked = nested.nesting.as_ref().is_some_and(|nesting| nesting.order.is_some());
    let operation = nested.operation.as_ref();
    !is_asked && operation.is_none_or(|operation| operation.phase.is_on_hold())
}

/// Lets the stack above go on if a nested stack is at rest, or has failed to change.
pub fn report_to_parent(account: &mut SandboxAccount, nested: &str) {
    let Some(nested) = account.stacks.get(nested) else { return };
    let Some(Nesting { parent, logical_id, .. }) = nested.nesting.clone() else { return };
    let has_failed = nested.status == StackStatus::UpdateRollbackInProgress;
    let (is_at_rest, id) = (is_at_rest(nested), nested.id.clone());
    let Some(at) = nested.events.last().map(|event| event.at) else { return };
    let Some(parent) = account.stacks.get_mut(&parent) else { return };
    let resources = parent.replaced.get(&logical_id).into_iter();
    let mut resources = resources.chain(parent.resources.get(&logical_id));
    if !resources.any(|resource| resource.physical_id == id) {
        return;
    }
    let operation = parent.operation.as_mut();
    let task = operation.and_then(|operation| operation.tasks.get_mut(&logical_id));
    if let Some(task) = task
        && task.progress == TaskProgress::Nested
        && (is_at_rest || (has_failed && task.work == TaskWork::Provision))
    {
        task.progress = TaskProgress::Working(at);
    }
}

/// Makes a resource what the nested stack that it is puts out.
pub fn settle(nested: &StoredStack, resource: &mut Resource) {
    let outputs = nested.outputs.iter();
    let outputs = outputs.map(|(key, output)| (format!("Outputs.{key}"), output.value.clone()));
    resource.attributes = outputs.collect();
    resource.has_made_up_outputs = nested.definition.is_made_up;
}
