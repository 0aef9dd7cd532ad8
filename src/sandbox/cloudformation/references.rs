//! What a piece of a template refers to, found without evaluating it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::evaluate::function;
use super::template::attribute_path;
use crate::template::{Part, is_pseudo_parameter, parts};

/// A name that a template mentions, with the attribute it asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateReference {
    /// The parameter or resource.
    pub name: String,
    /// The attribute, for `Fn::GetAtt` and `${A.B}`.
    pub attribute: Option<String>,
}

/// Returns what `value` refers to, without pseudo parameters.
///
/// `conditions` tells which branch of an `Fn::If` counts; both do if it does not know.
pub fn references(
    value: &Json,
    conditions: &BTreeMap<String, bool>,
) -> BTreeSet<TemplateReference> {
    let mut found = BTreeSet::new();
    collect(value, conditions, &mut found);
    found.retain(|reference| !reference.name.starts_with("AWS::"));
    found
}

/// Returns what `value` refers to as pseudo parameters, which none are.
pub fn unknown_pseudo_parameters(
    value: &Json,
    conditions: &BTreeMap<String, bool>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, conditions, &mut found);
    let names = found.into_iter().map(|reference| reference.name);
    names.filter(|name| name.starts_with("AWS::") && !is_pseudo_parameter(name)).collect()
}

fn collect(
    value: &Json,
    conditions: &BTreeMap<String, bool>,
    found: &mut BTreeSet<TemplateReference>,
) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect(item, conditions, found)),
        Json::Object(map) => match function(map) {
            Some(("Ref", name)) => {
                let name = name.as_str().unwrap_or_default().to_owned();
                found.insert(TemplateReference { name, attribute: None });
            }
            Some(("Fn::GetAtt", argument)) => {
                let path = attribute_path(argument.clone());
                found.insert(TemplateReference {
                    name: path[0].as_str().unwrap_or_default().to_owned(),
                    attribute: path[1].as_str().map(str::to_owned),
                });
            }
            Some(("Fn::Sub", argument)) => substituted(argument, conditions, found),
            Some(("Fn::If", argument)) => {
                match argument[0].as_str().and_then(|name| conditions.get(name)) {
                    Some(true) => collect(&argument[1], conditions, found),
                    Some(false) => collect(&argument[2], conditions, found),
                    None => collect(argument, conditions, found),
                }
            }
            _ => map.values().for_each(|value| collect(value, conditions, found)),
        },
        _ => {}
    }
}

fn substituted(
    argument: &Json,
    conditions: &BTreeMap<String, bool>,
    found: &mut BTreeSet<TemplateReference>,
) {
    let (text, own) = match argument {
        Json::Array(pair) if pair.len() == 2 => (&pair[0], &pair[1]),
        text => (text, &Json::Null),
    };
    collect(own, conditions, found);
    for part in parts(text.as_str().unwrap_or_default()) {
        let Part::Name(name) = part else { continue };
        if own.get(name).is_some() {
            continue;
        }
        let (name, attribute) = match name.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute.to_owned())),
            None => (name, None),
        };
        found.insert(TemplateReference { name: name.to_owned(), attribute });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_of_reference_is_found() {
        let value = json!([
            { "Ref": "A" }, { "Fn::GetAtt": "B.Arn" }, { "Fn::Sub": ["${C}${D.Arn}${E}", { "E": { "Ref": "F" } }] },
            { "Ref": "AWS::Region" },
        ]);
        let names: Vec<String> =
            references(&value, &BTreeMap::new()).into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["A", "B", "C", "D", "F"]);
    }

    #[test]
    fn a_branch_that_is_not_taken_does_not_count() {
        let value = json!({ "Fn::If": ["Yes", { "Ref": "A" }, { "Ref": "B" }] });
        let conditions = BTreeMap::from([("Yes".to_owned(), true)]);
        let found = references(&value, &conditions);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().name, "A");
    }
}
