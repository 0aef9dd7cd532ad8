//! Why a stack instance on the way forward is not started.

use super::super::super::schedule::SkipCause;
use super::super::super::skipped;
use super::super::gates;
use super::super::ledger::Ledger;
use super::Forward;
use crate::event::Failure;

impl Forward {
    /// Returns why a stack instance is not started, in words.
    pub(super) fn why_skipped(&self, because: SkipCause, ledger: &Ledger) -> Failure {
        let plan = &ledger.plan;
        match because {
            SkipCause::Cancelled => ledger.why_cancelled(),
            SkipCause::NeedFailed { need } => {
                let need = self.positions.in_plan(need);
                let unread = self.unread.get(&need).cloned();
                unread.unwrap_or_else(|| skipped::need_failed(plan, ledger.operation, need))
            }
            SkipCause::WaveStopped { wave, failed } => {
                skipped::wave_stopped(plan, self.waves[wave], self.positions.in_plan(failed))
            }
            SkipCause::NotApproved { wave } => {
                skipped::not_approved(&gates::named(self.waves[wave], ledger))
            }
            SkipCause::NotSucceeded { wave } => skipped::environment_failed(plan, self.waves[wave]),
        }
    }
}
