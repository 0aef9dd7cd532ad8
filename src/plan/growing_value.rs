//! A value while it is put together, within the bounds of what any honest value is.

use super::secret_piece::{SecretPiece, SecretSource};
use super::value::{PlannedValue, ValuePiece};

/// How deep variables may name each other; the file's own check finds every cycle.
pub(super) const MOST_LEVELS: usize = 64;

/// How many references one value may hold, those of its variables counted: variables that name
/// others twice would otherwise grow without end.
pub(super) const MOST_REFERENCES: usize = 1_000;

/// How large a value may become, in bytes; nothing that CloudFormation takes is nearly as large.
const MOST_BYTES: usize = 65_536;

/// A value that is being put together.
#[derive(Default)]
pub(super) struct GrowingValue {
    /// What it is so far.
    pub value: PlannedValue,
    /// How long its text is.
    pub bytes: usize,
    /// How many references it holds, those of its variables counted.
    pub references: usize,
    /// Whether it is secret: it knows then where each part of it comes from.
    pub is_secret: bool,
}

impl GrowingValue {
    /// Adds text to its end.
    pub fn push_text(&mut self, text: &str) {
        self.bytes += text.len();
        self.value.push_text(text);
    }

    /// Adds text that is secret if the value is, unless it has no source that may be.
    pub fn push_from(&mut self, source: impl FnOnce() -> Option<SecretSource>, text: &str) {
        let Some(source) = self.is_secret.then(source).flatten() else {
            return self.push_text(text);
        };
        self.bytes += text.len();
        let text = text.to_owned();
        self.value.pieces.push(ValuePiece::Secret(SecretPiece { source, text }));
    }

    /// Adds what only the run learns.
    pub fn push_late(&mut self, piece: ValuePiece) {
        self.references += 1;
        self.value.pieces.push(piece);
    }

    /// Refuses to grow beyond what any honest value is.
    ///
    /// # Errors
    /// With what there is too much of.
    pub fn check(&self, level: usize) -> Result<(), String> {
        if level > MOST_LEVELS {
            return Err(format!("variables name each other more than {MOST_LEVELS} levels deep"));
        }
        if self.references > MOST_REFERENCES {
            return Err(format!("the value holds more than {MOST_REFERENCES} references"));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("the value has more than {MOST_BYTES} bytes"));
        }
        Ok(())
    }
}
