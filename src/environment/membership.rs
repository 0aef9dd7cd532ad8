//! Which groups an account belongs to.

use super::account_list::AccountList;
use super::group_order;
use super::model::{AccountSpec, GroupSpec};

/// The groups of an environment, ready to be asked.
#[derive(Debug)]
pub struct AccountGroups<'e> {
    specs: &'e [GroupSpec],
    /// The accounts that each group lists.
    lists: Vec<AccountList>,
    /// The positions of the groups, each after those that it lists.
    order: Vec<usize>,
}

impl<'e> AccountGroups<'e> {
    /// Returns the groups of an environment. Those that contain each other in a circle have no accounts.
    pub fn of(specs: &'e [GroupSpec]) -> Self {
        let list = |group: &GroupSpec| {
            AccountList::of(group.accounts.iter().map(|item| item.value.as_str()))
        };
        let order = group_order::sort(specs).unwrap_or_else(|circle| circle.before);
        Self { specs, lists: specs.iter().map(list).collect(), order }
    }

    /// Returns the groups that an account belongs to, in the order of the file.
    pub fn of_account(&self, account: &AccountSpec) -> Vec<&'e GroupSpec> {
        let mut found: Vec<usize> = Vec::new();
        for &at in &self.order {
            let names = found.iter().map(|&group| self.specs[group].name.value.as_str());
            if self.lists[at].takes(account.name.value.as_str(), names) {
                found.push(at);
            }
        }
        found.sort_unstable();
        found.into_iter().map(|at| &self.specs[at]).collect()
    }
}
