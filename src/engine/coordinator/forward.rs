//! The way forward: what the plan wants is done, in its order.

mod gated;
mod why_skipped;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::instance_end;
use super::super::instance_job::InstanceJob;
use super::super::known_lookups::Found;
use super::super::known_outputs::{KnownOutputs, ReadOutputs};
use super::super::order::{Order, WaveOfPlan};
use super::super::position::{PlanIndex, Positions};
use super::super::preview_request::PredictedOutputs;
use super::super::rollback_order::{RollbackScope, waves_that_go_back};
use super::super::schedule::{EntryIndex, Schedule, ScheduleDecision, SkipCause};
use super::super::secrets::SecretValues;
use super::super::settings::Stop;
use super::changed_needs::follows_change;
use super::gates;
use super::instruction::{InstanceTask, Instruction, TaskKind, say};
use super::ledger::Ledger;
use super::needed_lookups::{lookups, with_first_cause};
use crate::event::{EventKind, Failure, FailureKind, InstanceEnd, Operation, Outcome};

/// Does what the plan wants.
pub(super) struct Forward {
    /// What may start.
    pub schedule: Schedule,
    positions: Positions,
    /// What each of the schedule's waves is in the plan.
    waves: Vec<WaveOfPlan>,
    /// The outputs of what stands as wanted.
    known: KnownOutputs,
    /// The same for a run that only looks ahead.
    foreseen: PredictedOutputs,
    /// Why stack instances outside the selection could not be read.
    unread: BTreeMap<PlanIndex, Failure>,
    /// The waves of which it is found out what they would lose.
    looking_ahead: BTreeSet<usize>,
}

impl Forward {
    /// Returns the way forward of a run that is about to begin.
    pub fn of(ledger: &Ledger) -> Self {
        let Ledger { plan, operation, limits, .. } = ledger;
        let mut order = Order::of(plan, *operation, limits);
        for (wave, meaning) in order.waves.iter_mut().zip(&order.meaning) {
            wave.has_gate = gates::has_gate(*meaning, ledger);
        }
        Self {
            schedule: Schedule::new(&order.entries, &order.waves, limits.max_concurrent),
            positions: order.positions,
            waves: order.meaning,
            known: KnownOutputs::default(),
            foreseen: PredictedOutputs::default(),
            unread: BTreeMap::new(),
            looking_ahead: BTreeSet::new(),
        }
    }

    /// Begins, where the run was before it was resumed.
    pub fn begin(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        for index in PlanIndex::all(&ledger.plan) {
            if let Some(end) = ended_before(index, ledger) {
                let is_good = end.outcome.is_good();
                if is_good {
                    self.keep_end(index, end, ledger);
                }
                self.schedule.recall_ended(entry(&self.positions, index), is_good);
            }
        }
        for index in PlanIndex::all(&ledger.plan) {
            if ledger.past.sent(&ledger.instance(index).id).is_some() {
                self.schedule.recall_under_way(entry(&self.positions, index));
            }
        }
        let decisions = self.schedule.begin();
        self.follow(decisions, ledger)
    }

    /// Takes in how a stack instance ended.
    pub fn ended(
        &mut self,
        index: PlanIndex,
        end: InstanceEnd,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        let is_good = end.outcome.is_good();
        if is_good {
            self.keep_end(index, &end, ledger);
        }
        let mut instructions = vec![ledger.end(index, end)];
        instructions.extend(self.finished(index, is_good, ledger));
        instructions
    }

    /// Takes in what was read.
    pub fn read(
        &mut self,
        index: PlanIndex,
        read: Result<ReadOutputs, Failure>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        let is_good = read.is_ok();
        match read {
            Ok(ReadOutputs { values, uncertain }) => {
                self.keep(index, Outcome::Unchanged, values, ledger);
                self.known.keep_uncertain(index, uncertain.clone());
                self.foreseen.keep_uncertain(index, uncertain);
            }
            Err(failure) => drop(self.unread.insert(index, failure)),
        }
        self.finished(index, is_good, ledger)
    }

    /// Ends what still runs, without waiting for it.
    pub fn leave(&self, ledger: &mut Ledger) -> Vec<Instruction> {
        let running = self.schedule.running().into_iter();
        let running = running.map(|entry| self.positions.in_plan(entry));
        let mut instructions = Vec::new();
        for index in running {
            if !ledger.is_only_read(index) {
                let end = ledger.left(index);
                instructions.push(ledger.end(index, end));
            }
        }
        instructions
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        self.schedule.is_over() && self.looking_ahead.is_empty()
    }

    /// Returns how much of the run is to go back because of what failed.
    pub fn extent_to_go_back(&self, ledger: &Ledger) -> Option<RollbackScope> {
        let stopped = self.schedule.stopped().into_iter().map(|wave| {
            let wave = self.waves[wave];
            let planned = ledger.plan.environments[wave.environment].wave_limits.on_failure;
            (wave, ledger.limits.on_failure.unwrap_or(planned))
        });
        waves_that_go_back(stopped)
    }

    fn keep_end(&mut self, index: PlanIndex, end: &InstanceEnd, ledger: &Ledger) {
        self.keep(index, end.outcome, end.outputs.clone(), ledger);
        if let Some(values) = ledger.unset_values(index, end) {
            self.known.keep_unset(index, values.clone());
            self.foreseen.keep_unset(index, values);
        }
    }

    fn keep(
        &mut self,
        index: PlanIndex,
        outcome: Outcome,
        outputs: BTreeMap<String, String>,
        ledger: &Ledger,
    ) {
        match ledger.operation {
            Operation::Plan => self.foreseen.keep(index, outcome, outputs),
            Operation::Apply | Operation::Destroy | Operation::Prune => {
                self.known.keep(index, outputs);
            }
        }
    }

    fn finished(
        &mut self,
        index: PlanIndex,
        is_good: bool,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        let decisions = self.schedule.finished(entry(&self.positions, index), is_good);
        self.follow(decisions, ledger)
    }

    /// Does what the schedule decided.
    pub fn follow(
        &mut self,
        decisions: Vec<ScheduleDecision>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        let mut open = VecDeque::from(decisions);
        while let Some(decision) = open.pop_front() {
            match decision {
                ScheduleDecision::AtGate { wave } => {
                    let at_gate = gates::at_gate(self.waves[wave], ledger);
                    open.extend(self.pass(wave, at_gate, ledger, &mut instructions));
                }
                ScheduleDecision::Start(entry) => {
                    self.start(self.positions.in_plan(entry), ledger, &mut instructions);
                }
                ScheduleDecision::Skip { index: entry, because } => {
                    instructions.extend(self.skip(self.positions.in_plan(entry), because, ledger));
                }
            }
        }
        instructions
    }

    fn start(&self, index: PlanIndex, ledger: &Ledger, instructions: &mut Vec<Instruction>) {
        let id = &ledger.instance(index).id;
        let kind = if ledger.is_only_read(index) {
            TaskKind::Read
        } else {
            instructions.push(say(EventKind::InstanceStarted { instance: id.clone() }));
            match lookups(index, ledger) {
                lookups if lookups.is_empty() => TaskKind::Forward(self.job(index, ledger)),
                lookups => TaskKind::LookUp(lookups),
            }
        };
        instructions.push(started(index, kind, ledger));
    }

    /// Goes on with a stack instance for which values were read; one that may not be started any more ends.
    pub fn looked_up(
        &mut self,
        index: PlanIndex,
        found: Result<Found, Failure>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        // Who reads may know of a stop before this does.
        let is_cancelled =
            found.as_ref().is_err_and(|failure| failure.kind == FailureKind::Cancelled);
        if is_cancelled || ledger.stop != Stop::No || ledger.lost.is_some() {
            let end = ended_unstarted(index, ledger.why_cancelled(), ledger);
            return self.ended(index, end, ledger);
        }
        if let (Err(failure), Some(left)) = (&found, ledger.left_before(index)) {
            // What was sent before may still be under way.
            let left = with_first_cause(left, failure);
            return self.ended(index, left, ledger);
        }
        let job = found.and_then(|found| {
            match ledger.operation {
                Operation::Plan => self.foreseen.keep_lookups(found),
                Operation::Apply | Operation::Destroy | Operation::Prune => {
                    self.known.keep_lookups(found);
                }
            }
            self.job(index, ledger)
        });
        vec![started(index, TaskKind::Forward(job), ledger)]
    }

    fn job(&self, index: PlanIndex, ledger: &Ledger) -> Result<InstanceJob, Failure> {
        match ledger.operation {
            Operation::Destroy | Operation::Prune => Ok(InstanceJob::Destroy),
            Operation::Apply => self.known.request(&ledger.plan, index).map(InstanceJob::Apply),
            Operation::Plan => self.foreseen.request(&ledger.plan, index).map(InstanceJob::Preview),
        }
    }

    /// Ends one that is not started, unless it ended before or is none of the run's.
    fn skip(
        &self,
        index: PlanIndex,
        because: SkipCause,
        ledger: &mut Ledger,
    ) -> Option<Instruction> {
        if ledger.is_only_read(index) {
            return None;
        }
        let end = ended_unstarted(index, self.why_skipped(because, ledger), ledger);
        Some(ledger.end(index, end))
    }
}

/// Returns the end of a stack instance that is not started, and why.
fn ended_unstarted(index: PlanIndex, why: Failure, ledger: &Ledger) -> InstanceEnd {
    let id = &ledger.instance(index).id;
    ledger.left_before(index).unwrap_or_else(|| instance_end::skipped(id, why))
}

/// Returns that a task is started on a stack instance.
fn started(index: PlanIndex, kind: TaskKind, ledger: &Ledger) -> Instruction {
    let id = &ledger.instance(index).id;
    let (sent, spent) = (ledger.past.sent(id).cloned(), ledger.past.spent(id));
    let follows_change = follows_change(index, ledger);
    Instruction::Start(Box::new(InstanceTask { index, sent, spent, follows_change, kind }))
}

fn entry(positions: &Positions, index: PlanIndex) -> EntryIndex {
    positions.in_schedule(index).expect("the way forward leads over the whole plan")
}

/// Returns how a stack instance ended before the run was resumed, if nothing is left to do on it.
fn ended_before(index: PlanIndex, ledger: &Ledger) -> Option<&InstanceEnd> {
    let end = ledger.past.end(&ledger.instance(index).id)?;
    // What a journal may not hold is read again.
    let is_masked = end.outputs.values().any(|value| SecretValues::is_masked(value));
    (!end.outcome.is_good() || !is_masked).then_some(end)
}
