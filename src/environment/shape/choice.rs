//! One of a few words.

use serde_json::{Map, Value as Json, json};

use super::value_shape::{ValueShape, object};
use crate::document::{Fault, Key, Node, did_you_mean, quoted};
use crate::environment::reader::FileReader;

/// One of a few words.
pub(in crate::environment) struct Choice<T: 'static> {
    /// What it is, with its article.
    pub needed: &'static str,
    /// The words and what they stand for.
    pub words: &'static [(&'static str, T)],
    /// The words that a later version will read.
    pub later: &'static [&'static str],
}

impl<T: Copy> ValueShape for Choice<T> {
    type Value = T;

    fn needed(&self) -> &'static str {
        self.needed
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<T> {
        let text = reader.scalar(key, node, self.needed)?;
        let found = self.words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if self.later.contains(&text) {
            reader.faults.push(|| {
                Fault::at(&node.place, format!("{} is not supported yet", quoted(text)))
                    .with_label("this word")
            });
        } else if found.is_none() {
            reader.faults.push(|| {
                let words: Vec<&str> = self.words.iter().map(|(word, _)| *word).collect();
                let help = did_you_mean(text, words.iter().copied())
                    .unwrap_or_else(|| format!("it is one of `{}`", words.join("`, `")));
                Fault::at(&node.place, format!("{} is not {}", quoted(text), self.needed))
                    .with_label(format!("{} is needed here", self.needed))
                    .with_help(help)
            });
        }
        found
    }

    fn schema(&self) -> Map<String, Json> {
        let words: Vec<&str> = self.words.iter().map(|(word, _)| *word).collect();
        object(json!({ "enum": words }))
    }
}

/// `true` or `false`.
pub(in crate::environment) struct YesOrNo;

impl ValueShape for YesOrNo {
    type Value = bool;

    fn needed(&self) -> &'static str {
        "a boolean"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<bool> {
        Choice { needed: self.needed(), words: &[("true", true), ("false", false)], later: &[] }
            .read(reader, key, node)
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "boolean" }))
    }
}
