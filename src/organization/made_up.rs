//! A listing that is made up for the units that somebody names, where no organization is asked.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::listing::{ACTIVE, ListedAccount, ListedUnit, Listing};
use super::unit_pattern::UnitPattern;
use crate::name::AccountId;

/// The ends of the names of the accounts that a unit is made up with.
const ACCOUNTS: [&str; 2] = ["one", "two"];

/// The id of a root that nothing names.
const ROOT: &str = "r-made";

impl Listing {
    /// Returns a listing with a unit for each pattern and two accounts in it, all with the same tags. Whatever else is
    /// named beside a unit, its accounts are the same.
    pub fn made_up(units: &[UnitPattern], tags: &BTreeMap<String, String>) -> Self {
        let is_root = |id: &&str| id.starts_with("r-");
        let root = units.iter().filter_map(UnitPattern::id).find(is_root).unwrap_or(ROOT);
        let mut listing = Self::default();
        listing.units.push(ListedUnit { id: root.to_owned(), path: Vec::new() });
        for pattern in units {
            // The unit of an id stands right beneath the root and is called like it.
            let unit = pattern.id().filter(|id| !is_root(id));
            let mut path: Vec<String> = unit.map(str::to_owned).into_iter().collect();
            path.extend(pattern.example());
            let at = listing.add_unit(&path, unit);
            listing.fill(&at, tags);
        }
        listing.units.sort_by(|one, other| one.path.cmp(&other.path));
        listing.accounts.sort_by(|one, other| one.id.cmp(&other.id));
        listing
    }

    /// Adds a unit and those above it, the first of which may have an id, and returns the unit's id.
    fn add_unit(&mut self, path: &[String], first: Option<&str>) -> String {
        for depth in 1..=path.len() {
            let path = &path[..depth];
            if self.units.iter().any(|unit| unit.path == path) {
                continue;
            }
            let made_up = || format!("ou-made-{}", &digits(&path.join("/"))[..8]);
            let id = first.filter(|_| depth == 1).map_or_else(made_up, str::to_owned);
            self.units.push(ListedUnit { id, path: path.to_vec() });
        }
        let unit = self.units.iter().find(|unit| unit.path == path);
        unit.expect("it was added").id.clone()
    }

    fn fill(&mut self, unit: &str, tags: &BTreeMap<String, String>) {
        if self.accounts.iter().any(|account| account.unit == unit) {
            return;
        }
        let path = self.unit(unit).expect("it stands").path.clone();
        let begin = if path.is_empty() { "root".to_owned() } else { path.join("-").to_lowercase() };
        for end in ACCOUNTS {
            self.accounts.push(ListedAccount {
                // Units such as `Work/Prod` and `Work-Prod` have accounts of the same names, and not the same ones.
                id: made_up_id(&[&path.join("/"), end].join("/")),
                name: format!("{begin}-{end}"),
                unit: unit.to_owned(),
                state: ACTIVE.to_owned(),
                tags: Some(tags.clone()),
            });
        }
    }
}

/// Returns 12 digits that follow from an account's path.
fn made_up_id(path: &str) -> AccountId {
    format!("700{}", &digits(path)[..9]).parse().expect("these are 12 digits")
}

/// Returns 32 digits that follow from a text.
fn digits(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_up(patterns: &[&str]) -> (Vec<UnitPattern>, Listing) {
        let patterns: Vec<UnitPattern> =
            patterns.iter().map(|text| text.parse().expect("a pattern")).collect();
        let listing = Listing::made_up(&patterns, &[("env".into(), "prod".into())].into());
        (patterns, listing)
    }

    #[test]
    fn every_pattern_means_accounts_of_what_is_made_up_for_it() {
        let (patterns, listing) =
            made_up(&["Work/Prod/**", "Work/*", "ou-ab12-cdefgh34/Pci", "r-ab12", "*/Test"]);
        let known = listing.known();
        for pattern in patterns {
            assert!(pattern.is_there(&listing), "{pattern}");
            assert!(known.values().any(|account| pattern.means(&account.unit)), "{pattern}");
        }
        let names: Vec<&str> = listing.accounts.iter().map(|it| it.name.as_str()).collect();
        assert!(names.contains(&"work-prod-one") && names.contains(&"root-two"), "{names:?}");
    }

    #[test]
    fn units_whose_paths_read_alike_have_accounts_of_their_own() {
        let (patterns, listing) = made_up(&["Work/Prod", "Work-Prod", "work/prod"]);
        let known = listing.known();
        for pattern in patterns {
            let accounts = known.values().filter(|account| pattern.means(&account.unit));
            assert_eq!(accounts.count(), 2, "{pattern}");
        }
    }

    #[test]
    fn a_unit_has_the_same_accounts_whatever_is_named_beside_it() {
        let (_, alone) = made_up(&["Work/Prod"]);
        let (_, among) = made_up(&["Labs", "Work", "Work/Prod/**"]);
        assert_eq!(alone.accounts.len(), 2);
        assert!(alone.accounts.iter().all(|account| among.accounts.contains(account)));
    }
}
