//! State that a team shares: journals, locks, what is needed to go back and the inventory, in a bucket, used from any
//! machine.
//!
//! [`SharedState`] is a place in a bucket and its working copy, a folder in which everything stands as in any state
//! folder: [`journal`](crate::journal) reads it there once it was brought up to date. A run that goes on is written to
//! the bucket by a [`RunMirror`], a segment at a time, each only where none stands. A [`StateLock`] keeps other runs
//! from an environment, for as long as its owner is heard of; what may be done when is decided in `lease`. A
//! [`RunPlace`] is such a state, or a folder that nobody shares.

mod bucket;
mod check;
mod close;
mod copy;
mod lease;
mod lock;
mod lock_keeper;
mod lock_object;
mod mirror;
mod place;
mod process_mark;
mod requests;
mod run_objects;
mod segment;
mod shared;
mod small;
mod templates;
mod working_copy;

pub use bucket::{StateBucket, StateError};
pub use check::{CheckStep, check_place};
pub use copy::{CopiedRuns, CopyError, copy_runs};
pub use lease::LEASE;
pub use lock::{ClaimError, Patience, StateLock};
pub use lock_object::LockView;
pub use mirror::RunMirror;
pub use place::RunPlace;
pub use shared::{NEWEST, SharedState};
