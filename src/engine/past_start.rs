//! How a past run began, as its journal tells it.

use jiff::Timestamp;

use crate::event::{Operation, RunRequest};
use crate::name::{EnvironmentName, RunId};

/// How a run began.
#[derive(Clone, Debug, PartialEq)]
pub struct PastStart {
    /// The run that is resumed.
    pub run: RunId,
    /// What it does.
    pub operation: Operation,
    /// The environments it covers.
    pub environments: Vec<EnvironmentName>,
    /// Whether an environment begins only once the one before it succeeded.
    pub in_order: bool,
    /// What was asked for, if it was kept.
    pub asked: Option<RunRequest>,
    /// When it began.
    pub at: Timestamp,
}
