//! A run that is kept, from its plan to its end, whoever asked for it: a person or a pipeline.
//!
//! A [`Turn`] keeps other runs from its environments. [`begin()`] starts a run's journal, a
//! [`KeptRun`] is one that broke off or was stopped; both make a [`Ready`] run, which is carried out
//! with the engine, its journal and its reporters side by side. A run that only looks ahead is kept by
//! nobody: [`follow()`]. Nothing here prints or asks.

mod begin;
mod follow;
mod kept_run;
mod owner;
mod past;
mod ready;
mod turn;

pub use begin::{BeginError, begin};
pub use follow::follow;
pub use kept_run::{Changed, KeptRun};
pub use owner::owner;
pub use past::{check_templates, environments};
pub use ready::Ready;
pub use turn::{Patience, Turn, TurnError};
