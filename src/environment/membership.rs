//! Which groups an account belongs to.

use super::account_list::AccountList;
use super::group_order;
use super::model::{AccountSpec, Environment, GroupSpec};
use super::organization::FoundAccounts;
use crate::organization::AccountFilter;

/// The groups of an environment, ready to be asked.
#[derive(Debug)]
pub struct AccountGroups<'e> {
    specs: &'e [GroupSpec],
    /// What Organizations knows of accounts, if it was asked.
    found: Option<&'e FoundAccounts>,
    /// Who is in each group, in their order.
    members: Vec<Members>,
    /// The positions of the groups, each after those that it lists.
    order: Vec<usize>,
}

/// Who is in a group.
#[derive(Debug)]
struct Members {
    /// The accounts of the organization that are, unless the list says otherwise.
    of_organization: Option<AccountFilter>,
    /// The accounts that it lists or takes away.
    list: AccountList,
}

impl<'e> AccountGroups<'e> {
    /// Returns the groups of an environment. Those that contain each other in a circle have no accounts.
    pub fn of(environment: &'e Environment) -> Self {
        let organization = environment.organization.as_ref();
        let found = organization.and_then(|organization| organization.found.as_ref());
        Self { found, ..Self::listed(&environment.groups) }
    }

    /// Returns groups of accounts of which Organizations tells nothing.
    pub(super) fn listed(specs: &'e [GroupSpec]) -> Self {
        let members = |group: &GroupSpec| Members {
            of_organization: (!group.members.is_empty()).then(|| group.members.filter()),
            list: AccountList::of(group.accounts.iter().map(|item| item.value.as_str())),
        };
        let order = group_order::sort(specs).unwrap_or_else(|circle| circle.before);
        Self { specs, found: None, members: specs.iter().map(members).collect(), order }
    }

    /// Returns the groups that an account belongs to, in the order of the file.
    pub fn of_account(&self, account: &AccountSpec) -> Vec<&'e GroupSpec> {
        let known = self.found.and_then(|found| found.known.get(&account.id.value));
        let mut found: Vec<usize> = Vec::new();
        for &at in &self.order {
            let names = found.iter().map(|&group| self.specs[group].name.value.as_str());
            let Members { of_organization, list } = &self.members[at];
            let is_member =
                || known.zip(of_organization.as_ref()).is_some_and(|(known, of)| of.covers(known));
            if list.says_of(account.names(), names).unwrap_or_else(is_member) {
                found.push(at);
            }
        }
        found.sort_unstable();
        found.into_iter().map(|at| &self.specs[at]).collect()
    }
}
