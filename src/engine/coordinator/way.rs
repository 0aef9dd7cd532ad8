//! The way that a run is on: forward over its plan, or back.

use super::super::known_lookups::Found;
use super::super::known_outputs::ReadOutputs;
use super::super::position::PlanIndex;
use super::super::schedule::{Schedule, ScheduleDecision};
use super::super::wave_losses::WaveLosses;
use super::back::Back;
use super::forward::Forward;
use super::instruction::Instruction;
use super::ledger::Ledger;
use crate::event::{Failure, InstanceEnd};

/// The way that a run is on.
pub(super) enum Way {
    Forward(Box<Forward>),
    Back(Box<Back>),
    /// Back, and there is nothing to put back.
    Nowhere,
}

impl Way {
    /// Takes in how a stack instance ended.
    pub fn ended(
        &mut self,
        index: PlanIndex,
        end: InstanceEnd,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => forward.ended(index, end, ledger),
            Self::Back(back) => back.ended(index, end, ledger),
            Self::Nowhere => unreachable!("where nothing goes back, nothing ends"),
        }
    }

    /// Takes in what was looked up for a stack instance.
    pub fn looked_up(
        &mut self,
        index: PlanIndex,
        found: Result<Found, Failure>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => forward.looked_up(index, found, ledger),
            Self::Back(_) | Self::Nowhere => unreachable!("only the way forward looks up"),
        }
    }

    /// Takes in what a wave would lose.
    pub fn foreseen(
        &mut self,
        wave: usize,
        losses: WaveLosses,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => forward.foreseen(wave, losses, ledger),
            Self::Back(_) | Self::Nowhere => unreachable!("only the way forward has gates"),
        }
    }

    /// Takes in what was read.
    pub fn read(
        &mut self,
        index: PlanIndex,
        read: Result<ReadOutputs, Failure>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => forward.read(index, read, ledger),
            Self::Back(_) | Self::Nowhere => unreachable!("only the way forward reads"),
        }
    }

    /// Starts nothing more.
    pub fn cancel(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        self.decide(Schedule::cancel, ledger)
    }

    /// Starts nothing more for now.
    pub fn hold(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        self.decide(Schedule::hold, ledger)
    }

    /// Starts what may start by now.
    pub fn release(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        self.decide(Schedule::release, ledger)
    }

    /// Has the schedule of this way decide something, and follows it.
    fn decide(
        &mut self,
        decide: impl FnOnce(&mut Schedule) -> Vec<ScheduleDecision>,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => {
                let decisions = decide(&mut forward.schedule);
                forward.follow(decisions, ledger)
            }
            Self::Back(back) => {
                let decisions = decide(&mut back.schedule);
                back.follow(decisions, ledger)
            }
            Self::Nowhere => Vec::new(),
        }
    }

    /// Ends what still runs, without waiting for it.
    pub fn leave(&mut self, ledger: &mut Ledger) -> Vec<Instruction> {
        match self {
            Self::Forward(forward) => forward.leave(ledger),
            Self::Back(back) => back.leave(ledger),
            Self::Nowhere => Vec::new(),
        }
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Forward(forward) => forward.is_over(),
            Self::Back(back) => back.is_over(),
            Self::Nowhere => true,
        }
    }
}
