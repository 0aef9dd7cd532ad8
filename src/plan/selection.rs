//! Which part of the environments a command is about: `--account`, `--stack`, `--region`.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};

use super::fault_book::FaultBook;
use super::placements::{PlacedAccount, Placements};
use crate::document::{Fault, Faults, did_you_mean, quoted};
use crate::name::{AccountId, InstanceId, NameError, Region};

/// How many names are told where none was matched.
const MOST_NAMED: usize = 8;

/// The accounts, stacks and Regions chosen; where nothing is chosen, everything is.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    accounts: Vec<GlobMatcher>,
    stacks: Vec<GlobMatcher>,
    regions: Vec<Region>,
    with_dependents: bool,
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
    /// A Region that is no Region's name.
    #[error(transparent)]
    Region(#[from] NameError),
}

/// A selection has no place in a file; it is told like what is wrong with files all the same.
impl From<SelectionError> for Faults {
    fn from(error: SelectionError) -> Self {
        let fault = Fault::placeless(error.to_string());
        match error {
            SelectionError::Pattern { source, .. } => {
                fault.with_help(source.kind().to_string()).into()
            }
            SelectionError::Region(_) => fault.into(),
        }
    }
}

impl Selection {
    /// Returns the selection of the given patterns for account names or ids, patterns for stack
    /// keys, and Regions.
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
            accounts: accounts.iter().map(|text| matcher(text)).collect::<Result<_, _>>()?,
            stacks: stacks.iter().map(|text| matcher(text)).collect::<Result<_, _>>()?,
            regions: regions.collect::<Result<_, NameError>>()?,
            with_dependents: false,
        })
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

    /// Whether a stack instance in an account with this id is selected, whatever the files name.
    pub fn takes(&self, id: &InstanceId, account_id: &AccountId) -> bool {
        let takes = |patterns: &[GlobMatcher], names: &[&str]| {
            let matches = |pattern: &GlobMatcher| names.iter().any(|name| pattern.is_match(name));
            patterns.is_empty() || patterns.iter().any(matches)
        };
        takes(&self.accounts, &[id.account.as_str(), account_id.as_str()])
            && takes(&self.stacks, &[id.stack.as_str()])
            && (self.regions.is_empty() || self.regions.contains(&id.region))
    }

    /// Returns for each placement whether it is selected; what matches nothing at all is a fault.
    pub(super) fn choose(&self, placements: &Placements<'_>, faults: &mut FaultBook) -> Vec<bool> {
        let mut accounts = Tally::new(&self.accounts);
        let mut stacks = Tally::new(&self.stacks);
        let mut regions = vec![false; self.regions.len()];
        // One verdict for each account, not one for each of its stacks.
        let of_target: Vec<bool> =
            placements.targets.iter().map(|target| accounts.takes(&names(target))).collect();
        let chosen: Vec<bool> = placements
            .all
            .iter()
            .map(|placement| {
                let stack = stacks.takes(&[placement.stack.key.value.as_str()]);
                let mut region = self.regions.is_empty();
                for (selected, met) in self.regions.iter().zip(&mut regions) {
                    *met |= selected == placement.region;
                    region |= selected == placement.region;
                }
                of_target[placement.target] && stack && region
            })
            .collect();
        let of_targets = placements.targets.iter().map(|target| target.name.as_str());
        accounts.report_unmet("account", of_targets, faults);
        let all_stacks = placements.environments.iter().flat_map(|environment| &environment.stacks);
        let has_stacks = all_stacks.clone().next().is_some();
        let of_stacks = all_stacks.map(|stack| stack.key.value.as_str());
        stacks.report_unmet("stack", of_stacks, faults);
        for (region, _) in self.regions.iter().zip(&regions).filter(|(_, met)| !**met) {
            let known = placements.all.iter().map(|placement| placement.region.as_str());
            let fault = Fault::placeless(format!("no stack stands in the Region `{region}`"));
            let meant = did_you_mean(region.as_str(), known);
            let meant = meant.or_else(|| did_you_mean(region.as_str(), unopened(region)));
            faults.enter(Fault { help: meant, ..fault });
        }
        if faults.has_no_errors() && has_stacks && !chosen.contains(&true) {
            let message = "no stack instance is selected: no stack stands in all that was named";
            faults.enter(Fault::placeless(message));
        }
        chosen
    }

    /// Returns the selected accounts, by their positions; a pattern that matches none is a fault.
    pub(super) fn choose_accounts(
        &self,
        placements: &Placements<'_>,
        faults: &mut FaultBook,
    ) -> BTreeSet<usize> {
        let mut accounts = Tally::new(&self.accounts);
        let targets = placements.targets.iter().enumerate();
        let chosen = targets.filter(|(_, target)| accounts.takes(&names(target)));
        let chosen = chosen.map(|(position, _)| position).collect();
        let known = placements.targets.iter().map(|target| target.name.as_str());
        accounts.report_unmet("account", known, faults);
        chosen
    }
}

/// Returns what a pattern for accounts may match.
fn names<'t>(target: &'t PlacedAccount<'_>) -> [&'t str; 2] {
    [target.name.as_str(), target.id.as_str()]
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

    /// Whether one of the patterns matches one of the names; any does if there are no patterns.
    fn takes(&mut self, names: &[&str]) -> bool {
        let mut taken = self.patterns.is_empty();
        for (pattern, met) in self.patterns.iter().zip(&mut self.met) {
            let matches = names.iter().any(|name| pattern.is_match(name));
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

/// Returns which names there are, as far as they can be read; `None` if there are none.
fn there_is(what: &str, known: &[&str]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in known {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let shown =
        names.iter().take(MOST_NAMED).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!("the only {what} is {shown}")),
        count if count > MOST_NAMED => {
            Some(format!("{what}s are {shown} and {} more", count - MOST_NAMED))
        }
        _ => Some(format!("{what}s are {shown}")),
    }
}
/// Returns what a Region may be meant to be that AWS is not known to have.
fn unopened(region: &Region) -> impl Iterator<Item = &'static str> {
    Region::all_known().filter(|_| !region.is_known())
}
