//! A template's text into one tree, in its long form: `!Ref X` becomes `{"Ref": "X"}`.
//!
//! Every scalar becomes a string, as CloudFormation hands it to most services; `true` is `"true"`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::document::{Node, NodeValue, SourceFile, parse};
use crate::sandbox::wire::Refusal;

/// The sections a template may have.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
    "Rules",
    "Transform",
    "Hooks",
];

/// Reads a template's text.
///
/// # Errors
/// If it is neither YAML nor JSON, or has sections a template does not have.
pub fn read(body: &str) -> Result<Json, Refusal> {
    let is_json = body.trim_start().starts_with('{');
    let file = Arc::new(SourceFile { path: PathBuf::from("template"), text: body.to_owned() });
    let node = parse(&file).map_err(|faults| {
        let kind = if is_json { "JSON" } else { "YAML" };
        let spot = faults.0.first().and_then(|fault| fault.place.as_ref());
        let (line, column) = spot.map_or((1, 1), |place| file.line_and_column(place.span.start));
        malformed(format!("{kind} not well-formed. (line {line}, column {column})"))
    })?;
    let template = long_form(&node)?;
    let Json::Object(sections) = &template else {
        return Err(malformed("unsupported structure."));
    };
    let unknown: Vec<&str> =
        sections.keys().map(String::as_str).filter(|section| !SECTIONS.contains(section)).collect();
    if !unknown.is_empty() {
        return Err(Refusal::validation(format!(
            "Invalid template property or properties [{}]",
            unknown.join(", ")
        )));
    }
    for section in ["Transform", "Rules", "Hooks"] {
        if sections.contains_key(section) {
            return Err(Refusal::validation(format!(
                "the sandbox does not offer the template section {section}"
            )));
        }
    }
    Ok(template)
}

/// Returns a refusal that begins as AWS's do for templates.
pub fn malformed(message: impl std::fmt::Display) -> Refusal {
    Refusal::validation(format!("Template format error: {message}"))
}

/// Returns the entries of a section, or of any other mapping; none if it is absent.
pub fn entries<'a>(value: &'a Json, key: &str) -> impl Iterator<Item = (&'a str, &'a Json)> {
    value[key].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn long_form(node: &Node) -> Result<Json, Refusal> {
    if node.is_null() {
        return Err(malformed("'null' values are not allowed in templates"));
    }
    let value = match &node.value {
        NodeValue::Scalar { text, .. } => {
            Json::String(node.as_bool().map_or_else(|| text.clone(), |truth| truth.to_string()))
        }
        NodeValue::Sequence(items) => {
            Json::Array(items.iter().map(long_form).collect::<Result<_, _>>()?)
        }
        NodeValue::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(key.text.clone(), long_form(value)?);
            }
            Json::Object(map)
        }
    };
    Ok(match node.tag.as_deref() {
        None => value,
        Some(tag @ ("Ref" | "Condition")) => json!({ tag: value }),
        Some("GetAtt") => json!({ "Fn::GetAtt": attribute_path(value) }),
        Some(tag) => json!({ format!("Fn::{tag}"): value }),
    })
}

/// Returns `A.B.C` as `["A", "B.C"]`.
pub fn attribute_path(value: Json) -> Json {
    match value.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => json!([resource, attribute]),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_long() {
        let template = read("Resources:\n  A: !GetAtt B.C.D\n  E: !Sub [x, {}]\n").unwrap();
        assert_eq!(
            template["Resources"],
            json!({ "A": { "Fn::GetAtt": ["B", "C.D"] }, "E": { "Fn::Sub": ["x", {}] } })
        );
    }

    #[test]
    fn text_that_is_no_yaml_is_refused_with_its_spot() {
        let refusal = read("Resources:\n  A: [\n").unwrap_err();
        assert!(
            refusal.message.starts_with("Template format error: YAML not well-formed. (line "),
            "{refusal}"
        );
    }

    #[test]
    fn an_unknown_section_is_refused() {
        assert_eq!(
            read("Resorces: {}\n").unwrap_err().message,
            "Invalid template property or properties [Resorces]"
        );
    }
}
