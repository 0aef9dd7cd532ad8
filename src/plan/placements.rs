//! Placements: every stack in every account and Region that the files send it to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fault_book::FaultBook;
use super::recipients::{GroupedAccount, Recipients, variables};
use super::stack_values::{StackValues, ValuesOfStacks};
use crate::document::Fault;
use crate::environment::{
    AccountGroups, AccountNames, AccountSpec, Environment, GroupSpec, Placed, StackSpec, Text,
};
use crate::name::{AccountId, AccountName, GroupName, Region, StackKey};

/// The placements of all environments.
#[derive(Default)]
pub(super) struct Placements<'e> {
    /// The environments, as they were given.
    pub environments: &'e [Environment],
    /// Every account of every environment, in the files' order, the source account last.
    pub targets: Vec<PlacedAccount<'e>>,
    /// Every stack in every account and Region: by environment, account, Region and stack.
    pub all: Vec<Placement<'e>>,
    /// The parameters and tags of the stacks.
    values: ValuesOfStacks<'e>,
    /// Where each account is among `targets`, by environment and name.
    target_of: HashMap<(usize, &'e str), usize>,
    /// A number for each stack that stands somewhere, by environment and key.
    number_of: HashMap<(usize, &'e str), usize>,
    /// The placements of each stack, by its number, in order.
    of_stacks: Vec<Vec<usize>>,
    /// The placements of each stack in each account, by account and number, in order.
    in_accounts: HashMap<(usize, usize), Vec<usize>>,
}

/// An account that stacks are sent to.
pub(super) struct PlacedAccount<'e> {
    /// Its environment, as a position.
    pub environment: usize,
    /// Its name, or `source`.
    pub name: AccountName,
    /// The 12 digits of the account.
    pub id: &'e AccountId,
    /// What the file says about it; nothing about the source account.
    pub account: Option<&'e AccountSpec>,
    /// The groups that it belongs to, in the file's order; the source account belongs to none.
    pub groups: Vec<&'e GroupSpec>,
    /// Its first Region.
    pub first_region: &'e Region,
    /// The file's variables, under its groups' and the account's own.
    pub variables: BTreeMap<&'e str, &'e Text>,
}

/// A stack in an account and Region.
#[derive(Clone, Copy)]
pub(super) struct Placement<'e> {
    /// Its account, as a position in [`Placements::targets`].
    pub target: usize,
    /// The Region of the stack instance.
    pub region: &'e Region,
    /// The stack as the file describes it.
    pub stack: &'e StackSpec,
    /// The number of what it has there, by its overrides.
    values: usize,
}

impl PlacedAccount<'_> {
    /// Returns what it is called, as lists of accounts are asked for it.
    pub fn names(&self) -> AccountNames<'_> {
        self.account.map_or_else(|| self.name.as_str().into(), AccountSpec::names)
    }

    /// Returns the names of the groups that it belongs to.
    pub fn group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| group.name.value.as_str())
    }

    /// Whether it belongs to a group.
    pub fn is_in(&self, group: &GroupName) -> bool {
        self.group_names().any(|name| name == group.as_str())
    }
}

impl<'e> Placements<'e> {
    /// Returns the placements of environments that send nothing anywhere.
    pub fn of_no_stack(environments: &'e [Environment]) -> Self {
        Self { environments, ..Self::default() }
    }

    /// Spreads the stacks of `environments` over their accounts and Regions.
    pub fn of(environments: &'e [Environment], faults: &mut FaultBook) -> Self {
        let mut placements = Self::of_no_stack(environments);
        for (position, environment) in environments.iter().enumerate() {
            let choices: Vec<Recipients<'e>> =
                environment.stacks.iter().map(Recipients::of).collect();
            let groups = AccountGroups::of(environment);
            for account in &environment.accounts {
                let listed = GroupedAccount { account, groups: groups.of_account(account) };
                let takes = |choice: &&Recipients<'e>| choice.takes(&listed);
                let chosen: Vec<&Recipients<'e>> = choices.iter().filter(takes).collect();
                placements.add(position, Some(listed), &account.id.value, &chosen, faults);
            }
            placements.add_source(position, &choices, faults);
        }
        placements
    }

    fn add_source(&mut self, position: usize, choices: &[Recipients<'e>], faults: &mut FaultBook) {
        let chosen: Vec<&Recipients<'e>> =
            choices.iter().filter(|choice| choice.source.is_some()).collect();
        let Some(place) = chosen.first().and_then(|first| first.source) else { return };
        match &self.environments[position].source.account {
            Some(id) => self.add(position, None, &id.value, &chosen, faults),
            None => {
                let message =
                    "a stack is sent to the source account, but the file has no `source.account`";
                faults.enter(Fault::at(place, message).with_help("add its id as `source.account`"));
            }
        }
    }

    /// Returns the account of an environment that has this id, added where stacks may be sent to it and
    /// none are: the source account.
    pub fn account_with_id(
        &mut self,
        environment: usize,
        id: &'e AccountId,
        region: &'e Region,
    ) -> usize {
        let is_it = |to: &PlacedAccount<'_>| to.environment == environment && to.id == id;
        if let Some(at) = self.targets.iter().position(is_it) {
            return at;
        }
        let variables = variables(&self.environments[environment], &None);
        self.targets.push(PlacedAccount {
            environment,
            name: AccountName::source(),
            id,
            account: None,
            groups: Vec::new(),
            first_region: region,
            variables,
        });
        self.targets.len() - 1
    }

    /// Adds an account with the stacks chosen for it.
    fn add(
        &mut self,
        position: usize,
        listed: Option<GroupedAccount<'e>>,
        id: &'e AccountId,
        chosen: &[&Recipients<'e>],
        faults: &mut FaultBook,
    ) {
        let environment = &self.environments[position];
        let own = listed.as_ref().and_then(GroupedAccount::regions).unwrap_or(&environment.regions);
        let mut regions = Ordered::default();
        regions.extend(own);
        let mut stacks = Vec::new();
        for recipients in chosen {
            let Some(theirs) = recipients.regions(own, faults) else { continue };
            regions.extend(theirs);
            let theirs: BTreeSet<&Region> = theirs.iter().map(|region| &region.value).collect();
            stacks.push((recipients.stack, theirs, recipients.overrides_in(listed.as_ref())));
        }
        let Some(&first_region) = regions.0.first() else { return };
        let variables = variables(environment, &listed);
        let (account, groups) = match listed {
            Some(GroupedAccount { account, groups }) => (Some(account), groups),
            None => (None, Vec::new()),
        };
        let name = account.map_or_else(AccountName::source, |account| account.name.value.clone());
        let target = self.targets.len();
        let key = account.map_or("source", |account| account.name.value.as_str());
        self.target_of.insert((position, key), target);
        self.targets.push(PlacedAccount {
            environment: position,
            name,
            id,
            account,
            groups,
            first_region,
            variables,
        });
        for region in regions.0 {
            for (stack, theirs, overrides) in &stacks {
                if theirs.contains(region) {
                    let applied = overrides.iter().filter(|(_, over)| over.takes_region(region));
                    let applied = applied.map(|(at, _)| *at).collect();
                    let values = self.values.number(position, stack, applied);
                    self.place(position, Placement { target, region, stack, values });
                }
            }
        }
    }

    fn place(&mut self, environment: usize, placement: Placement<'e>) {
        let at = self.all.len();
        let key = (environment, placement.stack.key.value.as_str());
        let next = self.of_stacks.len();
        let number = *self.number_of.entry(key).or_insert(next);
        if number == next {
            self.of_stacks.push(Vec::new());
        }
        self.of_stacks[number].push(at);
        self.in_accounts.entry((placement.target, number)).or_default().push(at);
        self.all.push(placement);
    }

    /// Returns where the account `name` of an environment is among the targets.
    pub fn target_of(&self, environment: usize, name: &AccountName) -> Option<usize> {
        self.target_of.get(&(environment, name.as_str())).copied()
    }

    /// Returns the placements of a stack of an environment, in order.
    pub fn of_stack(&self, environment: usize, stack: &StackKey) -> &[usize] {
        self.number_of(environment, stack).map_or(&[], |number| &self.of_stacks[number])
    }

    /// Returns the placements of a stack in an account, in order.
    pub fn in_account(&self, target: usize, stack: &StackKey) -> &[usize] {
        let number = self.number_of(self.targets[target].environment, stack);
        number.and_then(|number| self.in_accounts.get(&(target, number))).map_or(&[], Vec::as_slice)
    }

    fn number_of(&self, environment: usize, stack: &StackKey) -> Option<usize> {
        self.number_of.get(&(environment, stack.as_str())).copied()
    }

    /// Returns the placement of a stack in an account and Region.
    pub fn find(&self, target: usize, region: &Region, stack: &StackKey) -> Option<usize> {
        let standing = self.in_account(target, stack);
        standing.iter().copied().find(|&at| self.all[at].region == region)
    }

    /// Returns the Region in which an environment asks for its source credentials: the file's first,
    /// or else its first account's.
    pub fn home_region(&self, environment: usize) -> Option<&'e Region> {
        let of_file = self.environments[environment].regions.first().map(|region| &region.value);
        of_file.or_else(|| {
            let mut targets = self.targets.iter();
            targets.find(|to| to.environment == environment).map(|target| target.first_region)
        })
    }

    /// Returns the group of an environment that has this name, if there is one.
    pub fn group(&self, environment: usize, name: &AccountName) -> Option<&'e GroupName> {
        let mut groups =
            self.environments[environment].groups.iter().map(|group| &group.name.value);
        groups.find(|group| group.as_str() == name.as_str())
    }

    /// Returns the environment that a placement belongs to.
    pub fn environment_of(&self, placement: &Placement<'_>) -> usize {
        self.targets[placement.target].environment
    }

    /// Returns the parameters and tags of a stack where it stands, but for the tags of the account and the file.
    pub fn values_of(&self, placement: &Placement<'_>) -> &StackValues<'e> {
        self.values.of_number(placement.values)
    }

    /// Returns the tags by key of a stack that has `values` where it stands; nothing if nobody says anything of tags.
    pub fn tags(
        &self,
        placement: &Placement<'_>,
        values: &StackValues<'e>,
    ) -> Option<BTreeMap<&'e str, &'e Text>> {
        let target = &self.targets[placement.target];
        let of_account = target.account.and_then(|account| account.tags.as_ref());
        values.tags_over([self.environments[target.environment].tags.as_ref(), of_account])
    }

    /// Returns how a placement is written: `account/region/stack`.
    pub fn shown(&self, at: usize) -> String {
        let placement = &self.all[at];
        format!("{}/{}", self.place_of(placement), placement.stack.key.value)
    }

    /// Returns how the place of a placement is written: `account/region`.
    pub fn place_of(&self, Placement { target, region, .. }: &Placement<'_>) -> String {
        format!("{}/{region}", self.targets[*target].name)
    }
}

/// Regions in the order they were first named.
#[derive(Default)]
struct Ordered<'e>(Vec<&'e Region>);

impl<'e> Ordered<'e> {
    fn extend(&mut self, regions: &'e [Placed<Region>]) {
        for region in regions {
            if !self.0.contains(&&region.value) {
                self.0.push(&region.value);
            }
        }
    }
}
