//! What is wrong with a template beyond the rules that it breaks by itself: what the sandbox does not
//! offer, and what its conditions come to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::assertions;
use super::early_values::EarlyValues;
use super::evaluate::TemplateScope;
use super::references::{TemplateReference, references, unknown_pseudo_parameters};
use super::resource_types;
use super::rules::malformed;
use super::template::entries;
use super::transform::{is_open, may_have_made};
use crate::sandbox::wire::Refusal;
use crate::template::{Needs, is_no_resource_type, stuck};

/// The most resources of a template, those that its transforms made counted.
const MOST_RESOURCES: usize = 500;

/// Checks what the sandbox itself does not offer, in a template that breaks no rule.
///
/// # Errors
/// If there are too many resources, a type is none for certain, or something refers to an attribute that its type
/// does not have.
pub fn check(template: &Json) -> Result<(), Refusal> {
    let resources = entries(template, "Resources").count();
    if resources > MOST_RESOURCES {
        return Err(malformed(format!(
            "Number of resources, {resources}, is greater than maximum allowed, {MOST_RESOURCES}"
        )));
    }
    check_types(template)?;
    for section in ["Resources", "Outputs"] {
        for (_, definition) in entries(template, section) {
            for reference in references(definition, &BTreeMap::new()) {
                check_attribute(template, &reference)?;
            }
        }
    }
    Ok(())
}

/// Checks that no type is a slip of one that AWS has: those of loops are seen here first. Any other that is
/// called after AWS may be newer than this program.
fn check_types(template: &Json) -> Result<(), Refusal> {
    let types: BTreeSet<&str> = entries(template, "Resources")
        .filter_map(|(_, resource)| resource["Type"].as_str())
        .filter(|name| is_no_resource_type(name))
        .collect();
    if types.is_empty() || is_open(template) {
        return Ok(());
    }
    let types: Vec<&str> = types.into_iter().collect();
    Err(malformed(format!("Unrecognized resource types: [{}]", types.join(", "))))
}

/// Checks that what a definition refers to is made, now that it is known which conditions hold.
fn check_references(
    template: &Json,
    section: &str,
    definition: &Json,
    conditions: &BTreeMap<String, bool>,
) -> Result<(), Refusal> {
    let references = references(definition, conditions).into_iter();
    let mut unresolved: BTreeSet<String> = references
        .filter(|reference| !is_declared(template, reference, conditions))
        .map(|reference| reference.name)
        .filter(|name| !may_have_made(template, name))
        .collect();
    if !is_open(template) {
        unresolved.extend(unknown_pseudo_parameters(definition, conditions));
    }
    if unresolved.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = unresolved.into_iter().collect();
    Err(malformed(format!(
        "Unresolved resource dependencies [{}] in the {section} block of the template",
        names.join(", ")
    )))
}

fn is_declared(
    template: &Json,
    found: &TemplateReference,
    conditions: &BTreeMap<String, bool>,
) -> bool {
    let resource = &template["Resources"][&found.name];
    let is_made = resource["Condition"]
        .as_str()
        .is_none_or(|condition| conditions.get(condition) != Some(&false));
    let is_parameter = found.attribute.is_none() && !template["Parameters"][&found.name].is_null();
    is_parameter || (!resource.is_null() && is_made)
}

fn check_attribute(template: &Json, reference: &TemplateReference) -> Result<(), Refusal> {
    let Some(attribute) = &reference.attribute else { return Ok(()) };
    let resource = &template["Resources"][&reference.name];
    let type_name = resource["Type"].as_str().unwrap_or_default();
    let may_have = resource.is_null()
        || resource_types::may_have(type_name, attribute, &resource["Properties"]);
    if may_have || is_open(template) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Template error: resource {} does not support attribute type {attribute} in Fn::GetAtt",
        reference.name
    )))
}

/// Returns what a resource's `DependsOn` names.
pub fn depends_on(definition: &Json) -> Vec<&str> {
    match &definition["DependsOn"] {
        Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
        name => name.as_str().into_iter().collect(),
    }
}

/// Returns the resources a stack is to have, each with the resources that come first.
///
/// # Errors
/// If a condition cannot be evaluated, something refers to a resource that will not be made, or
/// resources wait for each other in a circle.
pub fn wanted(scope: &TemplateScope<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, Refusal> {
    assertions::check(scope)?;
    let template = &scope.stack.definition.template;
    let mut conditions = BTreeMap::new();
    for (name, _) in entries(template, "Conditions") {
        let holds = scope.condition(name, 0).map_err(Refusal::validation)?;
        conditions.insert(name.to_owned(), holds);
    }
    for section in ["Resources", "Outputs"] {
        for (_, definition) in entries(template, section) {
            if scope.is_wanted(definition).map_err(Refusal::validation)? {
                check_references(template, section, definition, &conditions)?;
            }
        }
    }
    check_early_values(scope, &conditions)?;
    let is_wanted = |name: &str| {
        let definition = &template["Resources"][name];
        !definition.is_null() && scope.is_wanted(definition) == Ok(true)
    };
    let mut wanted = BTreeMap::new();
    for (name, definition) in entries(template, "Resources").filter(|(name, _)| is_wanted(name)) {
        let found = references(definition, &conditions).into_iter().map(|found| found.name);
        let needs = found.chain(depends_on(definition).into_iter().map(str::to_owned));
        wanted.insert(name.to_owned(), needs.filter(|need| is_wanted(need)).collect());
    }
    check_circles(&wanted)?;
    Ok(wanted)
}

/// Checks what has to be known before anything is made, unless a macro may have made it.
fn check_early_values(
    scope: &TemplateScope<'_>,
    conditions: &BTreeMap<String, bool>,
) -> Result<(), Refusal> {
    let template = &scope.stack.definition.template;
    if is_open(template) {
        return Ok(());
    }
    let values = EarlyValues { scope, conditions };
    for section in ["Resources", "Outputs"] {
        let definitions = entries(template, section);
        for (key, definition) in definitions.filter(|(_, it)| scope.is_wanted(it) == Ok(true)) {
            values.check(definition)?;
            if section == "Outputs" {
                values.check_export(key, definition)?;
            }
        }
    }
    Ok(())
}

fn check_circles(wanted: &BTreeMap<String, BTreeSet<String>>) -> Result<(), Refusal> {
    let needs: Needs<'_> = wanted
        .iter()
        .map(|(name, needs)| (name.as_str(), needs.iter().map(String::as_str).collect()))
        .collect();
    let names: Vec<&str> = stuck(&needs).into_iter().collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Circular dependency between resources: [{}]",
        names.join(", ")
    )))
}
