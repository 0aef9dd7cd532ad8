//! How a value of an environment file looks: the trait of all shapes.

use serde_json::{Map, Value as Json, json};

use crate::document::{Key, Node};
use crate::environment::reader::FileReader;

/// How a value looks: what reads it, and what tells an editor about it.
pub(in crate::environment) trait ValueShape {
    /// What reading it yields.
    type Value;

    /// Returns what is needed, with its article: "a list of Regions".
    fn needed(&self) -> &'static str;

    /// Reads the value of `key`; what is wrong goes to the reader, and then there is no value.
    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value>;

    /// Returns its JSON Schema.
    fn schema(&self) -> Map<String, Json>;
}

/// The help for a reference where none can have a value.
pub(super) const NO_REFERENCES: &str = "references have no value here: write it out";

/// Returns a schema that takes null as well: what a layer beneath has is taken away by it.
pub(in crate::environment) fn or_null(mut schema: Map<String, Json>) -> Map<String, Json> {
    if let Some(Json::Array(choices)) = schema.get_mut("anyOf") {
        choices.push(json!({ "type": "null" }));
    }
    if let Some(Json::Array(words)) = schema.get_mut("enum") {
        words.push(Json::Null);
    }
    match schema.get_mut("type") {
        Some(Json::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one, "null"]),
        None => {}
    }
    schema
}

/// Returns a schema from what `json!` made.
pub(super) fn object(schema: Json) -> Map<String, Json> {
    match schema {
        Json::Object(map) => map,
        _ => unreachable!("a schema is written as an object"),
    }
}
