//! Events into what a person or a program reads.
//!
//! [`drive()`] folds the events of a run into a [`RunState`], writes them down and shows them as they
//! come. A [`Report`] is made of the state at the end: its JSON, its [`summary`](summary::text) and
//! its exit code. The views of read-only commands ([`StatusView`], [`OutputsView`]) stand beside it.
//! A display shows only what was said in an event: nothing here knows the engine, the cloud or the
//! plan.

mod clusters;
mod counts;
mod critical;
pub mod dashboard;
mod drive;
mod exit;
mod failures;
mod forecast;
mod github;
#[cfg(test)]
mod glass;
mod going_on;
mod heartbeat;
mod html;
mod junit;
mod lines;
mod live;
mod outputs;
mod paint;
mod palette;
mod places;
mod planned;
mod query;
#[cfg(test)]
pub(crate) mod recorded;
mod reporter;
mod run;
mod running;
mod runs;
mod screen;
mod sentences;
mod standing;
mod state;
mod status;
pub mod summary;
mod table;
mod telling;
mod words;

pub use clusters::{Cluster, Clusters, Member, by_cause};
pub use counts::Counts;
pub use critical::critical_path;
pub use drive::{drive, drive_from};
pub use forecast::Forecast;
pub use going_on::resume_command;
pub use html::html;
pub use junit::junit;
pub use lines::{Lines, LogStyle};
pub use outputs::{InstanceOutputs, OutputsError, OutputsView, Shape};
pub use palette::Palette;
pub use places::Place;
pub use query::QueryError;
pub use reporter::{Reporter, Reporters};
pub use run::{InstanceReport, RefusedAccount, Report};
pub use running::Running;
pub use runs::{RunRow, RunsView};
pub use screen::Screen;
pub use standing::{
    AccountState, Cancel, Finished, InstanceState, RunFinish, RunStart, Standing, elapsed,
};
pub use state::RunState;
pub use status::{FoundStatus, StatusRow, StatusView};
pub use words::{counted, wrapped};
