//! What became of a saved plan: the run that carried it out, and which of its change sets that did not execute.

use std::collections::BTreeSet;

use super::kept_run::KeptRun;
use crate::event::EventKind;
use crate::journal::{self, RunFolder};
use crate::name::{InstanceId, RunId};

/// How many runs are looked at, the newest first: a plan is made, reviewed and carried out.
const MOST_LOOKED_AT: usize = 200;

/// Returns the run that carried out a saved plan, or still does; nothing if none did, as far as the runs that are kept tell.
pub fn used_by(folder: &RunFolder, saved_plan: &RunId) -> Option<RunId> {
    let runs = folder.runs().unwrap_or_default();
    runs.into_iter().take(MOST_LOOKED_AT).find(|run| {
        let first = journal::first_event(&folder.journal(run));
        match first.map(|event| event.kind) {
            Some(EventKind::RunStarted { run_request: Some(asked), .. }) => {
                asked.saved_plan.as_ref() == Some(saved_plan)
            }
            _ => false,
        }
    })
}

/// What a run that carries out a saved plan has not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexecuted {
    /// The stack instances to which it sent nothing.
    pub instances: BTreeSet<InstanceId>,
    /// Whether it goes on just now.
    pub is_running: bool,
    /// Whether it leaves nothing to resume.
    pub is_over: bool,
}

/// Returns what a run has not executed; nothing where its journal cannot be read.
pub fn unexecuted(folder: &RunFolder, run: &RunId) -> Option<Unexecuted> {
    let KeptRun { past, state, reading } = KeptRun::read(&folder.journal(run)).ok()?;
    let sent: BTreeSet<&InstanceId> = past.touched().map(|(instance, _)| instance).collect();
    let all = state.instances.iter().map(|instance| &instance.announced.id);
    let instances = all.filter(|id| !sent.contains(id)).cloned().collect();
    Some(Unexecuted { instances, is_running: reading.is_running, is_over: past.is_over() })
}
