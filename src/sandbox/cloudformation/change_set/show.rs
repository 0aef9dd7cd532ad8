//! Change sets as answers show them.

use super::execution::execution_status;
use jiff::Timestamp;

use super::model::{ChangeDetail, ChangeKind, ChangeSource, StoredChange, StoredChangeSet};
use crate::sandbox::cloudformation::show;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::wire::xml::{element, list, optional, text, texts, time};

/// Shows a change set for `ListChangeSets`.
pub fn summary(stack: &StoredStack, change_set: &StoredChangeSet, now: Timestamp) -> String {
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
pub fn change_set(stack: &StoredStack, change_set: &StoredChangeSet, now: Timestamp) -> String {
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

fn reason(change_set: &StoredChangeSet, now: Timestamp) -> Option<&String> {
    change_set.failure.as_ref().filter(|_| now >= change_set.ready)
}

/// Shows what would become of a resource.
pub fn change(change: &StoredChange) -> String {
    let action = match change.action {
        ChangeKind::Add => "Add",
        ChangeKind::Modify => "Modify",
        ChangeKind::Remove => "Remove",
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

fn policy_action(change: &StoredChange) -> Option<&'static str> {
    match (change.action, change.replacement(), change.is_retained) {
        (ChangeKind::Remove, _, false) => Some("Delete"),
        (ChangeKind::Remove, _, true) => Some("Retain"),
        (ChangeKind::Modify, Some("True"), false) => Some("ReplaceAndDelete"),
        (ChangeKind::Modify, Some("True"), true) => Some("ReplaceAndRetain"),
        (ChangeKind::Add | ChangeKind::Modify, _, _) => None,
    }
}

fn detail(detail: &ChangeDetail) -> String {
    let source = match detail.source {
        ChangeSource::ParameterReference => "ParameterReference",
        ChangeSource::ResourceReference => "ResourceReference",
        ChangeSource::ResourceAttribute => "ResourceAttribute",
        ChangeSource::DirectModification => "DirectModification",
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
