//! A look ahead over a wave alone, in the midst of a run: change sets of its stack instances are made, read and deleted.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::instance_end;
use super::instance_work::InstanceWork;
use super::past_run::PastRun;
use super::position::PlanIndex;
use super::settings::{Limits, Run};
use crate::clock::Clock;
use crate::event::{EventKind, Operation, Outcome, RunEvent};
use crate::name::RunId;
use crate::plan::{Plan, Purpose};

/// A run that looks ahead over a wave.
pub(super) struct WaveForesight {
    /// The plan of the run in whose midst it is, of which nothing but the wave is looked at.
    pub plan: Arc<Plan>,
    /// What it is told besides.
    pub run: Run,
}

impl WaveForesight {
    /// Returns the look ahead over these stack instances.
    pub fn of(work: &InstanceWork, wave: &[PlanIndex], clock: Clock) -> Self {
        let wave: BTreeSet<usize> = wave.iter().map(|index| index.0).collect();
        let id = RunId::new(clock.now(), fastrand::u32(..));
        let run = Run {
            past: Some(others(&work.plan, &wave)),
            sessions: Some(work.sessions.clone()),
            deployed_stacks: work.deployed_stacks.clone(),
            ..Run::new(id, Operation::Plan, Limits::default(), clock)
        };
        Self { plan: Arc::new(narrowed(&work.plan, &wave)), run }
    }
}

/// Returns a plan in which all but these stack instances are only read.
fn narrowed(plan: &Plan, wave: &BTreeSet<usize>) -> Plan {
    let mut narrowed = plan.clone();
    for (at, instance) in narrowed.instances.iter_mut().enumerate() {
        if !wave.contains(&at) {
            instance.purpose = Purpose::Read(instance.template().clone());
            instance.needs.clear();
        }
    }
    narrowed
}

/// Returns a past in which all has ended that neither belongs to the wave nor is needed by it: nobody looks at it.
fn others(plan: &Plan, wave: &BTreeSet<usize>) -> PastRun {
    let needed = |at: usize| wave.iter().any(|&of| plan.instances[of].needs.contains(&at));
    let mut past = PastRun::default();
    for (at, instance) in plan.instances.iter().enumerate() {
        if !wave.contains(&at) && !needed(at) {
            let end = instance_end::bare(&instance.id, Outcome::Unchanged);
            let kind = EventKind::InstanceFinished { end };
            past.on(&RunEvent { sequence: 0, at: Timestamp::UNIX_EPOCH, kind });
        }
    }
    past
}
