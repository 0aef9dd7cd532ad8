//! Text: with references, or as a path.

use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use super::value_shape::{NO_REFERENCES, ValueShape, object};
use crate::document::{Fault, Key, Node, NodeValue, quoted};
use crate::environment::mention::Mention;
use crate::environment::placed::Placed;
use crate::environment::reader::FileReader;
use crate::environment::reference;
use crate::environment::text::{Piece, Text};

/// Text that may hold references; numbers and booleans count as their characters.
pub(in crate::environment) struct Phrase {
    needed: &'static str,
    may_be_empty: bool,
}

impl Phrase {
    /// Text that may be empty.
    pub const ANY: Self = Self { needed: "text", may_be_empty: true };

    /// Text that is not empty and is said to be `needed`.
    pub const fn of(needed: &'static str) -> Self {
        Self { needed, may_be_empty: false }
    }
}

impl ValueShape for Phrase {
    type Value = Text;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Text> {
        let text = reader.scalar(key, node, self.needed)?;
        if text.is_empty() && !self.may_be_empty {
            reader.refuse_empty(key, node, self.needed);
            return None;
        }
        let parsed = reference::parse(text, &node.place);
        for (reference, place) in &parsed.references {
            reader.mentions.extend(Mention::of(reference, place));
        }
        for fault in parsed.faults {
            reader.faults.push(|| fault);
        }
        Some(parsed.text)
    }

    fn schema(&self) -> Map<String, Json> {
        let mut schema = object(json!({ "type": ["string", "number", "boolean"] }));
        if !self.may_be_empty {
            schema.insert("minLength".to_owned(), json!(1));
        }
        schema
    }
}

/// A parameter's value: text, or a list of texts for a parameter that is a list.
pub(in crate::environment) struct Joined;

impl ValueShape for Joined {
    type Value = Text;

    fn needed(&self) -> &'static str {
        "text or a list of texts"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Text> {
        let NodeValue::Sequence(items) = &node.value else {
            return Phrase { needed: self.needed(), may_be_empty: true }.read(reader, key, node);
        };
        reader.refuse_tag(node);
        let texts: Vec<Option<Text>> =
            items.iter().map(|item| Phrase::ANY.read(reader, key, item)).collect();
        let mut pieces = Vec::new();
        for text in texts {
            if !pieces.is_empty() {
                pieces.push(Piece::Literal(",".to_owned()));
            }
            pieces.extend(text?.pieces);
        }
        Some(Text { pieces: merged(pieces), place: node.place.clone() })
    }

    fn schema(&self) -> Map<String, Json> {
        let item = Phrase::ANY.schema();
        object(json!({ "anyOf": [item, { "type": "array", "items": item }] }))
    }
}

/// Joins literals that follow each other.
fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut merged: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (merged.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(text)) => before.push_str(&text),
            (_, piece) => merged.push(piece),
        }
    }
    merged
}

/// The path of a file, relative to the environment file, without references.
pub(in crate::environment) struct FilePath;

impl ValueShape for FilePath {
    type Value = Placed<PathBuf>;

    fn needed(&self) -> &'static str {
        "a file's path"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let text = reader.scalar(key, node, self.needed())?;
        if text.trim().is_empty() {
            reader.refuse_empty(key, node, self.needed());
            return None;
        }
        if text.contains("${") {
            reader.faults.push(|| {
                Fault::at(&node.place, format!("{} holds a reference", quoted(&key.text)))
                    .with_label("a path as it stands is needed here")
                    .with_help(NO_REFERENCES)
            });
            return None;
        }
        Some(Placed { value: PathBuf::from(text), place: node.place.clone() })
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "string", "minLength": 1 }))
    }
}
