//! What a run does: apply, destroy or plan.

use serde::{Deserialize, Serialize};

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Create or update.
    Apply,
    /// Delete in reverse order.
    Destroy,
    /// Tell what `Apply` would do, and change nothing.
    Plan,
}

impl Operation {
    /// Returns the word users type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Plan => "plan",
        }
    }
}
