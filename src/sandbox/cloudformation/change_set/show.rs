//! Change sets as answers show them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::execution::execution_status;
use super::model::{
    ChangeDetail, ChangeKind, ChangeSource, ChangedAttribute, NestedStacks, StoredChange,
    StoredChangeSet, ValueChange,
};
use crate::sandbox::cloudformation::directives::Retention;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::show;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::wire::xml::{ascii, element, list, optional, text, texts, time};

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
        text(
            "IncludeNestedStacks",
            (change_set.nested_stacks == NestedStacks::Included).to_string(),
        ),
        optional("ParentChangeSetId", change_set.above.as_ref().map(|above| &above.parent)),
        optional("RootChangeSetId", change_set.above.as_ref().map(|above| &above.root)),
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
        optional("OnStackFailure", change_set.on_failure.map(FailurePolicy::as_str)),
    ]
    .concat()
}

fn reason(change_set: &StoredChangeSet, now: Timestamp) -> Option<&String> {
    change_set.failure.as_ref().filter(|_| now >= change_set.ready)
}

/// Whether a change is told: where values are looked at, what only might change is not.
pub fn is_told(change: &StoredChange, with_values: bool) -> bool {
    change.action != ChangeKind::Modify || !with_values || !change.value_details.is_empty()
}

/// Shows what would become of a resource.
pub fn change(change: &StoredChange, with_values: bool) -> String {
    let action = match change.action {
        ChangeKind::Add => "Add",
        ChangeKind::Modify => "Modify",
        ChangeKind::Remove => "Remove",
    };
    let details = if with_values { &change.value_details } else { &change.details };
    let scope: BTreeSet<ChangedAttribute> = details.iter().map(ChangeDetail::attribute).collect();
    let replacement = match change.action {
        ChangeKind::Add => Some("True").filter(|_| with_values),
        ChangeKind::Modify | ChangeKind::Remove => change.replacement(),
    };
    let context = |context: &Option<String>| context.clone().filter(|_| with_values).map(ascii);
    let resource = [
        optional("PolicyAction", policy_action(change)),
        text("Action", action),
        text("LogicalResourceId", &change.logical_id),
        optional("PhysicalResourceId", change.physical_id.as_ref()),
        text("ResourceType", &change.resource_type),
        optional("Replacement", replacement),
        texts("Scope", scope.into_iter().map(ChangedAttribute::as_str)),
        list("Details", details.iter().map(detail)),
        optional("ChangeSetId", change.nested.as_ref()),
        optional("BeforeContext", context(&change.before)),
        optional("AfterContext", context(&change.after)),
    ];
    text("Type", "Resource") + &element("ResourceChange", &resource.concat())
}

fn policy_action(change: &StoredChange) -> Option<&'static str> {
    let replaces = match (change.action, change.replacement()) {
        (ChangeKind::Remove, _) => false,
        (ChangeKind::Modify, Some("True")) => true,
        (ChangeKind::Add | ChangeKind::Modify, _) => return None,
    };
    Some(match (change.retention, replaces) {
        (Retention::No, false) => "Delete",
        (Retention::No, true) => "ReplaceAndDelete",
        (Retention::ExceptOnCreate | Retention::Yes, false) => "Retain",
        (Retention::ExceptOnCreate | Retention::Yes, true) => "ReplaceAndRetain",
        (Retention::Snapshot, false) => "Snapshot",
        (Retention::Snapshot, true) => "ReplaceAndSnapshot",
    })
}

fn detail(detail: &ChangeDetail) -> String {
    let source = match detail.source {
        ChangeSource::ParameterReference => "ParameterReference",
        ChangeSource::ResourceReference => "ResourceReference",
        ChangeSource::ResourceAttribute => "ResourceAttribute",
        ChangeSource::DirectModification => "DirectModification",
        ChangeSource::Automatic => "Automatic",
    };
    let target = [
        text("Attribute", detail.attribute().as_str()),
        optional("Name", detail.property.as_ref()),
        text("RequiresRecreation", if detail.recreates { "Always" } else { "Never" }),
        detail.value.as_ref().map(value).unwrap_or_default(),
    ];
    [
        element("Target", &target.concat()),
        text("Evaluation", if detail.is_static { "Static" } else { "Dynamic" }),
        text("ChangeSource", source),
        optional("CausingEntity", detail.cause.as_ref()),
    ]
    .concat()
}

fn value(value: &ValueChange) -> String {
    let kind = match (&value.before, &value.after) {
        (None, _) => "Add",
        (_, None) => "Remove",
        _ => "Modify",
    };
    [
        text("Path", &value.path),
        optional("BeforeValue", value.before.as_ref().map(ascii)),
        optional("AfterValue", value.after.as_ref().map(ascii)),
        text("AttributeChangeType", kind),
    ]
    .concat()
}
