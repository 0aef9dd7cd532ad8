//! What became of an environment's set of accounts since its last run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::name::{AccountId, AccountName, GroupName};

/// Whom an environment covers, and what AWS Organizations decides about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredAccounts {
    /// All accounts that the environment has, selected or not, by what they are called.
    pub accounts: BTreeMap<AccountId, AccountName>,
    /// Who is in each group that has `units` or `tags`. Files of before do not tell.
    #[serde(default)]
    pub groups: BTreeMap<GroupName, BTreeSet<AccountId>>,
}

/// The accounts that came, went, and are called or grouped otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// How many there were.
    pub before: usize,
    /// Those that are new.
    pub new: Vec<AccountName>,
    /// Those that are gone, under the names that they had.
    pub gone: Vec<AccountName>,
    /// Those that are called otherwise: what they were called, and what they are.
    pub renamed: Vec<(AccountName, AccountName)>,
    /// The groups that accounts are no longer in.
    pub left: Vec<GroupLoss>,
    /// All whose groups, name or place in the environment are others than before.
    pub moved: BTreeSet<AccountId>,
}

/// A group of which accounts are no longer, though the environment has them still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLoss {
    /// The name of the group.
    pub group: GroupName,
    /// How many were in it.
    pub before: usize,
    /// Those that are no longer in it, as they are called now.
    pub left: Vec<AccountName>,
}

impl AccountChanges {
    /// Returns what differs between two sets. Groups count that were and are made of units or tags: whoever is in
    /// another is in it by the file.
    pub fn between(before: &CoveredAccounts, now: &CoveredAccounts) -> Self {
        let lacking = |of: &CoveredAccounts, other: &CoveredAccounts| {
            let lacking = of.accounts.iter().filter(|(id, _)| !other.accounts.contains_key(*id));
            sorted(lacking.map(|(_, name)| name.clone()))
        };
        let both = before.groups.iter().filter_map(|(group, ids)| {
            let now = now.groups.get(group)?;
            Some((group, ids, now))
        });
        let loss = |(group, ids, ids_now): (&GroupName, &BTreeSet<_>, &BTreeSet<_>)| {
            let left = ids.difference(ids_now).filter_map(|id| now.accounts.get(id).cloned());
            GroupLoss { group: group.clone(), before: ids.len(), left: sorted(left) }
        };
        let mut moved: BTreeSet<AccountId> =
            both.clone().flat_map(|(_, ids, now)| ids.symmetric_difference(now)).cloned().collect();
        let is_other = |id: &&AccountId| before.accounts.get(*id) != now.accounts.get(*id);
        moved.extend(before.accounts.keys().filter(is_other).cloned());
        let names = before.accounts.iter().filter_map(|(id, was)| {
            let is = now.accounts.get(id)?;
            (was != is).then(|| (was.clone(), is.clone()))
        });
        Self {
            before: before.accounts.len(),
            new: lacking(now, before),
            gone: lacking(before, now),
            renamed: sorted(names),
            left: both.map(loss).filter(|loss| !loss.left.is_empty()).collect(),
            moved,
        }
    }

    /// Whether more than a tenth of the accounts is gone, whatever came in their place: that is confirmed by itself.
    pub fn is_large_loss(&self) -> bool {
        is_large(self.gone.len(), self.before)
    }
}

impl GroupLoss {
    /// Whether more than a tenth of those that were in it left it.
    pub fn is_large(&self) -> bool {
        is_large(self.left.len(), self.before)
    }
}

fn is_large(lost: usize, before: usize) -> bool {
    lost * 10 > before
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(id: u8) -> AccountId {
        format!("{id:012}").parse().expect("12 digits")
    }

    fn called(name: &str) -> AccountName {
        name.parse().expect("a name")
    }

    fn set(ids: impl IntoIterator<Item = u8>) -> CoveredAccounts {
        let account = |it: u8| (id(it), called(&format!("account-{it}")));
        let accounts = ids.into_iter().map(account).collect();
        CoveredAccounts { accounts, ..CoveredAccounts::default() }
    }

    fn grouped(of: CoveredAccounts, ids: impl IntoIterator<Item = u8>) -> CoveredAccounts {
        let group = "pci".parse().expect("a name");
        let groups = [(group, ids.into_iter().map(id).collect())].into();
        CoveredAccounts { groups, ..of }
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

    #[test]
    fn who_left_a_group_is_told_and_the_loss_is_large_beyond_a_tenth() {
        let (all, group) = (|| set(0..30), 0..20_u8);
        for (now, left, is_large) in
            [(0..20, 0, None), (2..30, 2, Some(false)), (3..20, 3, Some(true))]
        {
            let (before, now) = (grouped(all(), group.clone()), grouped(all(), now));
            let changes = AccountChanges::between(&before, &now);
            let loss = changes.left.first();
            assert_eq!(loss.map(GroupLoss::is_large), is_large);
            assert_eq!(loss.map_or(0, |loss| loss.left.len()), left);
            assert!(!changes.is_large_loss());
        }
        // Who is gone altogether is told as that; a group that one of the two does not know tells nothing.
        let gone = AccountChanges::between(&grouped(all(), 0..20), &grouped(set(1..30), 1..20));
        assert_eq!((gone.left, gone.gone), (vec![], vec![called("account-0")]));
        let other = AccountChanges::between(&set(0..30), &grouped(all(), 5..20));
        assert_eq!((other.left, other.moved), (vec![], BTreeSet::new()));
    }

    #[test]
    fn who_is_called_otherwise_comes_goes_or_changes_groups_has_moved() {
        let (mut before, now) = (grouped(set(0..9), [1, 2, 3]), grouped(set(1..10), [2, 3, 4]));
        before.accounts.insert(id(5), called("five"));
        let changes = AccountChanges::between(&before, &now);
        assert_eq!(changes.renamed, [(called("five"), called("account-5"))]);
        assert_eq!(changes.left[0].left, [called("account-1")]);
        assert_eq!(changes.moved, [0, 1, 4, 5].map(id).into());
    }

    proptest! {
        #[test]
        fn what_came_and_went_makes_one_set_into_the_other(
            before in prop::collection::btree_set(0..30_u8, 0..20),
            now in prop::collection::btree_set(0..30_u8, 0..20),
        ) {
            let (before, now) = (set(before), set(now));
            let changes = AccountChanges::between(&before, &now);
            let mut names: Vec<AccountName> = before.accounts.into_values().collect();
            names.retain(|name| !changes.gone.contains(name));
            names.extend(changes.new);
            names.sort();
            let mut expected: Vec<AccountName> = now.accounts.into_values().collect();
            expected.sort();
            prop_assert_eq!(names, expected);
        }
    }
}
