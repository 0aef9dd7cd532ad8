//! The JSON Schema of the environment file.

use serde_json::{Map, Value as Json, json};

use super::load::FILE;
use super::shape::ValueShape;

/// Returns the JSON Schema (draft 2020-12) of the environment file, for editors.
///
/// It says which keys there are, what they are for and how their values look. What must be there is not said, and
/// null is taken everywhere: a file may be a layer of another, hold a part and take away. That, and what no schema
/// can say, such as whether a stack that is named exists, is found by reading the file.
pub fn schema() -> Json {
    let mut schema = Map::from_iter([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!("xdeploy environment file")),
    ]);
    schema.extend(FILE.schema());
    Json::Object(schema)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;

    /// A file with every key that is supported.
    const WHOLE: &str = include_str!("whole.yaml");

    /// Returns what `value` breaks of `schema`, as far as our schemas go, and notes in `used` which
    /// keys of it the value has.
    fn breaks(schema: &Json, value: &Json, at: &str, used: &mut BTreeSet<String>) -> Vec<String> {
        if let Some(choices) = schema["anyOf"].as_array() {
            let all: Vec<_> = choices.iter().map(|one| breaks(one, value, at, used)).collect();
            return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
        }
        let mut broken = Vec::new();
        let types = match &schema["type"] {
            Json::Array(types) => types.iter().filter_map(Json::as_str).collect(),
            one => Vec::from_iter(one.as_str()),
        };
        let is_of_type = |name: &str| match name {
            "integer" => value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            other => panic!("{other} is not a type"),
        };
        if !types.is_empty() && !types.into_iter().any(is_of_type) {
            broken.push(format!("{at}: {value} is not {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            broken.push(format!("{at}: {value} is not one of {}", schema["enum"]));
        }
        if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
            && !matches(pattern, text)
        {
            broken.push(format!("{at}: {text} does not match {pattern}"));
        }
        for item in value.as_array().into_iter().flatten() {
            broken.extend(breaks(&schema["items"], item, at, used));
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if value.get(name.as_str().expect("a name")).is_none() {
                broken.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            let inner = match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Json::Null, Json::Object(inner)) => &Json::Object(inner.clone()),
                (Json::Null, _) => {
                    broken.push(format!("{at}: unknown key {name}"));
                    continue;
                }
                (inner, _) => {
                    used.insert(inner["description"].to_string());
                    inner
                }
            };
            broken.extend(breaks(inner, value, &format!("{at}.{name}"), used));
        }
        broken
    }

    /// The one look-ahead in our patterns is beyond the regex crate and says "not empty".
    fn matches(pattern: &str, text: &str) -> bool {
        let pattern = pattern.replace("(?=.)", "");
        !text.is_empty() && Regex::new(&pattern).expect("a pattern").is_match(text)
    }

    /// Returns the descriptions of all keys in `schema`.
    fn descriptions(schema: &Json) -> BTreeSet<String> {
        let own = schema.get("description").map(ToString::to_string);
        let inner: Vec<&Json> = match schema {
            Json::Object(map) => map.values().collect(),
            Json::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        inner.into_iter().flat_map(descriptions).chain(own).collect()
    }

    fn json_of(text: &str) -> Json {
        yaml_serde::from_str(text).expect("YAML")
    }

    #[test]
    fn a_file_with_every_key_keeps_the_schema_and_uses_all_of_it() {
        let mut used = BTreeSet::new();
        assert_eq!(breaks(&schema(), &json_of(WHOLE), "", &mut used), [""; 0]);
        let unused: Vec<_> = descriptions(&schema()).difference(&used).cloned().collect();
        assert_eq!(unused, [""; 0]);
    }

    #[test]
    fn what_the_reader_refuses_breaks_the_schema_where_it_can() {
        for (written, instead) in [
            ("environment: prod", "environment: a b"),
            ("source:", "sources:"),
            ("regions: [eu-central-1]", "regions: eu-central-1"),
            ("id: \"100000000004\"", "id: \"1000\""),
            ("timeout: 30m", "timeout: 30 m"),
            ("on-create-failure: do-nothing", "on-create-failure: keep"),
            ("max-concurrent: 50", "max-concurrent: half"),
            ("template: ../stacks/app.yaml", "templates: ../stacks/app.yaml"),
            ("termination-protection: true", "termination-protection: ja"),
        ] {
            let text = WHOLE.replacen(written, instead, 1);
            assert_ne!(text, WHOLE, "{written}");
            let broken = breaks(&schema(), &json_of(&text), "", &mut BTreeSet::new());
            assert_ne!(broken, [""; 0], "{instead}");
        }
    }

    #[test]
    fn every_key_has_a_description() {
        fn check(schema: &Json) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{name}");
            }
            match schema {
                Json::Object(map) => map.values().for_each(check),
                Json::Array(items) => items.iter().for_each(check),
                _ => {}
            }
        }
        check(&schema());
    }
}
