//! How a past run began, as its journal tells it.

use jiff::Timestamp;

use crate::event::{Allowance, Operation, RunRequest};
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

impl PastStart {
    /// Lets more be lost from here on although the files keep it.
    pub fn allow(&mut self, more: &[Allowance]) {
        if let Some(asked) = &mut self.asked {
            Allowance::add(&mut asked.allow, more);
        }
    }

    /// Lets only this be lost from here on: on the way back, what was allowed before is what would be lost.
    pub fn allow_only(&mut self, allow: &[Allowance]) {
        if let Some(asked) = &mut self.asked {
            asked.allow = allow.to_vec();
        }
    }
}
