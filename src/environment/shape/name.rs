//! Names and ids.

use std::marker::PhantomData;

use serde_json::{Map, Value as Json, json};

use super::value_shape::{NO_REFERENCES, ValueShape, object};
use crate::document::{Fault, Key, Node, quoted};
use crate::environment::mention::{Mention, Mentioned};
use crate::environment::placed::Placed;
use crate::environment::reader::FileReader;
use crate::name::{AccountId, Name, StackKey};

/// A name or an id that keeps its rule, without references.
pub(in crate::environment) struct NameShape<N>(PhantomData<N>);

impl<N> NameShape<N> {
    /// Returns the shape.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Name> ValueShape for NameShape<N> {
    type Value = Placed<N>;

    fn needed(&self) -> &'static str {
        N::KIND
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Placed<N>> {
        let text = reader.scalar(key, node, N::KIND)?;
        match text.parse() {
            Ok(value) => Some(Placed { value, place: node.place.clone() }),
            Err(_) => {
                reader.faults.push(|| {
                    let fault =
                        Fault::at(&node.place, format!("{} is not {}", quoted(text), N::KIND))
                            .with_label(format!("{} is needed here", N::KIND));
                    fault.with_help(if text.contains("${") { NO_REFERENCES } else { N::RULE })
                });
                None
            }
        }
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "string", "pattern": N::PATTERN }))
    }
}

/// An account id: with or without quotes.
pub(in crate::environment) struct Id;

impl ValueShape for Id {
    type Value = Placed<AccountId>;

    fn needed(&self) -> &'static str {
        "an account id"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        NameShape::new().read(reader, key, node)
    }

    fn schema(&self) -> Map<String, Json> {
        // Without quotes an editor takes it for a number, and for a shorter one if it begins with 0.
        let pattern = AccountId::PATTERN;
        object(json!({
            "type": ["string", "integer"], "pattern": pattern, "minimum": 0, "maximum": 999_999_999_999_u64
        }))
    }
}

/// The key of another stack.
pub(in crate::environment) struct OtherStack;

impl ValueShape for OtherStack {
    type Value = Placed<StackKey>;

    fn needed(&self) -> &'static str {
        "a stack's key"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let stack = NameShape::<StackKey>::new().read(reader, key, node)?;
        let what = Mentioned::StackSpec(stack.value.to_string());
        reader.mentions.push(Mention { what, place: node.place.clone() });
        Some(stack)
    }

    fn schema(&self) -> Map<String, Json> {
        NameShape::<StackKey>::new().schema()
    }
}
