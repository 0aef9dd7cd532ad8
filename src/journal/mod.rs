//! A run on disk: its events, appended as they happen, read back and listed.
//!
//! A journal is a file `RUN.jsonl` with one event per line, word for word what `--progress json`
//! writes. A [`RunFolder`] knows where journals stand and finds the one that a person means, a
//! [`Journal`] is one being written, [`read()`] gives its events back, [`list()`] lists many and
//! [`recent_iam_changes()`] tells what of them may not count yet. An [`EnvironmentLock`] keeps other
//! runs from an environment while one goes on. The [`Inventory`] tells which stacks the runs made that
//! nothing took away since.
//! What the events of a run mean together is not known here: `report` folds them.

mod find;
mod folder;
mod follow;
mod iam_changes;
mod inventory;
mod line;
mod list;
mod listed_ends;
mod lock;
mod prior_stacks;
mod read;
mod write;

pub use find::FindError;
pub use folder::{FolderError, RunFolder, before_name, journal_name, plan_name, requests_name};
pub use follow::{JournalFollower, is_running};
pub use iam_changes::recent_iam_changes;
pub use inventory::{
    CloudScope, Existence, Inventory, InventoryReading, InventoryStack, JournalFold, Making,
    Moment, cloud_of_run, forget_sandbox, merge_inventory, read_inventory, remember_absent,
};
pub use list::{Beginning, Listed, RunStatus, list, list_run};
pub use listed_ends::NotBack;
pub use lock::{EnvironmentLock, Holder, LockError};
pub use prior_stacks::{
    SentTextNotes, Templates, keep_prior_stacks, keep_standing, read_prior_stacks, read_sent_texts,
};
pub use read::{ReadError, Reading, first_event, read};
pub use write::{CreateError, Journal};
