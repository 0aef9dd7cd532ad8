//! What CloudFormation finds wrong with a template before it touches anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::evaluate::TemplateScope;
use super::references::{TemplateReference, references};
use super::resource_types;
use super::template::{entries, malformed};
use crate::sandbox::wire::Refusal;

/// What a resource of a template may say.
const RESOURCE_KEYS: [&str; 9] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
];

/// Checks a template by itself, whatever its parameters are.
///
/// # Errors
/// If a resource is malformed, of an unknown type, or refers to something that is not there.
pub fn check(template: &Json) -> Result<(), Refusal> {
    if entries(template, "Resources").next().is_none() {
        return Err(malformed("At least one Resources member must be defined."));
    }
    for (name, resource) in entries(template, "Resources") {
        check_resource(name, resource)?;
    }
    check_types(template)?;
    check_parameters(template)?;
    for section in ["Resources", "Outputs"] {
        let every = entries(template, section).map(|(_, definition)| definition);
        check_references(template, section, every, &BTreeMap::new())?;
    }
    for (name, output) in entries(template, "Outputs") {
        if output["Value"].is_null() {
            return Err(malformed(format!(
                "Output {name} is malformed. Every Outputs member must contain a Value object"
            )));
        }
    }
    let conditions = references(&template["Conditions"], &BTreeMap::new());
    let unknown = conditions.iter().filter(|found| template["Parameters"][&found.name].is_null());
    let unknown: Vec<&str> = unknown.map(|found| found.name.as_str()).collect();
    if !unknown.is_empty() {
        return Err(malformed(format!(
            "Unresolved dependencies [{}]. Cannot reference resources in the Conditions block of \
             the template",
            unknown.join(", ")
        )));
    }
    Ok(())
}

fn check_resource(name: &str, resource: &Json) -> Result<(), Refusal> {
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(malformed(format!("Resource name {name} is non alphanumeric.")));
    }
    let Some(keys) = resource.as_object() else {
        return Err(malformed(format!(
            "[/Resources/{name}] Every Resources member must be an object"
        )));
    };
    if !resource["Type"].is_string() {
        return Err(malformed(format!(
            "[/Resources/{name}] Every Resources object must contain a Type member."
        )));
    }
    let unknown: Vec<&str> =
        keys.keys().map(String::as_str).filter(|key| !RESOURCE_KEYS.contains(key)).collect();
    if !unknown.is_empty() {
        return Err(Refusal::validation(format!(
            "Invalid template resource property '{}'",
            unknown.join("', '")
        )));
    }
    if keys.contains_key("CreationPolicy") {
        return Err(malformed(format!(
            "[/Resources/{name}] the sandbox does not offer CreationPolicy"
        )));
    }
    Ok(())
}

fn check_types(template: &Json) -> Result<(), Refusal> {
    let types: BTreeSet<&str> = entries(template, "Resources")
        .filter_map(|(_, resource)| resource["Type"].as_str())
        .filter(|name| resource_types::find(name).is_none())
        .collect();
    if types.is_empty() {
        return Ok(());
    }
    let types: Vec<&str> = types.into_iter().collect();
    Err(malformed(format!("Unrecognized resource types: [{}]", types.join(", "))))
}

fn check_parameters(template: &Json) -> Result<(), Refusal> {
    for (name, declaration) in entries(template, "Parameters") {
        if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(malformed(format!("Parameter name {name} is non alphanumeric.")));
        }
        if !declaration["Type"].is_string() {
            return Err(malformed(format!(
                "Every Parameters object must contain a Type member. ({name})"
            )));
        }
    }
    Ok(())
}

/// Checks what `definitions` refer to.
fn check_references<'a>(
    template: &Json,
    section: &str,
    definitions: impl Iterator<Item = &'a Json>,
    conditions: &BTreeMap<String, bool>,
) -> Result<(), Refusal> {
    let mut unresolved: BTreeSet<String> = BTreeSet::new();
    for definition in definitions {
        for reference in references(definition, conditions) {
            check_attribute(template, &reference)?;
            if !is_declared(template, &reference, conditions) {
                unresolved.insert(reference.name);
            }
        }
        for need in depends_on(definition) {
            if template["Resources"][need].is_null() {
                unresolved.insert(need.to_owned());
            }
        }
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
    let Some(kind) = resource["Type"].as_str().and_then(resource_types::find) else {
        return Ok(());
    };
    let is_known = kind.attribute_names().any(|name| name == attribute);
    if is_known {
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
    let template = &scope.stack.definition.template;
    let mut conditions = BTreeMap::new();
    for (name, _) in entries(template, "Conditions") {
        let holds = scope.condition(name, 0).map_err(Refusal::validation)?;
        conditions.insert(name.to_owned(), holds);
    }
    for section in ["Resources", "Outputs"] {
        for (_, definition) in entries(template, section) {
            if scope.is_wanted(definition).map_err(Refusal::validation)? {
                check_references(template, section, std::iter::once(definition), &conditions)?;
            }
        }
    }
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

fn check_circles(wanted: &BTreeMap<String, BTreeSet<String>>) -> Result<(), Refusal> {
    let mut left: BTreeMap<&String, &BTreeSet<String>> = wanted.iter().collect();
    loop {
        let is_free = |needs: &BTreeSet<String>| needs.iter().all(|need| !left.contains_key(need));
        let free: Vec<&String> =
            left.iter().filter(|(_, needs)| is_free(needs)).map(|(name, _)| *name).collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            left.remove(name);
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = left.keys().map(|name| name.as_str()).collect();
    Err(Refusal::validation(format!(
        "Circular dependency between resources: [{}]",
        names.join(", ")
    )))
}
