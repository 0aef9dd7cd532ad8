//! Events into what a person or a program reads.
//!
//! [`drive()`] folds the events of a run into a [`RunState`], shows them as they come, and returns
//! the [`Report`] at the end: its JSON, its [`summary`](summary::text) and its exit code. The views
//! of read-only commands ([`StatusView`], [`OutputsView`]) stand beside it. A display shows only
//! what was said in an event: nothing here knows the engine, the cloud or the plan.

mod clusters;
mod counts;
pub mod dashboard;
mod drive;
mod exit;
mod forecast;
#[cfg(test)]
mod glass;
mod lines;
mod live;
mod outputs;
mod paint;
mod palette;
mod places;
mod query;
#[cfg(test)]
mod recorded;
mod reporter;
mod run;
mod running;
mod screen;
mod state;
mod status;
pub mod summary;
mod table;
mod words;

pub use clusters::{Cluster, Clusters, Member};
pub use counts::Counts;
pub use drive::drive;
pub use forecast::Forecast;
pub use lines::Lines;
pub use outputs::{InstanceOutputs, OutputsError, OutputsView, Shape};
pub use palette::Palette;
pub use places::Place;
pub use query::QueryError;
pub use reporter::{Reporter, Reporters};
pub use run::{InstanceReport, RefusedAccount, Report};
pub use running::Running;
pub use screen::Screen;
pub use state::{
    AccountState, Cancel, Finished, InstanceState, RunFinish, RunStart, RunState, Standing, elapsed,
};
pub use status::{FoundStatus, StatusRow, StatusView};
