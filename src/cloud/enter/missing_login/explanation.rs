//! An explanation of missing credentials: a cause, and what to do about it.

/// A cause, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub message: String,
    pub help: String,
}

impl Explanation {
    /// Returns a cause with what to do about it.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}
