//! The beginning of a run that is kept.

use std::io;
use std::sync::Arc;

use super::earlier_runs::{deployed_stacks, keep_templates, prior_stacks};
use super::environment_locks::EnvironmentLocks;
use super::kept_plan::keep_plan;
use super::ready_run::{KeptIn, ReadyRun};
use crate::cloud::Cloud;
use crate::engine::Run;
use crate::event::{self, Keeping};
use crate::journal::{self, CreateError, Journal};
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::RunState;
use crate::state::{RunMirror, RunPlace, StateError};

/// A run that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Its journal cannot be written.
    #[error(transparent)]
    Journal(#[from] CreateError),
    /// It cannot be written where others see it.
    #[error(transparent)]
    State(#[from] StateError),
    /// What is kept of templates and stacks of before cannot be used.
    #[error("what is needed to go back cannot be kept")]
    PriorStack(#[from] io::Error),
}

/// Makes a new run ready to go, with its journal in a place whose folder is there.
///
/// # Errors
/// If it cannot be kept; nothing was sent then.
pub async fn begin(
    plan: Arc<Plan>,
    cloud: Cloud,
    run: Run,
    place: RunPlace,
    locks: EnvironmentLocks,
) -> Result<ReadyRun, BeginError> {
    let folder = place.folder();
    keep_templates(folder, &plan)?;
    let journal = Journal::create(folder, &run.id)?;
    let saved = run.change_sets.looked().map(|saved| saved.as_ref());
    keep_plan(folder, &run.id, (&plan, saved))?;
    let prior_stacks = prior_stacks(folder, &run.id)?;
    let (keeping, keeper) = event::keeping();
    let keeping = Keeping { fence: locks.fence(), ..keeping };
    let deployed_stacks = Arc::new(deployed_stacks(folder, &plan));
    journal::keep_standing(folder, &run.id, deployed_stacks.standing())?;
    let mirror = mirror(&place, &run.id).await?;
    let run = Run { keeping, deployed_stacks, prior_stacks, ..run };
    let (state, kept) = (RunState::default(), KeptIn { place, mirror });
    Ok(ReadyRun { plan, cloud, run, kept, journal, keeper, state, locks })
}

/// Returns what writes a run to where others see it, if its state is shared.
///
/// # Errors
/// If what it was made of cannot be written there.
pub(super) async fn mirror(place: &RunPlace, run: &RunId) -> Result<Option<RunMirror>, StateError> {
    match place.shared() {
        Some(shared) => shared.mirror(run).await.map(Some),
        None => Ok(None),
    }
}
