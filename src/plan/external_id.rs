//! The external id of a role: shared between two parties only, so that it is never printed nor kept.

use std::fmt;

use super::value::PlannedValue;

/// An external id, and where it is read anew.
#[derive(Clone)]
pub struct ExternalId {
    text: String,
    source: PlannedValue,
}

impl ExternalId {
    /// Returns one that is given by hand, and read anew nowhere.
    pub fn given(text: String) -> Self {
        Self { text, source: PlannedValue::default() }
    }

    /// Returns the one that a value of a file comes to; nothing if only a run would learn it.
    pub fn of_file(source: PlannedValue) -> Option<Self> {
        Some(Self { text: source.as_text()?, source })
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns where it is read anew; its text is no part of the serialization of that.
    pub fn source(&self) -> &PlannedValue {
        &self.source
    }
}

/// The same text is the same id, wherever it comes from.
impl PartialEq for ExternalId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ExternalId {}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
