//! Whether a resource changes, and what stands against it before its service is asked.

use super::failure_policy::FailurePolicy;
use super::resource_type::ResourceType;
use super::stack::{Resource, StoredStack};
use super::stack_policy::{self, Touch};
use super::transform::may_change_parts;
use super::{embedded, resource_types};

/// Returns what is wrong with a resource's properties, unless a macro may have changed them.
pub fn fault(stack: &StoredStack, id: &str, resource: &Resource) -> Option<String> {
    if may_change_parts(&stack.definition.template) {
        return None;
    }
    resource_types::of(&resource.resource_type).fault(id, &resource.properties)
}

/// Whether an update has anything to do for a resource; new stack tags reach what can be tagged.
pub fn has_changed(
    stack: &StoredStack,
    kind: &ResourceType,
    standing: &Resource,
    wanted: &Resource,
) -> bool {
    let former = stack.former.as_ref();
    let has_new_tags =
        kind.has("Tags") && former.is_some_and(|former| former.tags != stack.definition.tags);
    // A nested stack's template may have changed at its place.
    standing.properties != wanted.properties
        || has_new_tags
        || standing.status.is_failed()
        || embedded::is_carried_out(wanted)
}

/// Returns why CloudFormation does not even begin to change a resource.
pub fn objection(
    stack: &StoredStack,
    id: &str,
    standing: &Resource,
    wanted: &Resource,
    is_replacement: bool,
) -> Option<String> {
    let touch = if is_replacement { Touch::Replace } else { Touch::Modify };
    let kind = resource_types::of(&wanted.resource_type);
    let given = kind.name.and_then(|property| wanted.properties[property].as_str());
    match given.filter(|given| is_replacement && Some(*given) == standing.name.as_deref()) {
        Some(name) => Some(format!(
            "CloudFormation cannot update a stack when a custom-named resource requires \
             replacing. Rename {name} and update the stack again."
        )),
        None if is_replacement && stack.on_failure == FailurePolicy::DoNothing => Some(
            "Replacement type updates not supported on stack with disable-rollback.".to_owned(),
        ),
        None => stack_policy::denial(stack, touch, id),
    }
}
