//! From a plan to the order that the schedule keeps.

use super::schedule::{Concurrency, Entry};
use super::settings::Limits;
use crate::event::Operation;
use crate::plan::Plan;

/// Returns the order of a plan: as planned to build up, reversed to take down.
pub(super) fn entries(plan: &Plan, operation: Operation) -> Vec<Entry> {
    let group = |index: usize| plan.accounts[plan.instances[index].account].environment;
    let mut entries: Vec<Entry> = (0..plan.instances.len())
        .map(|index| Entry { needs: Vec::new(), group: group(index) })
        .collect();
    for (index, instance) in plan.instances.iter().enumerate() {
        for &need in &instance.needs {
            match operation {
                Operation::Apply => entries[index].needs.push(need),
                Operation::Destroy => entries[need].needs.push(index),
            }
        }
    }
    entries
}

/// Returns how many may be in flight: what the person says stands above the files.
pub(super) fn concurrency(plan: &Plan, limits: &Limits) -> Concurrency {
    match limits.max_concurrent {
        Some(most) => Concurrency { overall: Some(most), per_group: Vec::new() },
        None => Concurrency {
            overall: None,
            per_group: plan.environments.iter().map(|e| e.max_concurrent).collect(),
        },
    }
}
