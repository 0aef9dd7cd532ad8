//! What a listing knows of each account.

use std::collections::{BTreeMap, HashMap};

use super::listing::{ListedUnit, Listing};
use super::unit_path::UnitPath;
use crate::name::AccountId;

/// An account as Organizations knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its 12 digits.
    pub id: AccountId,
    /// Its name in Organizations, which may be any text.
    pub name: String,
    /// The unit that it is in.
    pub unit: UnitPath,
    /// Its state in Organizations' word, such as [`ACTIVE`](super::ACTIVE).
    pub state: String,
    /// Its tags; absent if they were not asked for.
    pub tags: Option<BTreeMap<String, String>>,
}

impl Listing {
    /// Returns what is known of each account, by id; nothing of one whose unit the listing does not have.
    pub fn known(&self) -> BTreeMap<AccountId, KnownAccount> {
        let ids: HashMap<&[String], &str> =
            self.units.iter().map(|unit| (unit.path.as_slice(), unit.id.as_str())).collect();
        let path = |unit: &ListedUnit| UnitPath {
            names: unit.path.clone(),
            ids: (0..=unit.path.len())
                .filter_map(|depth| ids.get(&unit.path[..depth]))
                .map(|id| (*id).to_owned())
                .collect(),
        };
        let paths: HashMap<&str, UnitPath> =
            self.units.iter().map(|unit| (unit.id.as_str(), path(unit))).collect();
        let accounts = self.accounts.iter().filter_map(|account| {
            let known = KnownAccount {
                id: account.id.clone(),
                name: account.name.clone(),
                unit: paths.get(account.unit.as_str())?.clone(),
                state: account.state.clone(),
                tags: account.tags.clone(),
            };
            Some((account.id.clone(), known))
        });
        accounts.collect()
    }
}
