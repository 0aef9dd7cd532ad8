//! Which accounts of a listing are meant, under which names, and why others are not.

use std::collections::{BTreeMap, BTreeSet};

use super::exception::Exception;
use super::listing::{ACTIVE, ListedAccount, Listing};
use super::names::{fitted, named};
use super::unit_pattern::UnitPattern;
use crate::name::{AccountId, AccountName};

/// Which accounts of an organization are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountFilter {
    /// In one of these units; in any if there are none.
    pub units: Vec<UnitPattern>,
    /// With all of these tags, each with one of its values.
    pub tags: BTreeMap<String, Vec<String>>,
    /// None of these.
    pub except: Vec<Exception>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenAccounts {
    /// The accounts that are meant, by id.
    pub accounts: BTreeMap<AccountId, ChosenAccount>,
    /// Accounts in the units and with the tags that are left out nevertheless, and why.
    pub left_out: BTreeMap<AccountId, (String, LeftOut)>,
    /// The patterns whose units are not there, as positions.
    pub absent: Vec<usize>,
}

/// An account that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenAccount {
    /// Its name here.
    pub name: AccountName,
    /// Its name in Organizations.
    pub listed_name: String,
    /// The path of its unit; empty at the root.
    pub unit: String,
    /// Its tags, if they were asked for.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Why an account is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// No stack can be sent to it: its state in Organizations' word.
    NotActive(String),
    /// The pattern that leaves it out.
    Excepted(String),
}

/// Decides which accounts are meant. Accounts that have a name already, by id, keep it; no other gets it.
pub fn choose(
    wanted: &AccountFilter,
    listing: &Listing,
    standing: &BTreeMap<AccountId, AccountName>,
) -> ChosenAccounts {
    let units = wanted.units.iter().enumerate();
    let absent = units.filter(|(_, pattern)| !pattern.is_there(listing)).map(|(at, _)| at);
    let mut choice = ChosenAccounts { absent: absent.collect(), ..ChosenAccounts::default() };
    let mut chosen: Vec<&ListedAccount> = Vec::new();
    for account in listing.accounts.iter().filter(|account| wanted.covers(account, listing)) {
        match wanted.leaves_out(account, standing.get(&account.id)) {
            Some(why) => {
                choice.left_out.insert(account.id.clone(), (account.name.clone(), why));
            }
            None => chosen.push(account),
        }
    }
    let taken: BTreeSet<AccountName> = standing.values().cloned().collect();
    let new = chosen.iter().copied().filter(|account| !standing.contains_key(&account.id));
    let names = named(new, &taken);
    for account in chosen {
        let name = standing.get(&account.id).or(names.get(&account.id));
        let unit = listing.unit(&account.unit).map(|unit| unit.written());
        let chosen = ChosenAccount {
            name: name.expect("each has one").clone(),
            listed_name: account.name.clone(),
            unit: unit.unwrap_or_default(),
            tags: account.tags.clone(),
        };
        choice.accounts.insert(account.id.clone(), chosen);
    }
    choice
}

impl AccountFilter {
    /// Whether an account is in the units and has the tags.
    fn covers(&self, account: &ListedAccount, listing: &Listing) -> bool {
        let is_in = |pattern: &UnitPattern| {
            listing.unit(&account.unit).is_some_and(|unit| pattern.matches(unit, listing))
        };
        let has = |(key, values): (&String, &Vec<String>)| {
            let value = account.tags.as_ref().and_then(|tags| tags.get(key));
            value.is_some_and(|value| values.contains(value))
        };
        (self.units.is_empty() || self.units.iter().any(is_in)) && self.tags.iter().all(has)
    }

    fn leaves_out(
        &self,
        account: &ListedAccount,
        standing: Option<&AccountName>,
    ) -> Option<LeftOut> {
        let name = standing.cloned().or_else(|| fitted(&account.name));
        let excepted = self.except.iter().find(|except| except.matches(account, name.as_ref()));
        match excepted {
            Some(except) => Some(LeftOut::Excepted(except.as_str().to_owned())),
            None if account.state != ACTIVE => Some(LeftOut::NotActive(account.state.clone())),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::organization::listing::ListedUnit;

    const UNITS: [&str; 4] = ["", "Work", "Work/Prod", "Labs"];

    /// Returns an account in one of the units.
    fn account(id: usize, name: &str, unit: usize) -> ListedAccount {
        let tags = [("env".to_owned(), if unit == 2 { "prod" } else { "test" }.to_owned())];
        ListedAccount {
            id: format!("{id:012}").parse().expect("12 digits"),
            name: name.to_owned(),
            unit: UNITS[unit].to_owned(),
            state: ACTIVE.to_owned(),
            tags: Some(tags.into()),
        }
    }

    fn listing(accounts: Vec<ListedAccount>) -> Listing {
        let unit = |path: &&str| {
            let names = path.split('/').filter(|name| !name.is_empty());
            ListedUnit { id: (*path).to_owned(), path: names.map(str::to_owned).collect() }
        };
        Listing { units: UNITS.iter().map(unit).collect(), accounts }
    }

    fn wanted(units: &[&str]) -> AccountFilter {
        let units = units.iter().map(|unit| unit.parse().expect("a pattern")).collect();
        AccountFilter { units, ..AccountFilter::default() }
    }

    fn names(choice: &ChosenAccounts) -> Vec<&str> {
        choice.accounts.values().map(|account| account.name.as_str()).collect()
    }

    #[test]
    fn all_tags_must_match_each_with_any_of_its_values() {
        let all = listing(vec![account(1, "a", 1), account(2, "b", 2), account(3, "c", 3)]);
        let mut wanted = wanted(&["Work/**"]);
        assert_eq!(names(&choose(&wanted, &all, &BTreeMap::new())), ["a", "b"]);
        wanted.tags.insert("env".into(), vec!["live".into(), "prod".into()]);
        assert_eq!(names(&choose(&wanted, &all, &BTreeMap::new())), ["b"]);
        wanted.tags.insert("team".into(), vec!["pay".into()]);
        assert_eq!(names(&choose(&wanted, &all, &BTreeMap::new())), [""; 0]);
    }

    #[test]
    fn what_is_excepted_or_not_active_is_left_out_with_the_reason() {
        let closed = ListedAccount { state: "CLOSED".into(), ..account(3, "c", 1) };
        let all = listing(vec![account(1, "legacy one", 1), account(2, "b", 1), closed]);
        let except = vec!["legacy-*".parse().unwrap(), "000000000002".parse().unwrap()];
        let choice = choose(&AccountFilter { except, ..wanted(&["**"]) }, &all, &BTreeMap::new());
        assert!(choice.accounts.is_empty());
        let why: Vec<&LeftOut> = choice.left_out.values().map(|(_, why)| why).collect();
        let excepted = |by: &str| LeftOut::Excepted(by.to_owned());
        assert_eq!(
            why,
            [
                &excepted("legacy-*"),
                &excepted("000000000002"),
                &LeftOut::NotActive("CLOSED".into())
            ]
        );
    }

    #[test]
    fn an_account_that_stands_in_a_file_keeps_its_name_there_and_no_other_gets_it() {
        let all = listing(vec![account(1, "Payments", 1), account(2, "pay", 1)]);
        let id = |id: &str| id.parse::<AccountId>().unwrap();
        let standing = [(id("000000000001"), "pay".parse().unwrap())].into();
        let choice = choose(&wanted(&["Work"]), &all, &standing);
        assert_eq!(names(&choice), ["pay", "000000000002"]);
        assert_eq!(choice.accounts[&id("000000000001")].unit, "Work");
    }

    #[test]
    fn a_unit_that_is_not_there_is_told_even_if_others_are() {
        let choice = choose(&wanted(&["Work", "Gone/**"]), &listing(Vec::new()), &BTreeMap::new());
        assert_eq!(choice.absent, [1]);
    }

    proptest! {
        #[test]
        fn every_account_of_the_units_is_chosen_or_left_out_and_no_other(
            units in prop::collection::vec(0..4_usize, 0..20),
            states in prop::collection::vec(any::<bool>(), 20),
            patterns in prop::collection::vec(prop::sample::select(vec!["Work", "Work/*", "Labs/**", "**"]), 1..3),
        ) {
            let accounts = units.iter().enumerate().map(|(at, unit)| {
                let state = if states[at] { ACTIVE } else { "SUSPENDED" }.to_owned();
                ListedAccount { state, ..account(at, "same", *unit) }
            });
            let all = listing(accounts.collect());
            let wanted = wanted(&patterns);
            let choice = choose(&wanted, &all, &BTreeMap::new());
            for account in &all.accounts {
                let unit = all.unit(&account.unit).unwrap();
                let is_meant = wanted.units.iter().any(|pattern| pattern.matches(unit, &all));
                let is_active = account.state == ACTIVE;
                prop_assert_eq!(choice.accounts.contains_key(&account.id), is_meant && is_active);
                prop_assert_eq!(choice.left_out.contains_key(&account.id), is_meant && !is_active);
            }
        }
    }
}
