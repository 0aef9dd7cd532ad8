//! The places of a run: each account and Region, with its stack instances.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::lifecycle::InstanceState;
use crate::name::{AccountId, AccountName, EnvironmentName, Region};

/// An account and Region of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRegion {
    /// The environment whose file names the account.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// The Region of the stack instances.
    pub region: Region,
    /// The wave of its environment, from 1; absent if there is only one.
    pub wave: Option<usize>,
    /// The positions of its stack instances, needs before dependents.
    pub instances: Vec<usize>,
    /// How many of them are being worked on.
    pub running: usize,
    /// How many of them ended how.
    pub ended: Counts,
}

impl AccountRegion {
    /// Returns how many of its stack instances have not begun.
    pub fn waiting(&self) -> usize {
        self.instances.len() - self.running - self.ended.total()
    }
}

/// Returns the places of announced stack instances of which none has begun, in the order in which
/// they are first named.
pub(in crate::report) fn all(instances: &[InstanceState]) -> Vec<AccountRegion> {
    let mut positions = BTreeMap::new();
    let mut places: Vec<AccountRegion> = Vec::new();
    for (index, InstanceState { announced, .. }) in instances.iter().enumerate() {
        let id = &announced.id;
        let key = (&id.environment, &id.account, &id.region);
        let position = *positions.entry(key).or_insert(places.len());
        if position == places.len() {
            places.push(AccountRegion {
                environment: id.environment.clone(),
                account: id.account.clone(),
                account_id: announced.account_id.clone(),
                region: id.region.clone(),
                wave: announced.wave,
                instances: Vec::new(),
                running: 0,
                ended: Counts::default(),
            });
        }
        places[position].instances.push(index);
    }
    places
}

#[cfg(test)]
mod tests {
    use crate::event::{Outcome, StackAction};
    use crate::report::recorded::{self, Recording};

    #[test]
    fn each_account_and_region_is_one_place_with_its_stacks_in_order() {
        let state = recorded::chain().state();
        let places: Vec<_> =
            state.places.iter().map(|p| (p.account.as_str(), p.instances.clone())).collect();
        assert_eq!(places, [("dev", vec![0, 2]), ("test", vec![1, 3])]);
    }

    #[test]
    fn a_place_counts_what_runs_and_what_ended_in_it() {
        let state = Recording::apply(&["dev/a", "dev/b", "dev/c", "test/a"])
            .begins("dev/a", StackAction::Create)
            .begins("dev/b", StackAction::Create)
            .ends("dev/a", Outcome::Created)
            .ends("dev/a", Outcome::Failed)
            .ends("test/a", Outcome::Skipped)
            .state();
        let (dev, test) = (&state.places[0], &state.places[1]);
        assert_eq!(
            (dev.waiting(), dev.running, dev.ended.created, dev.ended.total()),
            (1, 1, 1, 1)
        );
        assert_eq!((test.waiting(), test.running, test.ended.skipped), (0, 0, 1));
    }
}
