//! What the files keep: resources of these types are neither replaced nor removed unless a person allows it.
//!
//! `guard` decides what of a change is forbidden; `held` reads what a stack holds, `inside` what a change set does not
//! tell of nested stacks. `deletions` looks at all stacks that a run is about to delete, `refusal` says in words what
//! is forbidden to one of them.

mod deletions;
mod guard;
mod held;
mod inside;
mod refusal;
mod way_back;
mod work;

pub use deletions::{FoundLosses, find_deletions};
pub use guard::{KeepGuard, forbidden};
pub(super) use inside::with_what_is_inside;
pub(super) use refusal::guarded;
