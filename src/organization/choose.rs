//! Which accounts of a listing are meant, under which names, and why others are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::exception::Exception;
use super::known::KnownAccount;
use super::listing::ACTIVE;
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

/// Names that accounts have, or that no account may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandingNames {
    /// The names that accounts have already, by id: they keep them.
    pub accounts: BTreeMap<AccountId, AccountName>,
    /// What else is named.
    pub others: BTreeSet<AccountName>,
    /// The source account, which has a name of its own.
    pub source: Option<AccountId>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenAccounts {
    /// The accounts that are meant and have no name yet, with the one that they get.
    pub new: BTreeMap<AccountId, AccountName>,
    /// Those that have one already.
    pub standing: BTreeSet<AccountId>,
    /// Accounts in the units and with the tags that are left out nevertheless, and why.
    pub left_out: BTreeMap<AccountId, LeftOut>,
}

/// Why an account is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// No stack can be sent to it: its state in Organizations' word.
    NotActive(String),
    /// The pattern that leaves it out.
    Excepted(String),
    /// It is the source account, which is called so.
    Source,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotActive(state) => write!(f, "it is {state}"),
            Self::Excepted(pattern) => write!(f, "`except` has `{pattern}`"),
            Self::Source => f.write_str("it is the source account, which only `source` names"),
        }
    }
}

/// Decides which accounts are meant, and how those are called that have no name yet.
pub fn choose(
    wanted: &AccountFilter,
    known: &BTreeMap<AccountId, KnownAccount>,
    names: &StandingNames,
) -> ChosenAccounts {
    let mut choice = ChosenAccounts::default();
    let mut new: Vec<&KnownAccount> = Vec::new();
    for account in known.values().filter(|account| wanted.covers(account)) {
        if names.accounts.contains_key(&account.id) {
            choice.standing.insert(account.id.clone());
            continue;
        }
        match wanted.leaves_out(account, names) {
            Some(why) => drop(choice.left_out.insert(account.id.clone(), why)),
            None => new.push(account),
        }
    }
    let taken = names.accounts.values().chain(&names.others).cloned().collect();
    let named = named(new.into_iter(), &taken);
    choice.new = named.into_iter().map(|(id, name)| (id.clone(), name)).collect();
    choice
}

impl AccountFilter {
    /// Whether an account is in the units and has the tags.
    pub fn covers(&self, account: &KnownAccount) -> bool {
        let is_in = |pattern: &UnitPattern| pattern.means(&account.unit);
        let has = |(key, values): (&String, &Vec<String>)| {
            let value = account.tags.as_ref().and_then(|tags| tags.get(key));
            value.is_some_and(|value| values.contains(value))
        };
        (self.units.is_empty() || self.units.iter().any(is_in)) && self.tags.iter().all(has)
    }

    fn leaves_out(&self, account: &KnownAccount, names: &StandingNames) -> Option<LeftOut> {
        let name = fitted(&account.name);
        let excepted = self.except.iter().find(|except| except.matches(account, name.as_ref()));
        match excepted {
            Some(except) => Some(LeftOut::Excepted(except.as_str().to_owned())),
            None if account.state != ACTIVE => Some(LeftOut::NotActive(account.state.clone())),
            None => (names.source.as_ref() == Some(&account.id)).then_some(LeftOut::Source),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::organization::{ListedAccount, ListedUnit, Listing};

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

    fn chosen(wanted: &AccountFilter, listing: &Listing) -> ChosenAccounts {
        choose(wanted, &listing.known(), &StandingNames::default())
    }

    fn names(choice: &ChosenAccounts) -> Vec<&str> {
        choice.new.values().map(AccountName::as_str).collect()
    }

    #[test]
    fn all_tags_must_match_each_with_any_of_its_values() {
        let all = listing(vec![account(1, "a", 1), account(2, "b", 2), account(3, "c", 3)]);
        let mut wanted = wanted(&["Work/**"]);
        assert_eq!(names(&chosen(&wanted, &all)), ["a", "b"]);
        wanted.tags.insert("env".into(), vec!["live".into(), "prod".into()]);
        assert_eq!(names(&chosen(&wanted, &all)), ["b"]);
        wanted.tags.insert("team".into(), vec!["pay".into()]);
        assert_eq!(names(&chosen(&wanted, &all)), [""; 0]);
    }

    #[test]
    fn what_is_excepted_not_active_or_the_source_is_left_out_with_the_reason() {
        let closed = ListedAccount { state: "CLOSED".into(), ..account(3, "c", 1) };
        let accounts =
            vec![account(1, "legacy one", 1), account(2, "b", 1), closed, account(4, "hub", 0)];
        let except = vec!["legacy-*".parse().unwrap(), "000000000002".parse().unwrap()];
        let standing = StandingNames { source: "000000000004".parse().ok(), ..Default::default() };
        let wanted = AccountFilter { except, ..wanted(&["**"]) };
        let choice = choose(&wanted, &listing(accounts).known(), &standing);
        assert!(choice.new.is_empty());
        let why: Vec<String> = choice.left_out.values().map(LeftOut::to_string).collect();
        insta::assert_snapshot!(why.join("\n"), @r"
        `except` has `legacy-*`
        `except` has `000000000002`
        it is CLOSED
        it is the source account, which only `source` names
        ");
    }

    #[test]
    fn an_account_that_has_a_name_keeps_it_and_no_other_gets_it() {
        let accounts = [account(1, "Payments", 1), account(2, "pay", 1), account(3, "pci", 1)];
        let id = |id: &str| id.parse::<AccountId>().unwrap();
        let standing = StandingNames {
            accounts: [(id("000000000001"), "pay".parse().unwrap())].into(),
            others: ["pci".parse().unwrap()].into(),
            source: None,
        };
        let choice = choose(&wanted(&["Work"]), &listing(accounts.into()).known(), &standing);
        assert_eq!(names(&choice), ["000000000002", "000000000003"]);
        assert_eq!(choice.standing, [id("000000000001")].into());
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
            let choice = chosen(&wanted, &all);
            for account in &all.accounts {
                let unit = all.unit(&account.unit).unwrap();
                let is_meant = wanted.units.iter().any(|pattern| pattern.matches(unit, &all));
                let is_active = account.state == ACTIVE;
                prop_assert_eq!(choice.new.contains_key(&account.id), is_meant && is_active);
                prop_assert_eq!(choice.left_out.contains_key(&account.id), is_meant && !is_active);
            }
        }
    }
}
