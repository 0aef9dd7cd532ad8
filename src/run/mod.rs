//! A run that is kept, from its plan to its end, whoever asked for it: a person or a pipeline.
//!
//! [`EnvironmentLocks`] keep other runs from its environments. [`begin()`] starts a run's journal, a
//! [`KeptRun`] is one to resume, that is unfinished or was cancelled; both make a [`ReadyRun`], which is carried out
//! with the engine, its journal and its reporters side by side. A run that only looks ahead is kept by
//! nobody: [`follow()`]. A [`WatchedRun`] is one that another process carries out; [`ControlRequests`] reach
//! that process. Nothing here prints or asks.

mod account_changes;
mod begin;
mod ci_job;
mod control_requests;
mod earlier_runs;
mod environment_locks;
mod follow;
mod guard_look;
mod kept_accounts;
mod kept_entry;
mod kept_instance;
mod kept_plan;
mod kept_run;
mod kept_upload;
mod left_behind;
mod notice_sender;
mod origin;
mod owner;
mod plan_file;
mod ready_run;
mod renamed_keys;
mod saved_plan_use;
mod steering;
mod watched_run;

pub use account_changes::{AccountChanges, CoveredAccounts, GroupLoss};
pub use begin::{BeginError, begin};
pub use control_requests::ControlRequests;
pub use earlier_runs::{check_templates, deployed_stacks, environments};
pub use environment_locks::{EnvironmentLocks, LocksError, WhenLocked};
pub use follow::follow;
pub use guard_look::{GuardLook, look_ahead};
pub use kept_accounts::{AccountStore, AccountsOfRun, KeptAccounts, UnreadableAccounts};
pub use kept_plan::{PlanFromState, plan_from_state};
pub use kept_run::{KeptRun, PlanChanged};
pub use left_behind::{
    EnvironmentCloud, KnownInventory, LeftBehindSearch, LeftBehindStack, NAMES_UNKNOWN,
    RenamedStack, clouds_of_run, environment_clouds, left_behind, standing_dependents,
    unreadable_run,
};
pub use origin::{command_line, files, with_caller};
pub use owner::owner;
pub use plan_file::{PlanDifference, PlanFile, PlanFileError};
pub use ready_run::{EndedRun, ReadyRun};
pub use renamed_keys::{RenamedKey, renamed_keys};
pub use saved_plan_use::{Unexecuted, unexecuted, used_by};
pub use watched_run::{RunStanding, WatchedRun};
