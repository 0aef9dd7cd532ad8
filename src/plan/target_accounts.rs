//! The accounts of a plan: those that stacks stand in, and those that only values are looked up in.

use std::collections::BTreeSet;

use super::account_entry::{entry, without_entry};
use super::compose::Candidate;
use super::composer::Composer;
use super::model::TargetAccount;
use super::outside_entry;
use super::value::PlannedValue;
use crate::document::Fault;

/// Returns the accounts with those that values are looked up in.
pub(super) fn with_looked_up_in(
    targets: &BTreeSet<usize>,
    candidates: &[(usize, Candidate<'_>)],
) -> BTreeSet<usize> {
    let desired = candidates.iter().filter_map(|(_, candidate)| candidate.instance.desired());
    let lookups = desired.flat_map(|desired| desired.values().flat_map(PlannedValue::lookups));
    targets.iter().copied().chain(lookups.map(|lookup| lookup.account)).collect()
}

/// Returns the accounts at these positions, and how each is entered; what is wrong is entered with the faults.
pub(super) fn target_accounts(
    composer: &mut Composer<'_, '_>,
    targets: &BTreeSet<usize>,
    waves: &[usize],
) -> Vec<TargetAccount> {
    let mut accounts = Vec::with_capacity(targets.len());
    for &at in targets {
        let targets = &composer.evaluator.placements.targets;
        let Some(target) = targets.get(at) else {
            match outside_account(composer, at - targets.len()) {
                Ok(account) => accounts.push(account),
                Err(fault) => composer.faults.enter(fault),
            }
            continue;
        };
        if let Some(fault) = without_entry(composer.evaluator.placements, at) {
            composer.faults.enter_once_for(target.name.as_str(), at, fault);
            continue;
        }
        match entry(&mut composer.evaluator, at) {
            Ok(entry) => accounts.push(TargetAccount {
                environment: target.environment,
                name: target.name.clone(),
                id: target.id.clone(),
                region: target.first_region.clone(),
                entry,
                wave: waves[at],
            }),
            Err(fault) => composer.faults.enter_for(target.name.as_str(), at, fault),
        }
    }
    accounts
}

fn outside_account(
    composer: &mut Composer<'_, '_>,
    position: usize,
) -> Result<TargetAccount, Fault> {
    let outside = std::mem::take(&mut composer.evaluator.outside);
    let target = outside_entry::outside_account(&outside[position], &mut composer.evaluator);
    composer.evaluator.outside = outside;
    target
}
