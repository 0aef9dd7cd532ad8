//! Whether an update would change anything, as far as AWS looks; if not, there are "No updates are to be performed".
//!
//! Source: the CloudFormation user guide, "Conditions" and "Metadata": sections that cannot be updated by themselves; the
//! API reference, `ResourceTargetDefinition`: the attributes whose changes are changes of a resource. Order alone
//! (`DependsOn`) is none, as recorded.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::definition::Definition;
use super::embedded;
use super::evaluate::{OtherStacks, TemplateScope};
use super::stack::StoredStack;
use super::template::entries;

/// What of a resource changes it.
const ATTRIBUTES: [&str; 8] = [
    "Type",
    "Properties",
    "Condition",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

/// Whether an update would change anything. Whether a nested stack's template has changed is not looked at
/// beforehand.
pub fn is_any(stack: &StoredStack, new: &Definition) -> bool {
    let mut standing = stack.resources.keys().filter_map(|id| stack.standing(id));
    standing.any(embedded::is_carried_out) || differs(stack, new)
}

/// Whether a definition asks for something else than what a stack is, whatever becomes of what is nested in it.
pub fn differs(stack: &StoredStack, new: &Definition) -> bool {
    let old = &stack.definition;
    old.parameters != new.parameters
        || old.tags != new.tags
        || old.notification_arns != new.notification_arns
        || written(&old.template) != written(&new.template)
        || comes_to_others(stack, new)
}

fn written(template: &Json) -> (BTreeMap<&str, [&Json; ATTRIBUTES.len()]>, &Json) {
    let resources = entries(template, "Resources");
    let resources =
        resources.map(|(name, resource)| (name, ATTRIBUTES.map(|attribute| &resource[attribute])));
    (resources.collect(), &template["Outputs"])
}

/// Whether other conditions or mappings come to other values; by themselves they do not count.
fn comes_to_others(stack: &StoredStack, new: &Definition) -> bool {
    let old = &stack.definition.template;
    if ["Conditions", "Mappings"].iter().all(|section| old[section] == new.template[section]) {
        return false;
    }
    let draft = StoredStack { definition: new.clone(), ..stack.clone() };
    values(stack) != values(&draft)
}

/// Returns what a stack's resources and outputs come to, as far as that is known beforehand.
fn values(stack: &StoredStack) -> Vec<(&str, Option<Json>)> {
    let scope = TemplateScope { stack, others: &OtherStacks::default() };
    let all = ["Resources", "Outputs"].into_iter();
    let all = all.flat_map(|section| entries(&stack.definition.template, section));
    let wanted = all.filter(|(_, definition)| scope.is_wanted(definition) == Ok(true));
    wanted.map(|(name, definition)| (name, scope.value(definition).ok())).collect()
}
