//! Change sets: what an update or a creation would do, told before it is done.
//!
//! `model` is what the sandbox keeps of one; `compare` finds out what would change, `reasons` why, with what
//! `foresight` tells of it beforehand; `draw_up` makes one of that, `nested` those of the stacks that are nested in
//! its stack; `create`, `read`, `delete` and `execute` are the actions.

mod compare;
mod create;
mod delete;
mod draw_up;
mod execute;
mod execution;
mod find;
mod foresight;
mod model;
mod nested;
mod read;
mod reasons;
mod show;

pub use create::create_change_set;
pub use delete::delete_change_set;
pub use execute::execute_change_set;
pub use find::{change_set, stack_of};
pub use model::StoredChangeSet;
pub use read::{describe_change_set, list_change_sets};
