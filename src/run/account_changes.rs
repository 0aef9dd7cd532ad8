//! What became of an environment's set of accounts since its last run.

use std::collections::BTreeMap;

use crate::name::{AccountId, AccountName};

/// The accounts that came and went, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// How many there were.
    pub before: usize,
    /// Those that are new.
    pub new: Vec<AccountName>,
    /// Those that are gone, under the names that they had.
    pub gone: Vec<AccountName>,
}

impl AccountChanges {
    /// Returns what differs between two sets; an account that has another name only is the same.
    pub fn between(
        before: &BTreeMap<AccountId, AccountName>,
        now: &BTreeMap<AccountId, AccountName>,
    ) -> Self {
        let lacking = |of: &BTreeMap<AccountId, AccountName>, other: &BTreeMap<_, _>| {
            let lacking = of.iter().filter(|(id, _)| !other.contains_key(*id));
            let mut names: Vec<AccountName> = lacking.map(|(_, name)| name.clone()).collect();
            names.sort();
            names
        };
        Self { before: before.len(), new: lacking(now, before), gone: lacking(before, now) }
    }

    /// Whether more than a tenth of the accounts is gone, whatever came in their place: that is confirmed by itself.
    pub fn is_large_loss(&self) -> bool {
        self.gone.len() * 10 > self.before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(ids: impl IntoIterator<Item = u8>) -> BTreeMap<AccountId, AccountName> {
        let account = |id: u8| {
            let name = format!("account-{id}").parse().expect("a name");
            (format!("{id:012}").parse().expect("12 digits"), name)
        };
        ids.into_iter().map(account).collect()
    }

    #[test]
    fn more_than_a_tenth_gone_is_a_large_loss_whatever_came_instead() {
        for (before, now, is_large) in
            [(0..10, 1..10, false), (0..10, 2..20, true), (0..9, 1..9, true), (0..0, 0..9, false)]
        {
            let changes = AccountChanges::between(&set(before.clone()), &set(now.clone()));
            assert_eq!(changes.is_large_loss(), is_large, "{before:?} {now:?}");
        }
    }

    proptest! {
        #[test]
        fn what_came_and_went_makes_one_set_into_the_other(
            before in prop::collection::btree_set(0..30_u8, 0..20),
            now in prop::collection::btree_set(0..30_u8, 0..20),
        ) {
            let (before, now) = (set(before), set(now));
            let changes = AccountChanges::between(&before, &now);
            let mut names: Vec<AccountName> = before.into_values().collect();
            names.retain(|name| !changes.gone.contains(name));
            names.extend(changes.new);
            names.sort();
            let mut expected: Vec<AccountName> = now.into_values().collect();
            expected.sort();
            prop_assert_eq!(names, expected);
        }
    }
}
