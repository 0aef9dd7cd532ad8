//! What a run does: apply, destroy, prune or plan.

use serde::{Deserialize, Serialize};

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Create or update.
    Apply,
    /// Delete in reverse order.
    Destroy,
    /// Delete in reverse order what is left behind.
    Prune,
    /// Tell what `Apply` would do, and change nothing.
    Plan,
}

impl Operation {
    /// Returns the word users type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Prune => "prune",
            Self::Plan => "plan",
        }
    }
    /// Whether it takes stacks down: dependents first, the last wave first.
    pub fn deletes(self) -> bool {
        match self {
            Self::Destroy | Self::Prune => true,
            Self::Apply | Self::Plan => false,
        }
    }
}
