//! The look ahead that a run takes before it changes anything, where its files keep something: change sets are made for the
//! stacks that hold it, and what they tell is held against the guard.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::cloud::Cloud;
use crate::engine::{self, ChangeSetUse, FoundLosses, Run, SavedPlan, Stop};
use crate::event::{
    self, Allowance, EventKind, InstanceEnd, Operation, RunEvent, RunRefusal, RunResult,
};
use crate::plan::Plan;

/// What was seen of a plan before its run changes anything.
#[derive(Debug)]
pub struct GuardLook {
    /// How each stack stood, and the change sets that were made.
    pub saved: SavedPlan,
    /// Why the run is refused, if it is.
    pub refusal: Option<RunRefusal>,
    /// Whether it was asked to stop meanwhile.
    pub is_cancelled: bool,
    /// What allowed something.
    pub used: BTreeSet<Allowance>,
}

/// Returns what a run looks ahead with, in the place of what it does.
fn ahead(run: &Run) -> Run {
    let new = Run::new(run.id.clone(), Operation::Plan, run.limits.clone(), run.clock);
    Run {
        asked: run.asked.clone(),
        deployed_stacks: run.deployed_stacks.clone(),
        sessions: run.sessions.clone(),
        change_sets: ChangeSetUse::KeptWhereGuarded,
        ..new
    }
}

/// Looks what a run would lose of what its files keep; `on_end` hears of each stack instance. Nothing is changed; the change
/// sets stay until whoever asked executes or deletes them.
pub async fn look_ahead(
    plan: &Arc<Plan>,
    cloud: &Cloud,
    run: &Run,
    stop: watch::Receiver<Stop>,
    on_end: impl Fn(),
) -> GuardLook {
    let (events, incoming) = event::channel();
    // Boxed, so that whoever waits for it stays small.
    let running = Box::pin(engine::run(plan.clone(), cloud, ahead(run), stop, events));
    let ((), told) = tokio::join!(running, told(incoming, on_end));
    let allow = run.asked.as_ref().map(|asked| asked.allow.as_slice()).unwrap_or_default();
    let found = FoundLosses::ahead(plan, allow, &told.ends);
    GuardLook {
        saved: SavedPlan::of(run.id.clone(), &told.ends),
        refusal: told.refusal,
        is_cancelled: told.result == Some(RunResult::Cancelled),
        used: found.used,
    }
}

/// What a look ahead told.
#[derive(Default)]
struct Told {
    ends: Vec<InstanceEnd>,
    result: Option<RunResult>,
    refusal: Option<RunRefusal>,
}

async fn told(mut incoming: mpsc::Receiver<RunEvent>, on_end: impl Fn()) -> Told {
    let mut told = Told::default();
    while let Some(event) = incoming.recv().await {
        match event.kind {
            EventKind::InstanceFinished { end } => {
                on_end();
                told.ends.push(end);
            }
            EventKind::RunFinished { result, refusal, .. } => {
                told.result = Some(result);
                told.refusal = refusal.map(|refusal| *refusal);
            }
            _ => {}
        }
    }
    told
}
