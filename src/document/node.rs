//! The tree: scalars as written, sequences and mappings in their order, each with its place.

use super::fault::Place;

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// Its tag without the `!`, such as `Sub`; core schema tags are dropped.
    pub tag: Option<String>,
    /// What it is.
    pub value: NodeValue,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeValue {
    /// A text, number, boolean or null: told apart only by its reader.
    Scalar {
        /// Its characters, as they were written: `012345678901` keeps its zero.
        text: String,
        /// Whether it stood without quotes and not as a block: only then may it mean a number, a
        /// boolean or null.
        plain: bool,
    },
    /// A list, block or flow.
    Sequence(Vec<Node>),
    /// A mapping, in the order written; keys are unique.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its characters, as they were written.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Node {
    /// Whether nothing stands here: an empty value, `null` or `~`.
    pub fn is_null(&self) -> bool {
        self.as_plain().is_some_and(|text| {
            self.tag.is_none() && matches!(text, "" | "~" | "null" | "Null" | "NULL")
        })
    }

    /// Returns the characters of a scalar, whatever they mean.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, .. } => Some(text),
            NodeValue::Sequence(_) | NodeValue::Mapping(_) => None,
        }
    }

    /// Returns the boolean that YAML 1.2 sees here: `true` or `false` without quotes.
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_plain()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Returns the whole number written here without quotes, in decimal digits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_plain()?.parse().ok()
    }

    /// Returns the items of a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::Sequence(items) => Some(items),
            NodeValue::Scalar { .. } | NodeValue::Mapping(_) => None,
        }
    }

    /// Returns the entries of a mapping, in the order written.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            NodeValue::Mapping(entries) => Some(entries),
            NodeValue::Scalar { .. } | NodeValue::Sequence(_) => None,
        }
    }

    /// Returns the value of `key`, if this is a mapping that has it.
    pub fn value_of(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    /// Returns what stands here as a person says it: `text`, `a list`, `a mapping`, `nothing`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            NodeValue::Scalar { .. } => "text",
            NodeValue::Sequence(_) => "a list",
            NodeValue::Mapping(_) => "a mapping",
        }
    }

    fn as_plain(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, plain: true } => Some(text),
            NodeValue::Scalar { plain: false, .. }
            | NodeValue::Sequence(_)
            | NodeValue::Mapping(_) => None,
        }
    }
}
