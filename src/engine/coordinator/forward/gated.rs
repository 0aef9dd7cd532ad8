//! Waves on the way forward that begin only once they are approved.

use super::super::super::schedule::ScheduleDecision;
use super::super::super::settings::Stop;
use super::super::super::wave_losses::WaveLosses;
use super::super::gates::{self, AtGate};
use super::super::instruction::{Instruction, say};
use super::super::ledger::Ledger;
use super::Forward;
use crate::event::{EventKind, GateOpening};

impl Forward {
    /// Takes in what a wave would lose, and lets it begin or asks.
    pub fn foreseen(
        &mut self,
        wave: usize,
        losses: WaveLosses,
        ledger: &mut Ledger,
    ) -> Vec<Instruction> {
        self.looking_ahead.remove(&wave);
        if ledger.stop != Stop::No || ledger.lost.is_some() {
            return Vec::new();
        }
        let mut instructions = Vec::new();
        let decided = gates::decided(self.waves[wave], losses, ledger);
        let decisions = self.pass(wave, decided, ledger, &mut instructions);
        instructions.extend(self.follow(decisions, ledger));
        instructions
    }

    /// Lets a wave begin, leaves it, or has it found out what it would lose.
    pub(super) fn pass(
        &mut self,
        wave: usize,
        at_gate: AtGate,
        ledger: &mut Ledger,
        instructions: &mut Vec<Instruction>,
    ) -> Vec<ScheduleDecision> {
        match at_gate {
            AtGate::Open(gate) => {
                let because = GateOpening::NothingLost;
                instructions.push(say(EventKind::GateOpened {
                    gate,
                    because,
                    owner: None,
                    caller: None,
                }));
                self.schedule.open_gate(wave)
            }
            AtGate::Ask(reached) => {
                let kind = EventKind::GateReached { reached };
                ledger.note(&kind);
                instructions.push(say(kind));
                self.schedule.close_gate(wave)
            }
            AtGate::LookAhead(instances) => {
                self.looking_ahead.insert(wave);
                instructions.push(Instruction::LookAhead { wave, instances });
                Vec::new()
            }
        }
    }
}
