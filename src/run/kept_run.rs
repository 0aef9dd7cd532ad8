//! A run to resume, that is unfinished or was cancelled, as its journal tells it.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use super::begin::{BeginError, mirror};
use super::earlier_runs::{deployed_stacks, prior_stacks};
use super::environment_locks::EnvironmentLocks;
use super::kept_plan::{saved_plan_of_run, unchanged_files};
use super::owner::owner;
use super::ready_run::{KeptIn, ReadyRun};
use crate::cloud::Cloud;
use crate::engine::{ChangeSetUse, Limits, PastRun, PastStart, Run, SavedPlan};
use crate::environment::OnFailure;
use crate::event::{self, Keeping, RunRequest, SCHEMA};
use crate::journal::{self, Journal, ReadError, Reading, RunFolder};
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::RunState;
use crate::state::RunPlace;

/// A run as its journal tells it.
#[derive(Debug)]
pub struct KeptRun {
    /// What is known for whoever goes on with it.
    pub past: PastRun,
    /// Where it stands.
    pub state: RunState,
    /// How its journal was read.
    pub reading: Reading,
}

/// The plan is not the one that the run began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment file, a template or a local artifact changed since the run began")]
pub struct PlanChanged;

impl KeptRun {
    /// Reads a run from its journal.
    ///
    /// # Errors
    /// If it cannot be read, or is no journal.
    pub fn read(journal: &Path) -> Result<Self, ReadError> {
        let (mut past, mut state) = (PastRun::default(), RunState::default());
        let reading = journal::read(journal, |event| {
            past.on(&event);
            state.on(&event);
        })?;
        Ok(Self { past, state, reading })
    }

    /// Returns how the run began and what was asked for, if its journal says so.
    pub fn began(&self) -> Option<(&PastStart, &RunRequest)> {
        let start = self.past.start.as_ref()?;
        Some((start, start.asked.as_ref()?))
    }

    /// Whether the journal tells of what only a newer version knows.
    pub fn is_newer(&self) -> bool {
        self.reading.schema > SCHEMA || self.reading.unknown > 0
    }

    /// Whether the run has ended and leaves nothing to go on with.
    pub fn is_over(&self) -> bool {
        self.past.is_over()
    }

    /// Checks that a plan is the one that the run began with.
    ///
    /// # Errors
    /// If it is not: what was begun cannot be resumed then.
    pub fn check(&self, plan: &Plan) -> Result<(), PlanChanged> {
        match self.began() {
            Some((_, asked)) if plan.has_digest(&asked.plan) => Ok(()),
            _ => Err(PlanChanged),
        }
    }

    /// Makes the run ready to go on; what was asked for is what [`Self::began`] says.
    ///
    /// # Errors
    /// If it can no longer be kept, also because it still goes on.
    ///
    /// # Panics
    /// If the journal does not say what was asked for.
    pub async fn go_on(
        self,
        plan: Arc<Plan>,
        cloud: Cloud,
        place: RunPlace,
        locks: EnvironmentLocks,
    ) -> Result<ReadyRun, BeginError> {
        let clock = cloud.clock();
        let (start, asked) = self.began().expect("whoever goes on has looked how it began");
        let folder = place.folder();
        let journal = Journal::reopen(folder, &start.run)?;
        let prior_stacks = prior_stacks(folder, &start.run)?;
        let (keeping, keeper) = event::keeping();
        let keeping = Keeping { fence: locks.fence(), ..keeping };
        let deployed_stacks = Arc::new(deployed_stacks(folder, &plan));
        let mirror = mirror(&place, &start.run).await?;
        let limits = limits(start, asked);
        // What cannot be read tells nothing of what was sent.
        let unchanged_files = unchanged_files(folder, &start.run, &plan).unwrap_or_default();
        let run = Run::new(start.run.clone(), start.operation, limits, clock);
        let change_sets = change_sets(folder, &start.run, asked)?;
        let asked = Some(RunRequest { owner: owner(), ..asked.clone() });
        let past = Some(self.past);
        let run = Run { change_sets, ..run };
        let run =
            Run { asked, keeping, deployed_stacks, prior_stacks, past, unchanged_files, ..run };
        let kept = KeptIn { place, mirror };
        Ok(ReadyRun { plan, cloud, run, kept, journal, keeper, state: self.state, locks })
    }
}

/// Returns what becomes of change sets in a run that is resumed: those that were looked at before it began are executed. One that carries out a saved plan of which nothing is kept
/// has none to execute, and changes nothing more.
fn change_sets(folder: &RunFolder, run: &RunId, asked: &RunRequest) -> io::Result<ChangeSetUse> {
    let saved = saved_plan_of_run(folder, run)?;
    let Some(id) = &asked.saved_plan else {
        let looked = saved.map(|saved| ChangeSetUse::Looked(Arc::new(saved)));
        return Ok(looked.unwrap_or_default());
    };
    let nothing = || SavedPlan { id: id.clone(), stacks: BTreeMap::new() };
    Ok(ChangeSetUse::Executed(Arc::new(saved.unwrap_or_else(nothing))))
}

fn limits(start: &PastStart, asked: &RunRequest) -> Limits {
    Limits {
        max_concurrent: asked.max_concurrent.and_then(NonZeroUsize::new),
        on_failure: asked.on_failure.as_deref().and_then(OnFailure::of_word),
        in_order: start.in_order,
    }
}
