//! Which part of the environments a command is about: `--account`, `--stack`, `--region`.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};

use super::fault_book::FaultBook;
use super::names::there_is;
use super::placements::{Placement, Placements};
use super::selected_accounts::{RefusedItem, SelectedAccounts};
use crate::document::{Fault, Faults, did_you_mean, quoted};
use crate::name::{AccountId, GroupName, InstanceId, NameError, Region};

/// The accounts, stacks and Regions chosen; where nothing is chosen, everything is.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    accounts: SelectedAccounts,
    stacks: Vec<GlobMatcher>,
    regions: Vec<Region>,
    with_dependents: bool,
    /// Those alone, if they are named; there may be none.
    only: Option<BTreeSet<InstanceId>>,
}

/// Says why a selection cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A pattern for accounts or stacks.
    #[error("`{pattern}` is not a pattern")]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// An item for accounts that takes away, with nothing before it.
    #[error("`{item}` takes away from nothing")]
    FromNothing {
        /// The item as it was given.
        item: String,
    },
    /// A Region that is no Region's name.
    #[error(transparent)]
    Region(#[from] NameError),
}

impl From<RefusedItem> for SelectionError {
    fn from(refused: RefusedItem) -> Self {
        match refused {
            RefusedItem::Pattern(pattern, source) => Self::Pattern { pattern, source },
            RefusedItem::FromNothing(item) => Self::FromNothing { item },
        }
    }
}

/// A selection has no place in a file; it is told like what is wrong with files all the same.
impl From<SelectionError> for Faults {
    fn from(error: SelectionError) -> Self {
        let fault = Fault::placeless(error.to_string());
        match error {
            SelectionError::Pattern { source, .. } => {
                fault.with_help(source.kind().to_string()).into()
            }
            SelectionError::FromNothing { item } => {
                let help =
                    format!("name first what it is taken from: --account '*' --account '{item}'");
                fault.with_help(help).into()
            }
            SelectionError::Region(_) => fault.into(),
        }
    }
}

impl Selection {
    /// Returns the selection of the given items for accounts (names, ids, patterns or groups, `!` takes away), patterns
    /// for stack keys, and Regions.
    ///
    /// # Errors
    /// A pattern or a Region that cannot be one.
    pub fn parse(
        accounts: &[String],
        stacks: &[String],
        regions: &[String],
    ) -> Result<Self, SelectionError> {
        let regions = regions.iter().map(|region| region.parse());
        Ok(Self {
            accounts: SelectedAccounts::parse(accounts)?,
            stacks: stacks.iter().map(|text| matcher(text)).collect::<Result<_, _>>()?,
            regions: regions.collect::<Result<_, NameError>>()?,
            with_dependents: false,
            only: None,
        })
    }

    /// Returns what is selected of these stack instances; there may be none.
    pub fn only(self, instances: BTreeSet<InstanceId>) -> Self {
        Self { only: Some(instances), ..self }
    }

    /// Returns the same selection, to which what needs the selected stack instances belongs as well,
    /// itself or through others.
    pub fn and_dependents(self) -> Self {
        Self { with_dependents: true, ..self }
    }

    /// Whether what needs the selected belongs to the selection.
    pub(super) fn has_dependents(&self) -> bool {
        self.with_dependents
    }

    /// Whether a stack instance in an account with this id, which belongs to these groups, is selected, whatever the
    /// files name.
    pub fn takes<'g>(
        &self,
        id: &InstanceId,
        account_id: &AccountId,
        groups: impl Iterator<Item = &'g GroupName>,
    ) -> bool {
        let is_match = |pattern: &GlobMatcher| pattern.is_match(id.stack.as_str());
        self.accounts.takes(id.account.as_str().into(), account_id, groups.map(GroupName::as_str))
            && (self.stacks.is_empty() || self.stacks.iter().any(is_match))
            && (self.regions.is_empty() || self.regions.contains(&id.region))
    }

    /// Returns for each placement whether it is selected; what matches nothing at all is a fault.
    pub(super) fn choose(&self, placements: &Placements<'_>, faults: &mut FaultBook) -> Vec<bool> {
        let mut stacks = Tally::new(&self.stacks);
        let mut regions = vec![false; self.regions.len()];
        // One verdict for each account, not one for each of its stacks.
        let of_target = self.accounts.choose(placements, faults);
        let chosen: Vec<bool> = placements
            .all
            .iter()
            .map(|placement| {
                let stack = stacks.takes(placement.stack.key.value.as_str());
                let mut region = self.regions.is_empty();
                for (selected, met) in self.regions.iter().zip(&mut regions) {
                    *met |= selected == placement.region;
                    region |= selected == placement.region;
                }
                of_target[placement.target]
                    && stack
                    && region
                    && self.is_meant(placements, placement)
            })
            .collect();
        let all_stacks = placements.environments.iter().flat_map(|environment| &environment.stacks);
        let has_stacks = all_stacks.clone().next().is_some();
        let of_stacks = all_stacks.map(|stack| stack.key.value.as_str());
        stacks.report_unmet("stack", of_stacks, faults);
        for (region, _) in self.regions.iter().zip(&regions).filter(|(_, met)| !**met) {
            let known: BTreeSet<&str> =
                placements.all.iter().map(|placement| placement.region.as_str()).collect();
            let known: Vec<&str> = known.into_iter().collect();
            let fault = Fault::placeless(format!("no stack stands in the Region `{region}`"));
            let meant = did_you_mean(region.as_str(), known.iter().copied());
            let meant = meant.or_else(|| did_you_mean(region.as_str(), unopened(region)));
            let help = meant.or_else(|| there_is("Region", &known));
            faults.enter(Fault { help, ..fault });
        }
        if faults.has_no_errors() && has_stacks && self.only.is_none() && !chosen.contains(&true) {
            let message = "no stack instance is selected: no stack stands in all that was named";
            faults.enter(Fault::placeless(message));
        }
        chosen
    }

    fn is_meant(&self, placements: &Placements<'_>, placement: &Placement<'_>) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&placements.id(placement)))
    }

    /// Returns the selected accounts, by their positions; a pattern that matches none is a fault.
    pub(super) fn choose_accounts(
        &self,
        placements: &Placements<'_>,
        faults: &mut FaultBook,
    ) -> BTreeSet<usize> {
        let chosen = self.accounts.choose(placements, faults).into_iter().enumerate();
        chosen.filter_map(|(position, is_chosen)| is_chosen.then_some(position)).collect()
    }
}

fn matcher(text: &str) -> Result<GlobMatcher, SelectionError> {
    Glob::new(text)
        .map(|glob| glob.compile_matcher())
        .map_err(|source| SelectionError::Pattern { pattern: text.to_owned(), source })
}

/// Patterns, and whether each has matched anything yet.
struct Tally<'s> {
    patterns: &'s [GlobMatcher],
    met: Vec<bool>,
}

impl<'s> Tally<'s> {
    fn new(patterns: &'s [GlobMatcher]) -> Self {
        Self { patterns, met: vec![false; patterns.len()] }
    }

    /// Whether one of the patterns matches a stack's key; any does if there are no patterns.
    fn takes(&mut self, key: &str) -> bool {
        let mut taken = self.patterns.is_empty();
        for (pattern, met) in self.patterns.iter().zip(&mut self.met) {
            let matches = pattern.is_match(key);
            *met |= matches;
            taken |= matches;
        }
        taken
    }

    /// Enters a fault for each pattern that none of the `known` names matched.
    fn report_unmet<'k>(
        &self,
        what: &str,
        known: impl Iterator<Item = &'k str>,
        faults: &mut FaultBook,
    ) {
        let known: Vec<&str> = known.collect();
        for (pattern, _) in self.patterns.iter().zip(&self.met).filter(|(_, met)| !**met) {
            let pattern = pattern.glob().glob();
            let fault = Fault::placeless(format!("no {what} matches {}", quoted(pattern)));
            let help = did_you_mean(pattern, known.iter().copied());
            faults.enter(Fault { help: help.or_else(|| there_is(what, &known)), ..fault });
        }
    }
}

/// Returns what a Region may be meant to be that AWS is not known to have.
fn unopened(region: &Region) -> impl Iterator<Item = &'static str> {
    Region::all_known().filter(|_| !region.is_known())
}
