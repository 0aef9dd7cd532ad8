//! Stacks, resources and events as answers show them.

use jiff::Timestamp;

use super::definition::Definition;
use super::drift;
use super::failure_policy::FailurePolicy;
use super::stack::{HIDDEN, Resource, StoredStack};
use super::stack_event::{Event, HookNote};
use super::template::entries;
use crate::sandbox::wire::xml::ascii;
use crate::sandbox::wire::xml::{element, list, optional, text, texts, time};

/// Shows a stack for `DescribeStacks`.
pub fn stack(stack: &StoredStack, now: Timestamp) -> String {
    let definition = &stack.definition;
    let outputs = stack.outputs.iter().map(|(key, output)| {
        text("OutputKey", key)
            + &text("OutputValue", ascii(&output.value))
            + &optional("Description", output.description.as_ref().map(ascii))
            + &optional("ExportName", output.export.as_ref())
    });
    [
        text("StackId", &stack.id),
        text("StackName", &stack.name),
        optional("ChangeSetId", stack.change_set_id.as_ref()),
        optional("Description", definition.template["Description"].as_str().map(ascii)),
        list("Parameters", parameters(definition)),
        text("CreationTime", time(stack.created)),
        optional("DeletionTime", stack.deleted.map(time)),
        optional("LastUpdatedTime", stack.updated.map(time)),
        element("RollbackConfiguration", ""),
        text("StackStatus", stack.status.as_str()),
        optional("StackStatusReason", stack.reason.as_ref()),
        text("DisableRollback", (stack.on_failure == FailurePolicy::DoNothing).to_string()),
        texts("NotificationARNs", &definition.notification_arns),
        optional("TimeoutInMinutes", stack.timeout_minutes.map(|minutes| minutes.to_string())),
        texts("Capabilities", &definition.capabilities),
        if stack.outputs.is_empty() { String::new() } else { list("Outputs", outputs) },
        optional("RoleARN", definition.role_arn.as_ref()),
        list("Tags", tags(definition)),
        text("EnableTerminationProtection", stack.is_protected.to_string()),
        nesting(stack),
        drift::of_stack(stack, now),
    ]
    .concat()
}

fn nesting(stack: &StoredStack) -> String {
    let nesting = stack.nesting.as_ref();
    optional("ParentId", nesting.map(|nesting| &nesting.parent))
        + &optional("RootId", nesting.map(|nesting| &nesting.root))
}

/// Shows a stack for `ListStacks`.
pub fn summary(stack: &StoredStack, now: Timestamp) -> String {
    [
        text("StackId", &stack.id),
        text("StackName", &stack.name),
        optional("TemplateDescription", stack.definition.template["Description"].as_str()),
        text("CreationTime", time(stack.created)),
        optional("LastUpdatedTime", stack.updated.map(time)),
        optional("DeletionTime", stack.deleted.map(time)),
        text("StackStatus", stack.status.as_str()),
        optional("StackStatusReason", stack.reason.as_ref()),
        nesting(stack),
        drift::of_stack(stack, now),
    ]
    .concat()
}

/// Shows an event for `DescribeStackEvents`.
pub fn event(stack: &StoredStack, event: &Event, operation: &str) -> String {
    [
        text("StackId", &stack.id),
        text("EventId", &event.id),
        text("StackName", &stack.name),
        text("LogicalResourceId", &event.logical_id),
        text("PhysicalResourceId", &event.physical_id),
        text("ResourceType", &event.resource_type),
        text("Timestamp", time(event.at)),
        text("ResourceStatus", &event.status),
        optional("ResourceStatusReason", event.reason.as_ref()),
        optional("ResourceProperties", event.properties.as_ref()),
        optional("ClientRequestToken", event.token.as_ref()),
        text("OperationId", operation),
        event.hook.as_ref().map(hook).unwrap_or_default(),
    ]
    .concat()
}

fn hook(hook: &HookNote) -> String {
    [
        text("HookType", &hook.hook_type),
        text("HookStatus", "HOOK_COMPLETE_FAILED"),
        text("HookStatusReason", &hook.reason),
        text("HookInvocationPoint", "PRE_PROVISION"),
        text("HookInvocationId", &hook.invocation),
        text("HookFailureMode", if hook.is_warning { "WARN" } else { "FAIL" }),
    ]
    .concat()
}

/// Shows a resource for `DescribeStackResources`.
pub fn resource(stack: &StoredStack, id: &str, resource: &Resource, now: Timestamp) -> String {
    of_stack(stack) + &resource_itself("Timestamp", stack, id, resource, now)
}

/// Shows a resource for `DescribeStackResource`.
pub fn resource_detail(
    stack: &StoredStack,
    id: &str,
    resource: &Resource,
    now: Timestamp,
) -> String {
    let metadata = &stack.definition.template["Resources"][id]["Metadata"];
    let metadata = Some(metadata.to_string()).filter(|_| !metadata.is_null());
    of_stack(stack) + &resource_summary(stack, id, resource, now) + &optional("Metadata", metadata)
}

/// Shows a resource for `ListStackResources`.
pub fn resource_summary(
    stack: &StoredStack,
    id: &str,
    resource: &Resource,
    now: Timestamp,
) -> String {
    resource_itself("LastUpdatedTimestamp", stack, id, resource, now)
}

fn of_stack(stack: &StoredStack) -> String {
    text("StackName", &stack.name) + &text("StackId", &stack.id)
}

/// Shows a resource, and when it changed under this name.
fn resource_itself(
    changed: &str,
    stack: &StoredStack,
    id: &str,
    resource: &Resource,
    now: Timestamp,
) -> String {
    let physical_id = Some(&resource.physical_id).filter(|id| !id.is_empty());
    [
        text("LogicalResourceId", id),
        optional("PhysicalResourceId", physical_id),
        text("ResourceType", &resource.resource_type),
        text(changed, time(resource.changed)),
        text("ResourceStatus", resource.status.as_str()),
        optional("ResourceStatusReason", resource.reason.as_ref()),
        drift::of_resource(stack, id, now),
    ]
    .concat()
}

/// Shows what a template declares of its parameters, for `GetTemplateSummary` and
/// `ValidateTemplate`.
pub fn declarations(template: &serde_json::Value) -> impl Iterator<Item = String> {
    entries(template, "Parameters").map(|(name, declaration)| {
        let is_secret = declaration["NoEcho"] == "true";
        text("ParameterKey", name)
            + &optional("DefaultValue", declaration["Default"].as_str())
            + &text("NoEcho", is_secret.to_string())
            + &optional("ParameterType", declaration["Type"].as_str())
            + &optional("Description", declaration["Description"].as_str())
    })
}

/// Shows the parameters of a stack or a change set, without what is not to be shown.
pub fn parameters(definition: &Definition) -> impl Iterator<Item = String> {
    definition.parameters.iter().map(|(name, parameter)| {
        let value = if parameter.is_secret { HIDDEN } else { &parameter.value };
        let resolved = parameter.stored.as_deref().map(ascii);
        text("ParameterKey", name)
            + &text("ParameterValue", ascii(value))
            + &optional("ResolvedValue", resolved.as_deref())
    })
}

/// Shows the tags of a stack or a change set.
pub fn tags(definition: &Definition) -> impl Iterator<Item = String> {
    let tags = definition.tags.iter();
    tags.map(|(key, value)| text("Key", ascii(key)) + &text("Value", ascii(value)))
}
