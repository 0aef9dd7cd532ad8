//! How the values of an environment file look: what reads each and what tells an editor about it.

mod choice;
mod collection;
mod name;
mod quantity;
mod text;

pub(super) use choice::{Choice, YesOrNo};
pub(super) use collection::{ByName, List, Record, WithPlace};
pub(super) use name::{Id, NameShape, OtherStack};
pub(super) use quantity::{Portion, Span};
pub(super) use text::{AccountGlob, FilePath, Joined, Phrase};

use serde_json::{Map, Value as Json};

use super::reader::FileReader;
use crate::document::{Key, Node};

/// How a value looks: what reads it, and what tells an editor about it.
pub(super) trait ValueShape {
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
const NO_REFERENCES: &str = "references have no value here: write it out";

/// Returns a schema from what `json!` made.
fn object(schema: Json) -> Map<String, Json> {
    match schema {
        Json::Object(map) => map,
        _ => unreachable!("a schema is written as an object"),
    }
}
