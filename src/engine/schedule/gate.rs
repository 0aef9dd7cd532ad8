//! The gates of a schedule: waves that begin only once somebody lets them.

use super::{Schedule, ScheduleDecision, SkipCause};

impl Schedule {
    /// Lets a wave begin that waits for that, and returns what may start.
    pub fn open_gate(&mut self, wave: usize) -> Vec<ScheduleDecision> {
        let mut decisions = Vec::new();
        if self.wave_states[wave].is_at_gate() {
            self.open(wave);
            self.go_on(&mut decisions);
        }
        decisions
    }

    /// Takes in that nobody lets a wave begin that waits for that: nothing of it is started, nor of what follows it.
    pub fn close_gate(&mut self, wave: usize) -> Vec<ScheduleDecision> {
        let mut decisions = Vec::new();
        if self.wave_states[wave].is_at_gate() {
            self.close(wave, wave, &mut decisions);
            self.go_on(&mut decisions);
        }
        decisions
    }

    /// Begins a wave whose turn has come, or has it wait at its gate.
    pub(super) fn reach(&mut self, wave: usize, decisions: &mut Vec<ScheduleDecision>) {
        match self.wave_states[wave].asks() {
            true => {
                self.wave_states[wave].wait_at_gate();
                decisions.push(ScheduleDecision::AtGate { wave });
            }
            false => self.open(wave),
        }
    }

    /// Skips a wave and those that follow it, as `gate` was not let begin; then what needs anything of them.
    pub(super) fn close(
        &mut self,
        wave: usize,
        gate: usize,
        decisions: &mut Vec<ScheduleDecision>,
    ) {
        let because = SkipCause::NotApproved { wave: gate };
        let (mut closed, mut skipped) = (vec![wave], Vec::new());
        let mut at = 0;
        while let Some(&wave) = closed.get(at) {
            at += 1;
            self.wave_states[wave].closed_by = Some(gate);
            for member in self.wave_states[wave].members.clone() {
                if self.skip(member, because, decisions) {
                    skipped.push(member);
                }
            }
            closed.extend(&self.wave_states[wave].followers);
            self.open(wave);
        }
        for member in skipped {
            self.skip_dependents(member, decisions);
        }
    }
}
