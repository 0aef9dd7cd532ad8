//! What a nested stack knows of the stack above: which it is, and what it asks for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a stack is nested in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nesting {
    /// The ARN of the stack that it is a resource of.
    pub parent: String,
    /// What it is called there.
    pub logical_id: String,
    /// The ARN of the stack that is nested in nothing.
    pub root: String,
    /// How many stacks are above it.
    pub depth: usize,
    /// What the stack above asks of it and it has not begun yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ParentOrder>,
}

/// What a stack asks of one that is nested in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentOrder {
    pub at: Timestamp,
    pub work: OrderedWork,
}

/// What a nested stack is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderedWork {
    /// Begin the operation that it was given.
    Begin,
    /// End it: something beside it failed.
    Cancel,
    /// Go back to what it was before, but for these resources, which are named with their stacks.
    GoBack { skipped: Vec<String> },
    /// Clear up what it no longer needs.
    CleanUp,
    /// Delete itself; what cannot go is left behind if the stack above leaves such things behind.
    Delete { is_forced: bool },
}
