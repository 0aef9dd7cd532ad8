//! Which stack instances of a run are rolled back, and in which order: dependents first.

use std::num::NonZeroUsize;

use super::order::WaveOfPlan;
use super::position::{PlanIndex, Positions};
use super::schedule::{Follows, Schedule, ScheduleEntry, ScheduleWave};
use crate::environment::{ConcurrencyMode, OnFailure};
use crate::plan::Plan;

/// Which waves are put back once some of them stopped.
pub(super) fn waves_that_go_back(
    stopped: impl IntoIterator<Item = (WaveOfPlan, OnFailure)>,
) -> Option<RollbackScope> {
    let mut waves = Vec::new();
    for (wave, on_failure) in stopped {
        match on_failure {
            OnFailure::Stop | OnFailure::Continue => {}
            OnFailure::RollbackWave => waves.push(wave),
            OnFailure::RollbackRun => return Some(RollbackScope::Run),
        }
    }
    (!waves.is_empty()).then_some(RollbackScope::Waves(waves))
}

/// How much of a run goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RollbackScope {
    /// Everything that it changed.
    Run,
    /// What it changed in these waves.
    Waves(Vec<WaveOfPlan>),
}

impl RollbackScope {
    /// Whether a wave is part of it.
    pub fn holds(&self, wave: WaveOfPlan) -> bool {
        match self {
            Self::Run => true,
            Self::Waves(waves) => waves.contains(&wave),
        }
    }
}

/// Returns the order in which these stack instances go back: dependents first.
pub(super) fn backwards(plan: &Plan, going: &Positions, most: Option<NonZeroUsize>) -> Schedule {
    let account = |index: PlanIndex| plan.instances[index.0].account;
    let entry = |&index| ScheduleEntry { needs: Vec::new(), wave: 0, account: account(index) };
    let mut entries: Vec<ScheduleEntry> = going.planned().iter().map(entry).collect();
    for &index in going.planned() {
        let needs = plan.instances[index.0].needs.iter().copied().map(PlanIndex);
        for need in needs.filter_map(|need| going.in_schedule(need)) {
            entries[need.0].needs.extend(going.in_schedule(index));
        }
    }
    let wave = ScheduleWave {
        follows: Follows::Nothing,
        has_gate: false,
        max_concurrent: most,
        failure_tolerance: 0,
        concurrency_mode: ConcurrencyMode::Soft,
        on_failure: OnFailure::Continue,
    };
    Schedule::new(&entries, &[wave], most)
}
