//! The gates of a run: waves that somebody must approve before they begin.

use serde::{Deserialize, Serialize};

use crate::name::EnvironmentName;

/// A wave that is to be approved before it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gate {
    /// The environment whose wave it is.
    pub environment: EnvironmentName,
    /// Which of its waves, from 1.
    pub wave: usize,
}

/// A gate that a run has reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedGate {
    /// Which of the gates it is.
    #[serde(flatten)]
    pub gate: Gate,
    /// How many waves the environment has.
    pub waves: usize,
    /// Why somebody is asked: a sentence without a full stop at its end.
    pub why: String,
    /// What would be replaced or removed, the first of it, each as `account/region/stack: what`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    /// In how many accounts the wave would change something.
    pub accounts: usize,
    /// How many stack instances it has.
    pub stack_instances: usize,
}

impl ReachedGate {
    /// Returns a gate of which nothing more is known than which it is.
    pub fn only(gate: Gate) -> Self {
        Self {
            waves: gate.wave,
            gate,
            why: String::new(),
            losses: Vec::new(),
            accounts: 0,
            stack_instances: 0,
        }
    }
}

/// Why a wave was let begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateOpening {
    /// Somebody approved it.
    Approved,
    /// Nothing in it is replaced or removed.
    NothingLost,
}
