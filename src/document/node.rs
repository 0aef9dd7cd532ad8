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
    pub value: Value,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar.
    Scalar {
        /// Its characters, as they were written: `012345678901` keeps its zero.
        text: String,
        /// Whether it stood without quotes and not as a block: only then may it mean a number, a
        /// boolean or null.
        plain: bool,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping, in the order written; keys are unique.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}
