//! Names for accounts: the one that they have in Organizations, made to fit, or their id.

use std::collections::{BTreeMap, BTreeSet};

use super::known::KnownAccount;
use crate::name::{AccountId, AccountName};

/// The longest name, in characters.
const MOST: usize = 64;

/// Returns a name in Organizations as an account's name here: what may not stand in one becomes `-`.
///
/// None if nothing of it is left, or it would be read as another thing: `source`, or an id.
pub fn fitted(name: &str) -> Option<AccountName> {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut fit = String::new();
    for c in name.trim().chars() {
        match may_stand(c) {
            true => fit.push(c),
            false if fit.ends_with('-') => {}
            false => fit.push('-'),
        }
    }
    let begun = fit.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let cut = &begun[..begun.len().min(MOST)];
    let whole = cut.trim_end_matches('-');
    let is_id = whole.parse::<AccountId>().is_ok();
    whole.parse().ok().filter(|name: &AccountName| !name.is_source() && !is_id)
}

/// Returns the name of each account: the one made of its own, or its id where another account has that name as well
/// or it is `taken`. The order of the accounts is no matter.
pub fn named<'a>(
    accounts: impl Iterator<Item = &'a KnownAccount> + Clone,
    taken: &BTreeSet<AccountName>,
) -> BTreeMap<&'a AccountId, AccountName> {
    let mut holders: BTreeMap<AccountName, usize> = BTreeMap::new();
    for name in accounts.clone().filter_map(|account| fitted(&account.name)) {
        *holders.entry(name).or_default() += 1;
    }
    let own = |account: &KnownAccount| {
        fitted(&account.name).filter(|name| holders[name] == 1 && !taken.contains(name))
    };
    let by_id = |account: &KnownAccount| {
        account.id.as_str().parse().expect("an id keeps the rule for names")
    };
    accounts.map(|account| (&account.id, own(account).unwrap_or_else(|| by_id(account)))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::organization::UnitPath;

    fn fit(name: &str) -> Option<String> {
        fitted(name).map(|name| name.to_string())
    }

    #[test]
    fn what_may_not_stand_in_a_name_becomes_a_hyphen() {
        assert_eq!(fit("Payments (Prod)").as_deref(), Some("Payments-Prod"));
        assert_eq!(fit(" pay_new.2 ").as_deref(), Some("pay_new.2"));
        assert_eq!(fit("-- Zürich/GVA").as_deref(), Some("Z-rich-GVA"));
        assert_eq!(fit(&"a".repeat(70)), Some("a".repeat(64)));
        for nothing in ["", "  ", "日本", "source", "100000000001", "--"] {
            assert_eq!(fit(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn every_account_has_a_name_of_its_own_whatever_they_are_called(
            called in prop::collection::vec("[ab /]{0,3}", 0..12),
            taken in "[ab]",
            turned in any::<bool>(),
        ) {
            let mut accounts: Vec<KnownAccount> = called.into_iter().enumerate().map(|(at, name)| KnownAccount {
                id: format!("{at:012}").parse().unwrap(),
                name,
                unit: UnitPath::default(),
                state: String::new(),
                tags: None,
            }).collect();
            let taken: BTreeSet<AccountName> = [taken.parse().unwrap()].into();
            let before: BTreeMap<AccountId, AccountName> =
                named(accounts.iter(), &taken).into_iter().map(|(id, name)| (id.clone(), name)).collect();
            let different: BTreeSet<&AccountName> = before.values().chain(&taken).collect();
            prop_assert_eq!(different.len(), before.len() + taken.len());
            if turned {
                accounts.reverse();
            }
            let after = named(accounts.iter(), &taken);
            prop_assert!(after.iter().all(|(id, name)| before[id] == *name));
        }
    }
}
