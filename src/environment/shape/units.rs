//! Units of an organization, tags of its accounts, and accounts that are left out.

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use serde_json::{Map, Value as Json, json};

use super::value_shape::{NO_REFERENCES, ValueShape, object};
use crate::document::{Fault, Key, Node, NodeValue, quoted};
use crate::environment::placed::Placed;
use crate::environment::reader::FileReader;

/// A pattern that stands as it is, without references.
pub(in crate::environment) struct PatternShape<P> {
    needed: &'static str,
    reads: PhantomData<P>,
}

impl<P> PatternShape<P> {
    /// Returns the shape of what is `needed`, with its article.
    pub const fn of(needed: &'static str) -> Self {
        Self { needed, reads: PhantomData }
    }
}

impl<P: FromStr<Err: Display>> ValueShape for PatternShape<P> {
    type Value = Placed<P>;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let text = reader.scalar(key, node, self.needed)?;
        let refuse = |help: String| {
            let message = format!("{} is not {}", quoted(text), self.needed);
            Fault::at(&node.place, message)
                .with_label(format!("{} is needed here", self.needed))
                .with_help(help)
        };
        if text.contains("${") {
            reader.faults.push(|| refuse(NO_REFERENCES.to_owned()));
            return None;
        }
        match text.parse() {
            Ok(value) => Some(Placed { value, place: node.place.clone() }),
            Err(why) => {
                reader.faults.push(|| refuse(why.to_string()));
                None
            }
        }
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "string", "minLength": 1 }))
    }
}

/// The values of a tag, any of which will do: a text, or a list of texts, without references.
pub(in crate::environment) struct TagValues;

impl ValueShape for TagValues {
    type Value = Vec<String>;

    fn needed(&self) -> &'static str {
        "a value or a list of values"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let mut value = |node: &Node| {
            let text = reader.scalar(key, node, "a tag's value")?.to_owned();
            if text.contains("${") {
                reader.faults.push(|| {
                    Fault::at(&node.place, format!("{} holds a reference", quoted(&text)))
                        .with_label("a value as it stands is needed here")
                        .with_help(NO_REFERENCES)
                });
            }
            Some(text)
        };
        let NodeValue::Sequence(items) = &node.value else {
            return value(node).map(|value| vec![value]);
        };
        let values = items.iter().filter_map(value).collect();
        if items.is_empty() {
            reader.refuse_empty(key, node, self.needed());
        }
        Some(values)
    }

    fn schema(&self) -> Map<String, Json> {
        let value = json!({ "type": ["string", "number", "boolean"] });
        object(json!({ "anyOf": [value, { "type": "array", "items": value, "minItems": 1 }] }))
    }
}
