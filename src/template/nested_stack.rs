//! Nested stacks whose templates a template names by path, and what their parameters are given.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::function_call::function;
use super::local_path::local;
use crate::document::{Node, Place};

/// The types of resources that are nested stacks, and the property that names the template.
const NESTING: [(&str, &str); 2] =
    [("AWS::CloudFormation::Stack", "TemplateURL"), ("AWS::Serverless::Application", "Location")];

/// A nested stack whose template is a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedStack {
    /// The path of its template, relative to the file of the one that nests it.
    pub path: String,
    /// Where that is written.
    pub place: Place,
    /// What its parameters are given by name; nothing where a function decides which are.
    pub parameters: Option<BTreeMap<String, Expression>>,
    /// Whether it is made only where a condition holds.
    pub is_conditional: bool,
}

/// Returns the nested stacks that the template whose tree is `root` names by path.
pub(super) fn nested_stacks(root: &Node) -> Vec<NestedStack> {
    let mut found = Vec::new();
    if let Some(resources) = root.value_of("Resources") {
        collect(root, resources, &mut found);
    }
    found
}

fn collect(root: &Node, resources: &Node, found: &mut Vec<NestedStack>) {
    for (key, resource) in resources.entries().unwrap_or_default() {
        if key.text.starts_with("Fn::ForEach::") {
            // What the loop makes is its third part.
            if let Some([_, _, made]) = resource.items() {
                collect(root, made, found);
            }
            continue;
        }
        found.extend(nested_stack(root, resource));
    }
}

fn nested_stack(root: &Node, resource: &Node) -> Option<NestedStack> {
    let resource_type = resource.value_of("Type")?.as_text()?;
    let (_, property) = NESTING.iter().find(|(nesting, _)| *nesting == resource_type)?;
    let properties = resource.value_of("Properties")?;
    let address = properties.value_of(property)?;
    let parameters = match properties.value_of("Parameters") {
        Some(given) if function(given).is_some() => None,
        Some(given) => Some(
            given
                .entries()
                .unwrap_or_default()
                .iter()
                .map(|(name, value)| (name.text.clone(), Expression::within(root, value)))
                .collect(),
        ),
        None => Some(BTreeMap::new()),
    };
    Some(NestedStack {
        path: local(address)?.to_owned(),
        place: address.place.clone(),
        parameters,
        is_conditional: resource.value_of("Condition").is_some(),
    })
}
