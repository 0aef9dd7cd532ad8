//! A plan in numbers: its accounts, stack instances and longest chain of needs.

use std::collections::BTreeSet;

use super::super::model::Plan;
use crate::name::EnvironmentName;

/// Returns for each stack instance the length of the longest chain of needs that ends with it.
pub(super) fn levels(plan: &Plan) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::with_capacity(plan.instances.len());
    for instance in &plan.instances {
        // Needs stand before dependents, so theirs are known.
        let below = instance.needs.iter().map(|&need| levels[need]).max();
        levels.push(below.unwrap_or(0) + 1);
    }
    levels
}

/// A plan in numbers; prints as "4 accounts, 12 stack instances, longest chain 3".
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The environments by name, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// How many accounts stack instances stand in.
    pub accounts: usize,
    /// How many stack instances are deployed.
    pub stack_instances: usize,
    /// How many stack instances are only read, because they are not selected.
    pub read: usize,
    /// How many stack instances the longest chain of needs has.
    pub longest_chain: usize,
}

impl Summary {
    /// Returns the summary of a plan.
    pub fn of(plan: &Plan) -> Self {
        let read = plan.instances.iter().filter(|i| i.is_only_read()).count();
        Self {
            environments: plan.environments.iter().map(|e| e.name.clone()).collect(),
            accounts: plan.instances.iter().map(|i| i.account).collect::<BTreeSet<_>>().len(),
            stack_instances: plan.instances.len() - read,
            read,
            longest_chain: levels(plan).into_iter().max().unwrap_or(0),
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let accounts = counted(self.accounts, "account");
        let instances = counted(self.stack_instances, "stack instance");
        write!(f, "{accounts}, {instances}, longest chain {}", self.longest_chain)?;
        match self.read {
            0 => Ok(()),
            read => write!(f, ", {read} only read"),
        }
    }
}

/// Returns `1 account`, `2 accounts`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
