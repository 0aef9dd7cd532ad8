//! The inventory of a state folder: the stacks that its runs made, updated or found, and what became of them.
//!
//! It is folded from the journals: [`JournalFold`] tells what one run made of each stack, an [`Inventory`]
//! keeps of each stack what happened to it last, who made it and when it was gone, in whichever order
//! journals are read. [`read_inventory()`] reads only journals that grew since they were read last, and
//! keeps what it found in `inventory/stacks.json`; without that file everything is read again. Which of it a
//! file still names is not known here.

mod cloud_scope;
mod environment_of_run;
mod journal_fold;
mod merge;
mod stack;
mod store;

pub use cloud_scope::CloudScope;
pub use environment_of_run::cloud_of_run;
pub use journal_fold::JournalFold;
pub use merge::Inventory;
pub use stack::{Existence, InventoryStack, Making, Moment};
pub use store::{
    InventoryReading, forget_sandbox, merge_inventory, read_inventory, remember_absent,
};
