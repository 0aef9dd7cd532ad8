//! A template's text into one tree, in its long form: `!Ref X` becomes `{"Ref": "X"}`.
//!
//! Every scalar becomes a string, as CloudFormation hands it to most services; `true` is `"true"`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::rules::{self, malformed};
use crate::document::{Node, NodeValue, SourceFile};
use crate::sandbox::wire::Refusal;
use crate::template;

/// Reads a template's text, as it is before its transforms.
///
/// # Errors
/// If it is neither YAML nor JSON, or breaks a rule of templates.
pub fn read(body: &str) -> Result<Json, Refusal> {
    let is_json = body.trim_start().starts_with('{');
    let file = Arc::new(SourceFile { path: PathBuf::from("template"), text: body.to_owned() });
    let node = template::tree(&file).map_err(|faults| {
        let kind = if is_json { "JSON" } else { "YAML" };
        let spot = faults.0.first().and_then(|fault| fault.place.as_ref());
        let (line, column) = spot.map_or((1, 1), |place| file.line_and_column(place.span.start));
        malformed(format!("{kind} not well-formed. (line {line}, column {column})"))
    })?;
    let (_, violations) =
        template::judged(file).map_err(|_| malformed("unsupported structure."))?;
    rules::check(&violations)?;
    long_form(&node)
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
        let text = "Resources:
  Other: { Type: AWS::SNS::Topic }
  B: { Type: AWS::SNS::Topic, Metadata: { A: !GetAtt Other.C.D, E: !Sub [x, {}] } }
";
        let template = read(text).unwrap();
        assert_eq!(
            template["Resources"]["B"]["Metadata"],
            json!({ "A": { "Fn::GetAtt": ["Other", "C.D"] }, "E": { "Fn::Sub": ["x", {}] } })
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
            read("Resources: { A: { Type: AWS::SNS::Topic } }\nOutput: {}\n").unwrap_err().message,
            "Invalid template property or properties [Output]"
        );
    }
}
