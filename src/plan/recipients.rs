//! Which accounts of a file a stack is sent to, and what their groups say.

use std::collections::BTreeMap;

use super::fault_book::FaultBook;
use crate::document::{Fault, Place};
use crate::environment::{
    AccountList, AccountSpec, Environment, GroupSpec, OverrideSpec, Placed, StackSpec, Text,
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

    fn is_in(&self, list: &AccountList) -> bool {
        let groups = self.groups.iter().map(|group| group.name.value.as_str());
        list.takes(self.account.names(), groups)
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
    /// Where each of its overrides applies.
    overrides: Vec<OverrideScope<'e>>,
}

impl<'e> Recipients<'e> {
    /// Returns where a stack is sent.
    pub fn of(stack: &'e StackSpec) -> Self {
        let named = || stack.accounts.iter().flatten();
        let list = AccountList::of(named().map(|item| item.value.as_str()));
        let source = named().find(|item| item.value == SOURCE).map(|item| &item.place);
        let source = source.filter(|_| list.takes_source());
        let overrides = stack.overrides.iter().map(|over| OverrideScope::of(&over.value)).collect();
        Self { stack, is_for_all: stack.accounts.is_none(), list, source, overrides }
    }

    /// Whether it is sent to an account of the file.
    pub fn takes(&self, account: &GroupedAccount<'_>) -> bool {
        self.is_for_all || account.is_in(&self.list)
    }

    /// Returns the Regions where it is sent in an account that has these; that there are none is a fault.
    pub fn regions(
        &self,
        own: &'e [Placed<Region>],
        faults: &mut FaultBook,
    ) -> Option<&'e [Placed<Region>]> {
        let regions = self.stack.regions.as_deref().unwrap_or(own);
        if regions.is_empty() {
            let Placed { value: key, place } = &self.stack.key;
            let message = format!("the stack `{key}` has no Region to stand in");
            faults.enter(Fault::at(place, message).with_help("add `regions` to the file"));
            return None;
        }
        Some(regions)
    }

    /// Returns the overrides that apply in an account, in one Region or another, with their positions; none is the
    /// source account.
    pub fn overrides_in(
        &self,
        account: Option<&GroupedAccount<'_>>,
    ) -> Vec<(usize, &OverrideScope<'e>)> {
        self.overrides.iter().enumerate().filter(|(_, over)| over.takes(account)).collect()
    }
}

/// The accounts and Regions where an override applies.
pub(super) struct OverrideScope<'e> {
    /// Every account if it names none.
    list: Option<AccountList>,
    /// Every Region if it names none.
    regions: Option<&'e [Placed<Region>]>,
}

impl<'e> OverrideScope<'e> {
    fn of(over: &'e OverrideSpec) -> Self {
        let list = |items: &Vec<Placed<String>>| {
            AccountList::of(items.iter().map(|item| item.value.as_str()))
        };
        Self { list: over.accounts.as_ref().map(list), regions: over.regions.as_deref() }
    }

    /// Whether it applies in an account, in some Region; none is the source account.
    fn takes(&self, account: Option<&GroupedAccount<'_>>) -> bool {
        self.list.as_ref().is_none_or(|list| {
            account.map_or_else(|| list.takes_source(), |account| account.is_in(list))
        })
    }

    /// Whether it applies in a Region, in some account.
    pub fn takes_region(&self, region: &Region) -> bool {
        self.regions.is_none_or(|regions| regions.iter().any(|one| one.value == *region))
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
