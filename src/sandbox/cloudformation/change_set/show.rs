//! Change sets as answers show them.

use super::execution::execution_status;
use jiff::Timestamp;

use super::model::{Action, Change, ChangeSet, Detail, Source};
use crate::sandbox::cloudformation::show;
use crate::sandbox::cloudformation::stack::Stack;
use crate::sandbox::wire::xml::{element, list, optional, text, texts, time};

/// Shows a change set for `ListChangeSets`.
pub fn summary(stack: &Stack, change_set: &ChangeSet, now: Timestamp) -> String {
    [
        text("StackId", &stack.id),
        text("StackName", &stack.name),
        text("ChangeSetId", &change_set.id),
        text("ChangeSetName", &change_set.name),
        text("ExecutionStatus", execution_status(change_set, stack, now)),
        text("Status", change_set.status(now)),
        optional("StatusReason", reason(change_set, now)),
        text("CreationTime", time(change_set.created)),
        optional("Description", change_set.description.as_ref()),
        text("IncludeNestedStacks", "false"),
    ]
    .concat()
}

/// Shows a change set for `DescribeChangeSet`, without its changes.
pub fn change_set(stack: &Stack, change_set: &ChangeSet, now: Timestamp) -> String {
    let definition = &change_set.definition;
    [
        summary(stack, change_set, now),
        list("Parameters", show::parameters(definition)),
        texts("NotificationARNs", &definition.notification_arns),
        element("RollbackConfiguration", ""),
        texts("Capabilities", &definition.capabilities),
        list("Tags", show::tags(definition)),
    ]
    .concat()
}

fn reason(change_set: &ChangeSet, now: Timestamp) -> Option<&String> {
    change_set.failure.as_ref().filter(|_| now >= change_set.ready)
}

/// Shows what would become of a resource.
pub fn change(change: &Change) -> String {
    let action = match change.action {
        Action::Add => "Add",
        Action::Modify => "Modify",
        Action::Remove => "Remove",
    };
    let scope = [("Properties", true), ("Tags", false)].into_iter().filter(|(_, is_property)| {
        change.details.iter().any(|detail| detail.property.is_some() == *is_property)
    });
    let resource = [
        optional("PolicyAction", policy_action(change)),
        text("Action", action),
        text("LogicalResourceId", &change.logical_id),
        optional("PhysicalResourceId", change.physical_id.as_ref()),
        text("ResourceType", &change.resource_type),
        optional("Replacement", change.replacement()),
        texts("Scope", scope.map(|(name, _)| name)),
        list("Details", change.details.iter().map(detail)),
    ];
    text("Type", "Resource") + &element("ResourceChange", &resource.concat())
}

fn policy_action(change: &Change) -> Option<&'static str> {
    match (change.action, change.replacement(), change.is_retained) {
        (Action::Remove, _, false) => Some("Delete"),
        (Action::Remove, _, true) => Some("Retain"),
        (Action::Modify, Some("True"), false) => Some("ReplaceAndDelete"),
        (Action::Modify, Some("True"), true) => Some("ReplaceAndRetain"),
        (Action::Add | Action::Modify, _, _) => None,
    }
}

fn detail(detail: &Detail) -> String {
    let source = match detail.source {
        Source::ParameterReference => "ParameterReference",
        Source::ResourceReference => "ResourceReference",
        Source::ResourceAttribute => "ResourceAttribute",
        Source::DirectModification => "DirectModification",
    };
    let target = [
        text("Attribute", if detail.property.is_some() { "Properties" } else { "Tags" }),
        optional("Name", detail.property.as_ref()),
        text("RequiresRecreation", if detail.recreates { "Always" } else { "Never" }),
    ];
    [
        element("Target", &target.concat()),
        text("Evaluation", if detail.is_static { "Static" } else { "Dynamic" }),
        text("ChangeSource", source),
        optional("CausingEntity", detail.cause.as_ref()),
    ]
    .concat()
}
