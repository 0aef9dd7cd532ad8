//! `Fn::ForEach`: the members that the loops of a template become.
//!
//! Source: the CloudFormation template reference, "Fn::ForEach". Whatever a loop's fragment holds of `${Name}` and
//! `&{Name}` is replaced, and so is a `Ref` to the name.

use std::cell::Cell;

use serde_json::{Map, Value as Json, json};

use super::known_values::KnownValues;

/// The transform whose function it is.
pub const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
/// How the keys of loops begin.
const LOOP: &str = "Fn::ForEach::";
/// The sections that may have loops, each after those that it refers to.
const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];
/// The most that loops may come to, in bytes: four times the largest template.
const MOST_BYTES: usize = 4_000_000;

const LAYOUT: &str = "Fn::ForEach layout is incorrect";
const NO_COLLECTION: &str = "Could not find a collection or could not be resolved for Fn::ForEach";

/// Replaces the loops of a template by what they become.
///
/// # Errors
/// If one cannot be carried out, in the words that AWS gives as the transform's failure.
pub fn expand(template: &mut Json, values: &KnownValues<'_>) -> Result<(), String> {
    let mappings = template["Mappings"].clone();
    let loops = Loops { values, mappings, left_bytes: Cell::new(MOST_BYTES) };
    for section in SECTIONS {
        if let Some(held) = template.get_mut(section) {
            *held = loops.expanded(held.take())?;
        }
    }
    Ok(())
}

struct Loops<'a> {
    values: &'a KnownValues<'a>,
    mappings: Json,
    /// How much more the loops may come to.
    left_bytes: Cell<usize>,
}

impl Loops<'_> {
    fn expanded(&self, value: Json) -> Result<Json, String> {
        match value {
            Json::Array(items) => items.into_iter().map(|item| self.expanded(item)).collect(),
            Json::Object(members) => {
                let mut made = Map::new();
                for (key, value) in members {
                    match key.starts_with(LOOP) {
                        true => self.iterate(&value, &mut made)?,
                        false => insert(&mut made, key, self.expanded(value)?)?,
                    }
                }
                Ok(self.with_plain_names(made))
            }
            plain => Ok(plain),
        }
    }

    /// Adds what a loop becomes.
    fn iterate(&self, held: &Json, made: &mut Map<String, Json>) -> Result<(), String> {
        let Some([identifier, collection, fragment]) = held.as_array().map(Vec::as_slice) else {
            return Err(LAYOUT.to_owned());
        };
        let (Some(identifier), true) = (identifier.as_str(), fragment.is_object()) else {
            return Err(LAYOUT.to_owned());
        };
        let bytes = fragment.to_string().len();
        for item in self.items(collection, identifier)? {
            let left = self.left_bytes.get().checked_sub(bytes + item.len());
            self.left_bytes.set(left.ok_or("its loops come to more than a template may hold")?);
            let turn = self.expanded(substituted(fragment, identifier, &item))?;
            for (key, value) in turn.as_object().into_iter().flatten() {
                insert(made, key.clone(), value.clone())?;
            }
        }
        Ok(())
    }

    /// Returns what a loop runs through; where no values are known, one item that stands for all.
    fn items(&self, collection: &Json, identifier: &str) -> Result<Vec<String>, String> {
        match self.values.texts(collection, &self.mappings) {
            Some(items) => Ok(items),
            None if self.values.parameters.is_none() => Ok(vec![identifier.to_owned()]),
            None => Err(NO_COLLECTION.to_owned()),
        }
    }

    /// Gives `Ref` and `Fn::GetAtt` a plain name where a function makes it.
    fn with_plain_names(&self, mut members: Map<String, Json>) -> Json {
        let plain = |name: &Json| {
            let text = name.is_object().then(|| self.values.text(name, &self.mappings));
            text.flatten().map(Json::String)
        };
        if members.len() == 1 {
            if let Some(name) = members.get_mut("Ref") {
                *name = plain(name).unwrap_or_else(|| name.take());
            } else if let Some(Json::Array(path)) = members.get_mut("Fn::GetAtt") {
                for part in path.iter_mut().take(1) {
                    *part = plain(part).unwrap_or_else(|| part.take());
                }
            }
        }
        Json::Object(members)
    }
}

fn insert(made: &mut Map<String, Json>, key: String, value: Json) -> Result<(), String> {
    match made.contains_key(&key) {
        true => Err(format!("the key {key} is made twice")),
        false => {
            made.insert(key, value);
            Ok(())
        }
    }
}

/// Returns a fragment with an item in the place of the identifier.
fn substituted(fragment: &Json, identifier: &str, item: &str) -> Json {
    let text = |text: &str| {
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&format!("${{{identifier}}}"), item)
            .replace(&format!("&{{{identifier}}}"), &plain)
    };
    match fragment {
        Json::String(plain) => Json::String(text(plain)),
        Json::Array(items) => {
            items.iter().map(|value| substituted(value, identifier, item)).collect()
        }
        Json::Object(members) if *fragment == json!({ "Ref": identifier }) => {
            debug_assert_eq!(members.len(), 1);
            json!(item)
        }
        Json::Object(members) => {
            let inner =
                |(key, value): (&String, &Json)| (text(key), substituted(value, identifier, item));
            Json::Object(members.iter().map(inner).collect())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sandbox::cloudformation::definition::StackParameter;

    fn expanded(sections: Json) -> Result<Json, String> {
        let (account, region) = ("100000000001".parse(), "eu-central-1".parse());
        let names = StackParameter {
            value: "a, b".to_owned(),
            stored: None,
            is_list: true,
            is_secret: false,
        };
        let parameters = BTreeMap::from([("Names".to_owned(), names)]);
        let values = KnownValues {
            parameters: Some(&parameters),
            account: &account.expect("an id"),
            region: &region.expect("a Region"),
        };
        let mut template = sections;
        expand(&mut template, &values).map(|()| template)
    }

    #[test]
    fn a_loop_runs_through_literals_list_parameters_and_mappings() {
        let template = expanded(json!({
            "Mappings": { "Of": { "eu-central-1": { "Ips": ["10.0.0.1", "10.0.0.2"] } } },
            "Conditions": { "Fn::ForEach::C": ["N", ["x"], { "Is${N}": { "Fn::Equals": [{ "Ref": "N" }, "x"] } }] },
            "Resources": {
                "Fn::ForEach::R": ["N", { "Ref": "Names" }, {
                    "Topic${N}": {
                        "Type": "AWS::SNS::Topic",
                        "Properties": { "DisplayName": { "Ref": "N" }, "TopicName": { "Fn::Sub": "t-${N}" } },
                    },
                    "Fn::ForEach::Inner": ["M", ["1"], { "Queue${N}${M}": { "Type": "AWS::SQS::Queue" } }],
                }],
            },
            "Outputs": {
                "Fn::ForEach::O": [
                    "Ip",
                    { "Fn::FindInMap": ["Of", { "Ref": "AWS::Region" }, "Ips"] },
                    { "At&{Ip}": { "Value": { "Fn::GetAtt": [{ "Fn::Sub": "Topica" }, "TopicName"] } } },
                ],
            },
        }))
        .expect("it is well-formed");
        assert_eq!(
            template["Resources"]["Topica"]["Properties"],
            json!({ "DisplayName": "a", "TopicName": { "Fn::Sub": "t-a" } })
        );
        let names: Vec<&String> =
            template["Resources"].as_object().expect("a map").keys().collect();
        assert_eq!(names, ["Topica", "Queuea1", "Topicb", "Queueb1"]);
        assert_eq!(template["Conditions"], json!({ "Isx": { "Fn::Equals": ["x", "x"] } }));
        assert_eq!(
            template["Outputs"]["At10001"]["Value"],
            json!({ "Fn::GetAtt": ["Topica", "TopicName"] })
        );
        assert!(template["Outputs"].get("At10002").is_some());
    }

    #[test]
    fn a_loop_that_cannot_be_carried_out_says_why() {
        for (held, fault) in [
            (json!(["N", ["a"]]), LAYOUT),
            (json!([["N"], ["a"], { "T${N}": {} }]), LAYOUT),
            (json!(["N", { "Ref": "Missing" }, { "T${N}": {} }]), NO_COLLECTION),
            (json!(["N", ["a", "b"], { "T": {} }]), "the key T is made twice"),
        ] {
            let told = expanded(json!({ "Resources": { "Fn::ForEach::L": held } }));
            assert_eq!(told.expect_err("it is faulty"), fault);
        }
        let many: Vec<String> = (0..3000).map(|number| number.to_string()).collect();
        let nested = json!(["A", many, { "Fn::ForEach::M": ["B", many, { "T${A}x${B}": {} }] }]);
        let told = expanded(json!({ "Resources": { "Fn::ForEach::L": nested } }));
        assert!(told.expect_err("it is too much").contains("more than a template may hold"));
    }
}
