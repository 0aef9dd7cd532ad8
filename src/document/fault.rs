//! What is wrong with a file the user wrote, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as it was read: its path as the user would type it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path, relative to where the user stands if it was given so.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Returns the folder that paths in this file are relative to.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// A stretch of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The stretch, in bytes of its text.
    pub span: Range<usize>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", self.file.path.display(), self.span)
    }
}

/// One thing that is wrong: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as a lower-case fragment that names the thing.
    pub message: String,
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// What stands at the place, in two or three words.
    pub label: Option<String>,
    /// What to do: "did you mean `network`?".
    pub help: Option<String>,
}

impl Fault {
    /// Returns a fault at `place`.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(place.clone()), label: None, help: None }
    }

    /// Returns a fault of something that has no place in a text, such as a file that is missing.
    pub fn placeless(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, label: None, help: None }
    }

    /// Returns the fault with a label for its spot.
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// Returns the fault with what to do about it.
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Everything that is wrong with what the user wrote; never empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);
