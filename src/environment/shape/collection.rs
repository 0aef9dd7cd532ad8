//! Lists and mappings.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde_json::{Map, Value as Json, json};

use super::value_shape::{ValueShape, object, or_null};
use crate::document::{Fault, Key, Node, NodeValue, quoted};
use crate::environment::keys::{Mapping, MappingKeys};
use crate::environment::placed::Placed;
use crate::environment::reader::{FileReader, called, wrong_kind};
use crate::name::Name;

/// A list; nothing stands in it twice.
pub(in crate::environment) struct List<S> {
    /// What it is, with its article: "a list of Regions".
    pub needed: &'static str,
    /// How many items there must be.
    pub least: usize,
    /// The most items there may be, if AWS has a limit.
    pub most: Option<usize>,
    /// The shape of each item.
    pub of: S,
}

impl<S: ValueShape> ValueShape for List<S> {
    type Value = Vec<S::Value>;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        reader.refuse_tag(node);
        let NodeValue::Sequence(items) = &node.value else {
            let remedy = reader.remedy(key);
            reader.faults.push(|| match node.as_text() {
                Some(text) if !node.is_null() => wrong_kind(key, node, self.needed, remedy)
                    .with_help(format!("write {}", quoted(&format!("[{text}]")))),
                _ => wrong_kind(key, node, self.needed, remedy),
            });
            return None;
        };
        if items.len() < self.least {
            reader.refuse_empty(key, node, self.needed);
        }
        if let Some(extra) = self.most.and_then(|most| items.get(most)) {
            reader.faults.push(|| {
                let message = format!("{} has {} items", called(key), items.len());
                Fault::at(&extra.place, message)
                    .with_label("one too many")
                    .with_help(format!("AWS takes at most {}", self.most.unwrap_or_default()))
            });
        }
        refuse_repeated(reader, key, items);
        Some(items.iter().filter_map(|item| self.of.read(reader, key, item)).collect())
    }

    fn schema(&self) -> Map<String, Json> {
        let mut schema =
            object(json!({ "type": "array", "items": self.of.schema(), "uniqueItems": true }));
        if self.least > 0 {
            schema.insert("minItems".to_owned(), json!(self.least));
        }
        if let Some(most) = self.most {
            schema.insert("maxItems".to_owned(), json!(most));
        }
        schema
    }
}

fn refuse_repeated(reader: &mut FileReader, key: &Key, items: &[Node]) {
    let mut seen = BTreeSet::new();
    for item in items {
        let Some(text) = item.as_text() else { continue };
        if !seen.insert(text) {
            reader.faults.push(|| {
                let message = format!("{} stands twice in {}", quoted(text), called(key));
                Fault::at(&item.place, message).with_label("the second time")
            });
        }
    }
}

/// A mapping whose keys the user chooses.
pub(in crate::environment) struct ByName<N, S> {
    /// What it is, with its article: "a mapping of tags".
    pub needed: &'static str,
    /// How many entries there must be.
    pub least: usize,
    /// The rule for its keys.
    pub names: PhantomData<N>,
    /// The shape of each value.
    pub of: S,
}

impl<N: Name, S: ValueShape> ValueShape for ByName<N, S> {
    type Value = Vec<(Placed<N>, S::Value)>;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        reader.refuse_tag(node);
        let NodeValue::Mapping(entries) = &node.value else {
            reader.refuse_kind(key, node, self.needed);
            return None;
        };
        if entries.len() < self.least {
            reader.refuse_empty(key, node, self.needed);
        }
        let read = |(key, node): &(Key, Node)| {
            let name = key.text.parse();
            if name.is_err() {
                reader.faults.push(|| {
                    Fault::at(&key.place, format!("{} is not {}", quoted(&key.text), N::KIND))
                        .with_label("this key")
                        .with_help(N::RULE)
                });
            }
            let value = self.of.read(reader, key, node);
            Some((Placed { value: name.ok()?, place: key.place.clone() }, value?))
        };
        Some(entries.iter().filter_map(read).collect())
    }

    fn schema(&self) -> Map<String, Json> {
        let mut schema = object(json!({
            "type": "object",
            "propertyNames": { "pattern": N::PATTERN },
            "additionalProperties": or_null(self.of.schema()),
        }));
        if self.least > 0 {
            schema.insert("minProperties".to_owned(), json!(self.least));
        }
        schema
    }
}

/// A value together with its place.
pub(in crate::environment) struct WithPlace<S>(pub S);

impl<S: ValueShape> ValueShape for WithPlace<S> {
    type Value = Placed<S::Value>;

    fn needed(&self) -> &'static str {
        self.0.needed()
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let value = self.0.read(reader, key, node)?;
        Some(Placed { value, place: node.place.clone() })
    }

    fn schema(&self) -> Map<String, Json> {
        self.0.schema()
    }
}

/// A value that takes away what lies beneath where it is null.
pub(in crate::environment) struct Removable<S>(pub S);

impl<S: ValueShape> ValueShape for Removable<S> {
    type Value = Option<S::Value>;

    fn needed(&self) -> &'static str {
        self.0.needed()
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        if node.is_null() {
            reader.refuse_tag(node);
            return Some(None);
        }
        self.0.read(reader, key, node).map(Some)
    }

    fn schema(&self) -> Map<String, Json> {
        self.0.schema()
    }
}

/// A mapping whose keys are known: the function reads them, and describes them if there is none.
pub(in crate::environment) struct Record<T> {
    /// What it is, with its article.
    pub needed: &'static str,
    /// Reads its keys.
    pub keys: fn(&mut MappingKeys<'_>) -> Option<T>,
}

impl<T> ValueShape for Record<T> {
    type Value = T;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<T> {
        reader.refuse_tag(node);
        let NodeValue::Mapping(entries) = &node.value else {
            reader.refuse_kind(key, node, self.needed);
            return None;
        };
        Mapping::read(reader, key, entries, self.keys)
    }

    fn schema(&self) -> Map<String, Json> {
        MappingKeys::describe(self.keys)
    }
}
