//! The rollback of a run: what it changed is brought back, in reverse order.

use super::super::position::{PlanIndex, Positions};
use super::super::rollback_failure;
use super::super::rollback_order::backwards;
use super::super::schedule::{EntryIndex, Schedule, ScheduleDecision, SkipCause};
use super::instruction::{InstanceTask, Instruction, TaskKind, say};
use super::ledger::Ledger;
use crate::event::{EventKind, InstanceEnd, Outcome};

/// Puts back what the run changed.
pub(super) struct Back {
    /// What may start.
    pub schedule: Schedule,
    positions: Positions,
    /// Whether something is not put back.
    pub has_failed: bool,
}

impl Back {
    /// Returns the way back of these stack instances.
    pub fn of(going: Vec<PlanIndex>, ledger: &Ledger) -> Self {
        let positions = Positions::of(going);
        let schedule = backwards(&ledger.plan, &positions, ledger.limits.max_concurrent);
        Self { schedule, positions, has_failed: false }
    }

    /// Begins, where the run was before it was resumed.
    pub fn begin(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        let going = || self.positions.planned().iter().enumerate();
        for (at, &index) in going() {
            if let Some(is_back) = ledger.went_back(index) {
                self.has_failed |= !is_back;
                self.schedule.recall_ended(EntryIndex(at), is_back);
            }
        }
        for (at, &index) in going() {
            if ledger.past.sent_back(&ledger.instance(index).id).is_some() {
                self.schedule.recall_under_way(EntryIndex(at));
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
        let is_back = end.outcome == Outcome::RolledBack;
        let entry = self.positions.in_schedule(index).expect("only what goes back ends there");
        let mut instructions = vec![end_of(index, end, ledger)];
        self.has_failed |= !is_back;
        let decisions = self.schedule.finished(entry, is_back);
        instructions.extend(self.follow(decisions, ledger));
        instructions
    }

    /// Ends what still runs, without waiting for it.
    pub fn leave(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        for entry in self.schedule.running() {
            self.has_failed = true;
            let index = self.positions.in_plan(entry);
            let end = ledger.left(index);
            instructions.push(end_of(index, end, ledger));
        }
        instructions
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        self.schedule.is_over()
    }

    /// Does what the schedule decided.
    pub fn follow(
        &mut self,
        decisions: Vec<ScheduleDecision>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        for decision in decisions {
            match decision {
                ScheduleDecision::Start(entry) => {
                    start(self.positions.in_plan(entry), ledger, &mut instructions);
                }
                ScheduleDecision::AtGate { .. } => unreachable!("no gate is on the way back"),
                ScheduleDecision::Skip { index: entry, because } => {
                    self.has_failed = true;
                    instructions.push(self.stay(self.positions.in_plan(entry), because, ledger));
                }
            }
        }
        instructions
    }

    /// Leaves a stack instance as the run left it, because something else does not go back.
    fn stay(&self, index: PlanIndex, because: SkipCause, ledger: &mut Ledger) -> Instruction {
        let failure = match because {
            SkipCause::NeedFailed { need } => {
                rollback_failure::is_needed(&ledger.instance(self.positions.in_plan(need)).id)
            }
            SkipCause::Cancelled
            | SkipCause::WaveStopped { .. }
            | SkipCause::NotApproved { .. }
            | SkipCause::NotSucceeded { .. } => ledger.why_cancelled(),
        };
        let end = rollback_failure::stays(change(index, ledger), failure);
        end_of(index, end, ledger)
    }
}

fn start(index: PlanIndex, ledger: &Ledger, instructions: &mut Vec<Instruction>) {
    let id = &ledger.instance(index).id;
    instructions.push(say(EventKind::InstanceStarted { instance: id.clone() }));
    let (sent, spent) = (ledger.past.sent_back(id).cloned(), ledger.spent_back(index));
    let failed_before = ledger.past.failed_back(id).and_then(|end| end.changed);
    let kind = TaskKind::Back { change: change(index, ledger).clone(), failed_before };
    let task = InstanceTask { index, sent, spent, follows_change: false, kind };
    instructions.push(Instruction::Start(Box::new(task)));
}

/// Takes in how a stack instance ended on the way back, and says it: of a run that goes back by itself with the first
/// cause.
fn end_of(index: PlanIndex, end: InstanceEnd, ledger: &mut Ledger) -> Instruction {
    let end = match ledger.is_wanted_back {
        true => end,
        false => rollback_failure::telling_the_cause(end, change(index, ledger)),
    };
    ledger.end(index, end)
}

fn change(index: PlanIndex, ledger: &Ledger) -> &InstanceEnd {
    ledger.change(index).expect("only what the run changed goes back")
}
