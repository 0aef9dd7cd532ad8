//! Change sets: what an update or a creation would do, told before it is done.
//!
//! `model` is what the sandbox keeps of one, `compare` finds out what would change; `create`, `read`,
//! `delete` and `execute` are the actions.

mod compare;
mod create;
mod delete;
mod execute;
mod execution;
mod find;
mod model;
mod read;
mod show;

pub use create::create_change_set;
pub use delete::delete_change_set;
pub use execute::execute_change_set;
pub use find::stack_of;
pub use model::StoredChangeSet;
pub use read::{describe_change_set, list_change_sets};
