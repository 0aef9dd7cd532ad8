//! Stacks and change sets: read, changed, followed to their end.

pub(super) mod artifacts;
pub(super) mod change_set;
pub(super) mod client;
pub(super) mod follow;
pub(super) mod intent;
pub(super) mod prior_stack;
pub(super) mod read;
mod refusal;
mod request;
pub(super) mod write;
