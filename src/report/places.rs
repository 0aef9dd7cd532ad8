//! The places of a run: each account and Region, with its stack instances.

use std::collections::BTreeMap;

use super::state::InstanceState;
use crate::name::{AccountId, AccountName, EnvironmentName, Region};

/// An account and Region of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The environment whose file names the account.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// The Region.
    pub region: Region,
    /// The wave of its environment, from 1; absent if there is only one.
    pub wave: Option<usize>,
    /// The positions of its stack instances, needs before dependents.
    pub instances: Vec<usize>,
}

/// Returns the places of announced stack instances, in the order in which they are first named.
pub(super) fn of(instances: &[InstanceState]) -> Vec<Place> {
    let mut positions = BTreeMap::new();
    let mut places: Vec<Place> = Vec::new();
    for (index, InstanceState { announced, .. }) in instances.iter().enumerate() {
        let id = &announced.id;
        let key = (&id.environment, &id.account, &id.region);
        let position = *positions.entry(key).or_insert(places.len());
        if position == places.len() {
            places.push(Place {
                environment: id.environment.clone(),
                account: id.account.clone(),
                account_id: announced.account_id.clone(),
                region: id.region.clone(),
                wave: announced.wave,
                instances: Vec::new(),
            });
        }
        places[position].instances.push(index);
    }
    places
}

#[cfg(test)]
mod tests {
    use crate::report::recorded;

    #[test]
    fn each_account_and_region_is_one_place_with_its_stacks_in_order() {
        let state = recorded::chain().state();
        let places: Vec<_> =
            state.places.iter().map(|p| (p.account.as_str(), p.instances.clone())).collect();
        assert_eq!(places, [("dev", vec![0, 2]), ("test", vec![1, 3])]);
    }
}
