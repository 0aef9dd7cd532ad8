//! From a plan to the order that the schedule keeps: entries, and the waves that they stand in.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::position::{PlanIndex, Positions};
use super::schedule::{EntryIndex, Follows, ScheduleEntry, ScheduleWave};
use super::settings::Limits;
use crate::environment::{ConcurrencyMode, OnFailure, Share, WaveLimits};
use crate::event::Operation;
use crate::plan::Plan;

/// The order of a plan.
pub(super) struct Order {
    /// One for each stack instance, in the plan's order.
    pub entries: Vec<ScheduleEntry>,
    /// Which stack instance each entry is.
    pub positions: Positions,
    /// The waves in which anything happens, each after those that it follows.
    pub waves: Vec<ScheduleWave>,
    /// What each of the waves is in the plan.
    pub meaning: Vec<WaveOfPlan>,
}

/// A wave of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WaveOfPlan {
    /// The environment, as a position.
    pub environment: usize,
    /// Which of its waves, from 0; absent for what is only read, before any wave.
    pub number: Option<usize>,
}

/// How much happens in a wave.
#[derive(Default)]
struct WaveSize {
    instances: usize,
    accounts: BTreeSet<usize>,
}

impl Order {
    /// Returns the order of a plan: as planned to build up, reversed to take down; to look ahead,
    /// everything as soon as what it needs is known.
    pub fn of(plan: &Plan, operation: Operation, limits: &Limits) -> Self {
        let positions = Positions::of(PlanIndex::all(plan).collect());
        let (entries, waves, meaning) = (Vec::new(), Vec::new(), Vec::new());
        let mut order = Self { entries, positions, waves, meaning };
        order.add_waves(plan, operation, limits);
        let position: BTreeMap<WaveOfPlan, usize> =
            order.meaning.iter().enumerate().map(|(at, wave)| (*wave, at)).collect();
        let entry = |index: PlanIndex| {
            let wave = position[&wave_of(plan, index)];
            ScheduleEntry { needs: Vec::new(), wave, account: plan.instances[index.0].account }
        };
        order.entries = PlanIndex::all(plan).map(entry).collect();
        for (index, instance) in plan.instances.iter().enumerate() {
            for &need in &instance.needs {
                match operation {
                    Operation::Apply | Operation::Plan => {
                        order.entries[index].needs.push(EntryIndex(need));
                    }
                    Operation::Destroy | Operation::Prune => {
                        order.entries[need].needs.push(EntryIndex(index));
                    }
                }
            }
        }
        order
    }

    fn add_waves(&mut self, plan: &Plan, operation: Operation, limits: &Limits) {
        let mut extents: BTreeMap<WaveOfPlan, WaveSize> = BTreeMap::new();
        for (index, instance) in PlanIndex::all(plan).zip(&plan.instances) {
            let extent = extents.entry(wave_of(plan, index)).or_default();
            extent.instances += 1;
            extent.accounts.insert(instance.account);
        }
        let mut before = Follows::Nothing;
        for (environment, planned) in plan.environments.iter().enumerate() {
            let read = WaveOfPlan { environment, number: None };
            if extents.contains_key(&read) {
                self.add(read, reading(&planned.wave_limits, limits, before));
            }
            let mut follows = before;
            for number in numbers(planned.waves, operation) {
                let wave = WaveOfPlan { environment, number: Some(number) };
                if operation == Operation::Plan {
                    if extents.contains_key(&wave) {
                        self.add(wave, looking());
                    }
                    continue;
                }
                if let Some(extent) = extents.get(&wave) {
                    let at =
                        self.add(wave, changing(&planned.wave_limits, limits, follows, extent));
                    follows = Follows::Wave(at);
                }
            }
            if let (true, Some(last)) = (limits.in_order, follows.wave()) {
                before = Follows::Success(last);
            }
        }
    }

    fn add(&mut self, meaning: WaveOfPlan, wave: ScheduleWave) -> usize {
        self.meaning.push(meaning);
        self.waves.push(wave);
        self.waves.len() - 1
    }
}

/// Returns the wave that a stack instance belongs to.
pub(super) fn wave_of(plan: &Plan, index: PlanIndex) -> WaveOfPlan {
    let instance = &plan.instances[index.0];
    let account = &plan.accounts[instance.account];
    let number = (!instance.is_only_read()).then_some(account.wave);
    WaveOfPlan { environment: account.environment, number }
}

/// Returns the waves of an environment in the order in which they are carried out.
fn numbers(count: usize, operation: Operation) -> Vec<usize> {
    match operation {
        Operation::Apply | Operation::Plan => (0..count).collect(),
        Operation::Destroy | Operation::Prune => (0..count).rev().collect(),
    }
}

fn changing(
    pace: &WaveLimits,
    limits: &Limits,
    follows: Follows,
    extent: &WaveSize,
) -> ScheduleWave {
    let share = pace.max_concurrent.filter(|_| limits.max_concurrent.is_none());
    ScheduleWave {
        follows,
        has_gate: false,
        // Rounded down, but never to nothing: so does `MaxConcurrentPercentage` of StackSets.
        max_concurrent: share.map(|share| at_least_one(share.of(extent.instances))),
        failure_tolerance: pace.failure_tolerance.of(extent.accounts.len()),
        concurrency_mode: pace.concurrency_mode,
        on_failure: limits.on_failure.unwrap_or(pace.on_failure),
    }
}

/// Returns what bounds reading outputs of stacks that are not selected: it changes nothing, so that
/// it belongs to no wave and stops none.
fn reading(pace: &WaveLimits, limits: &Limits, follows: Follows) -> ScheduleWave {
    let max_concurrent = match pace.max_concurrent {
        Some(Share::Count(count)) if limits.max_concurrent.is_none() => Some(at_least_one(count)),
        Some(Share::Count(_) | Share::Percent(_)) | None => None,
    };
    ScheduleWave {
        follows,
        has_gate: false,
        max_concurrent,
        failure_tolerance: 0,
        concurrency_mode: ConcurrencyMode::Soft,
        on_failure: OnFailure::Continue,
    }
}

/// Returns what bounds looking ahead: it changes nothing, so that no wave waits for another and no
/// failure stops anything but what needs it.
fn looking() -> ScheduleWave {
    ScheduleWave {
        follows: Follows::Nothing,
        has_gate: false,
        max_concurrent: None,
        failure_tolerance: 0,
        concurrency_mode: ConcurrencyMode::Soft,
        on_failure: OnFailure::Continue,
    }
}

fn at_least_one(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)
}
