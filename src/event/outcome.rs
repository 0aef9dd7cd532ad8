//! How a stack instance ended, and how a run.

use serde::{Deserialize, Serialize};

/// How a stack instance ended; of a plan, how it would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The stack was not there and is now.
    Created,
    /// The stack was changed.
    Updated,
    /// The stack was there and is no more.
    Deleted,
    /// The stack is already as asked for.
    Unchanged,
    /// It did not become as asked for.
    Failed,
    /// It was not started.
    Skipped,
    /// It was changed by this run and put back.
    RolledBack,
}

impl Outcome {
    /// Whether the stack instance is as the run wanted it.
    pub fn is_good(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Deleted | Self::Unchanged => true,
            Self::Failed | Self::Skipped | Self::RolledBack => false,
        }
    }

    /// Returns the word that the report uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::RolledBack => "rolled-back",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    /// Every stack instance is as the run wanted it.
    Succeeded,
    /// At least one is not.
    Failed,
    /// What the run changed was put back.
    RolledBack,
    /// A person or a signal stopped it.
    Cancelled,
    /// A guard or the person asked refused it; nothing was touched.
    Refused,
}
