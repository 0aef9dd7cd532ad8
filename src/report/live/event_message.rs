//! What is said of an event: the sentences, and whom they are about.

/// What is said of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMessage {
    /// The account or stack instance that it is about, as it is named on screen.
    pub subject: Option<String>,
    /// The sentences, each a line of its own.
    pub texts: Vec<String>,
}

impl EventMessage {
    pub(super) fn of_run(text: String) -> Self {
        Self { subject: None, texts: vec![text] }
    }

    pub(super) fn lines(texts: Vec<String>) -> Self {
        Self { subject: None, texts }
    }

    pub(super) fn about(subject: String, text: String) -> Self {
        Self { subject: Some(subject), texts: vec![text] }
    }
}
