//! Which accounts of a file a stack is sent to, and what their groups say.

use std::collections::BTreeMap;

use crate::document::Place;
use crate::environment::{
    AccountList, AccountSpec, Environment, GroupSpec, Placed, StackSpec, Text,
};
use crate::name::Region;

/// The name of the source account in a list.
const SOURCE: &str = "source";

/// An account of the file, and the groups that it belongs to.
pub(super) struct GroupedAccount<'e> {
    /// What the file says about it.
    pub account: &'e AccountSpec,
    /// Its groups, in the file's order.
    pub groups: Vec<&'e GroupSpec>,
}

impl<'e> GroupedAccount<'e> {
    /// Returns its own Regions, or those of the last of its groups that names some.
    pub fn regions(&self) -> Option<&'e Vec<Placed<Region>>> {
        let of_groups = self.groups.iter().rev().find_map(|group| group.regions.as_ref());
        self.account.regions.as_ref().or(of_groups)
    }
}

/// The accounts that a stack is sent to.
pub(super) struct Recipients<'e> {
    /// The stack as the file describes it.
    pub stack: &'e StackSpec,
    /// Whether every account takes it, as it names none.
    is_for_all: bool,
    list: AccountList,
    /// Where the source account is named, if the stack is sent there.
    pub source: Option<&'e Place>,
}

impl<'e> Recipients<'e> {
    /// Returns where a stack is sent.
    pub fn of(stack: &'e StackSpec) -> Self {
        let named = || stack.accounts.iter().flatten();
        let list = AccountList::of(named().map(|item| item.value.as_str()));
        let source = named().find(|item| item.value == SOURCE).map(|item| &item.place);
        let source = source.filter(|_| list.takes_source());
        Self { stack, is_for_all: stack.accounts.is_none(), list, source }
    }

    /// Whether it is sent to an account of the file.
    pub fn takes(&self, GroupedAccount { account, groups }: &GroupedAccount<'_>) -> bool {
        let groups = groups.iter().map(|group| group.name.value.as_str());
        self.is_for_all || self.list.takes(account.name.value.as_str(), groups)
    }
}

/// Returns the variables of an account: the file's, under its groups' and its own.
pub(super) fn variables<'e>(
    environment: &'e Environment,
    listed: &Option<GroupedAccount<'e>>,
) -> BTreeMap<&'e str, &'e Text> {
    let of_groups = listed.iter().flat_map(|listed| &listed.groups);
    let own = listed.iter().flat_map(|listed| &listed.account.variables);
    let over = of_groups.flat_map(|group| &group.variables).chain(own);
    environment.variables.iter().chain(over).map(|(name, text)| (name.as_str(), text)).collect()
}
