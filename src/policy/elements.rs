//! Elements of a policy document: one text or a list of them, one statement or a list of them, and
//! `Action` and `Resource` with their `Not…` forms.
//!
//! Source: the IAM user guide, "Grammar of the IAM JSON policy language".

use serde_json::Value as Json;

/// Returns the texts of a value or of a list; `true` and `1` are texts as well.
pub fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        Json::Bool(_) | Json::Number(_) => vec![value.to_string()],
        Json::Null | Json::Object(_) => Vec::new(),
    }
}

/// Returns the statements of a document; what does not look like one has none.
pub fn statements(document: &Json) -> &[Json] {
    match &document["Statement"] {
        Json::Array(statements) => statements,
        statement @ Json::Object(_) => std::slice::from_ref(statement),
        _ => &[],
    }
}

/// Patterns of names, or everything but what is like them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePatterns {
    /// `Action`, `Resource`.
    Like(Vec<String>),
    /// `NotAction`, `NotResource`.
    AllBut(Vec<String>),
}

impl NamePatterns {
    /// Reads an element, such as `Action`, or its `Not…` form; nothing if a statement has neither.
    pub fn read(statement: &Json, element: &str) -> Option<Self> {
        match (&statement[element], &statement[format!("Not{element}")]) {
            (Json::Null, Json::Null) => None,
            (Json::Null, others) => Some(Self::AllBut(texts(others))),
            (names, _) => Some(Self::Like(texts(names))),
        }
    }

    /// Returns the same in lower case, for names that are compared without regard to it.
    pub fn in_lower_case(self) -> Self {
        let lower = |names: Vec<String>| names.iter().map(|n| n.to_ascii_lowercase()).collect();
        match self {
            Self::Like(names) => Self::Like(lower(names)),
            Self::AllBut(names) => Self::AllBut(lower(names)),
        }
    }

    /// Whether a name is meant, by what `is_like` says of one pattern.
    pub fn include(&self, is_like: impl FnMut(&String) -> bool) -> bool {
        match self {
            Self::Like(names) => names.iter().any(is_like),
            Self::AllBut(names) => !names.iter().any(is_like),
        }
    }

    /// Whether every name is meant.
    pub fn are_everything(&self) -> bool {
        matches!(self, Self::Like(names) if names.iter().any(|name| name == "*"))
    }
}
