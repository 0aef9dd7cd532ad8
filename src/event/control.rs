//! What people who watch a run ask of it while it goes on.

use serde::{Deserialize, Serialize};

use super::run_request::Owner;

/// What is asked of a run that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// To start nothing more for now; what runs settles.
    Pause,
    /// To go on after a pause.
    Continue,
    /// To start nothing more and end once what runs has settled.
    Cancel,
}

/// What somebody asked of a run that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRequest {
    /// What is asked for.
    pub control: Control,
    /// Who asks for it.
    pub owner: Owner,
}
