//! A saved plan: what was reviewed of each stack instance, whether its stack still stands so, and the change sets that were
//! kept for it.
//!
//! `model` is what is saved, `moved` decides whether a stack stands as it stood then; `check` looks at all of them before a
//! run begins, `discard` deletes change sets that nobody will execute.

mod change_set_use;
mod check;
mod discard;
mod exceeding;
mod model;
mod moved;
mod mover;

pub use change_set_use::ChangeSetUse;
pub use check::{NotAsPlanned, check_saved_plan};
pub(super) use discard::delete_change_set;
pub use discard::{LeftChangeSet, MadeChangeSet, discard_change_sets};
pub(super) use exceeding::{not_planned, unplanned_losses};
pub(in crate::engine) use model::FLAT;
pub use model::{PlannedLoss, PlannedStack, SavedPlan};
pub(super) use moved::moved;
pub(super) use mover::why_moved;
