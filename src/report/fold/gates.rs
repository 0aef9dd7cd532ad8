//! The gates of a run: which waves waited for approval, and who let them begin.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::{GateOpening, Owner, ReachedGate};

/// A wave that was to be approved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateState {
    /// Which, and why somebody was asked; of one that began by itself, nothing but which.
    #[serde(flatten)]
    pub reached: ReachedGate,
    /// When its turn came.
    pub reached_at: Timestamp,
    /// How it was let begin; null while it waits.
    pub opened: Option<OpenedGate>,
}

/// How a wave was let begin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenedGate {
    /// When it was let begin.
    pub at: Timestamp,
    /// Why it was let begin.
    pub because: GateOpening,
    /// Who approved it; null if nobody was asked.
    pub owner: Option<Owner>,
    /// With which credentials: the caller's ARN, if it is known.
    pub caller: Option<String>,
}
