//! What happens to a stack if what was asked for fails.

use serde::{Deserialize, Serialize};

/// What happens if a creation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailurePolicy {
    /// What was created is taken back; the stack stays.
    Rollback,
    /// What was created is taken back and the stack is deleted.
    Delete,
    /// Everything stays as it is.
    DoNothing,
}

impl FailurePolicy {
    /// Returns the policy that AWS calls so, as `OnFailure` and `OnStackFailure` do.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ROLLBACK" => Some(Self::Rollback),
            "DELETE" => Some(Self::Delete),
            "DO_NOTHING" => Some(Self::DoNothing),
            _ => None,
        }
    }

    /// Returns what AWS calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "ROLLBACK",
            Self::Delete => "DELETE",
            Self::DoNothing => "DO_NOTHING",
        }
    }
}
