//! Stacks and change sets: read, changed, followed to their end.

pub(super) mod artifacts;
mod change_cause;
pub(super) mod change_set;
mod change_set_read;
pub(super) mod client;
pub(super) mod drift;
mod drift_detections;
mod failed_look;
mod first_cause;
pub(super) mod follow;
pub(super) mod followed_operation;
mod history_read;
mod hook_warnings;
pub(super) mod intent;
pub(super) mod kept_change_set;
mod last_refusal;
mod next_look;
pub(super) mod operation_errors;
pub(super) mod prior_stack;
pub(super) mod read;
mod refusal;
mod request;
pub(super) mod sighting;
mod stale_read;
mod told_changes;
pub(super) mod uploads;
pub(super) mod write;
