//! The beginning of a run that is kept.

use std::io;
use std::sync::Arc;

use super::earlier_runs::{deployed_stacks, keep_templates, prior_stacks};
use super::environment_locks::EnvironmentLocks;
use super::kept_plan::keep_plan;
use super::ready_run::ReadyRun;
use crate::cloud::Cloud;
use crate::engine::Run;
use crate::event;
use crate::journal::{self, CreateError, Journal, RunFolder};
use crate::plan::Plan;
use crate::report::RunState;

/// A run that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Its journal cannot be written.
    #[error(transparent)]
    Journal(#[from] CreateError),
    /// What is kept of templates and stacks of before cannot be used.
    #[error("what is needed to go back cannot be kept")]
    PriorStack(#[from] io::Error),
}

/// Makes a new run ready to go, with its journal in a folder that is there.
///
/// # Errors
/// If it cannot be kept; nothing was sent then.
pub fn begin(
    plan: Arc<Plan>,
    cloud: Cloud,
    run: Run,
    folder: RunFolder,
    locks: EnvironmentLocks,
) -> Result<ReadyRun, BeginError> {
    keep_templates(&folder, &plan)?;
    let journal = Journal::create(&folder, &run.id)?;
    keep_plan(&folder, &run.id, &plan)?;
    let prior_stacks = prior_stacks(&folder, &run.id)?;
    let (keeping, keeper) = event::keeping();
    let deployed_stacks = Arc::new(deployed_stacks(&folder, &plan));
    journal::keep_standing(&folder, &run.id, deployed_stacks.standing())?;
    let run = Run { keeping, deployed_stacks, prior_stacks, ..run };
    Ok(ReadyRun { plan, cloud, run, folder, journal, keeper, state: RunState::default(), locks })
}
