//! What is wrong with a file the user wrote, and where.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::foreign;

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

    /// Returns the line and the column, in characters and both from 1, of a byte of the text.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

/// A stretch of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file that holds it.
    pub file: Arc<SourceFile>,
    /// The stretch, in bytes of its text.
    pub span: Range<usize>,
}

impl Place {
    /// Returns what is written there.
    pub fn written(&self) -> &str {
        self.file.text.get(self.span.clone()).unwrap_or_default()
    }

    /// Returns the line it begins on, without its end.
    pub fn line(&self) -> &str {
        let text = &self.file.text;
        let start = text.floor_char_boundary(self.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        text[line_start..line_end].trim_end_matches('\r')
    }
}

/// A place prints as `path:line:column`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.file.line_and_column(self.span.start);
        write!(f, "{}:{line}:{column}", foreign::path(&self.file.path))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", foreign::path(&self.file.path), self.span)
    }
}

/// How sure it is that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is wrong: nothing is done with the file.
    Error,
    /// It may be wrong, or may mean what only somebody else knows: it is told, and stops nothing.
    Warning,
}

/// One thing that is wrong: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How sure that is.
    pub severity: Severity,
    /// What is wrong, as a lower-case fragment that names the thing.
    pub message: String,
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// The file that it is of as a whole, if it has no place in one.
    pub file: Option<Box<Path>>,
    /// What stands at the place, in two or three words.
    pub label: Option<String>,
    /// What to do: "did you mean `network`?".
    pub help: Option<String>,
}

impl Fault {
    /// Returns a fault at `place`.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), ..Self::placeless(message) }
    }

    /// Returns a fault of something that has no place in a text, such as a file that is missing.
    pub fn placeless(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            file: None,
            label: None,
            help: None,
        }
    }

    /// Returns a fault of a file as a whole.
    pub fn of_file(path: &Path, message: impl Into<String>) -> Self {
        Self { file: Some(path.into()), ..Self::placeless(message) }
    }

    /// Returns the fault as one that stops nothing.
    pub fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Whether it stops nothing.
    pub fn is_warning(&self) -> bool {
        self.severity == Severity::Warning
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

/// A fault prints as one line; [`Faults::render`] shows the spot as well.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Everything that is wrong with what the user wrote; never empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Returns faults without those that say the same of the same spot, as do files that extend one that is wrong.
    pub fn each_once(mut faults: Vec<Fault>) -> Self {
        let mut told = HashSet::new();
        faults.retain(|Fault { message, place, file, .. }| {
            let place = place.as_ref().map(|place| (place.file.path.clone(), place.span.clone()));
            told.insert((message.clone(), place, file.clone()))
        });
        Self(faults)
    }
}

/// Faults print as one line: the first, and how many more there are.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => write!(f, "nothing is wrong"),
            [only] => write!(f, "{only}"),
            [first, others @ ..] => write!(f, "{first} (and {} more)", others.len()),
        }
    }
}

impl std::error::Error for Faults {}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}
