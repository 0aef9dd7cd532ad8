//! Variables that refer to themselves in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::keys::MappingKeys;
use super::membership::AccountGroups;
use super::model::{AccountSpec, Environment, GroupSpec};
use super::text::{Piece, Reference, Text};
use crate::document::Fault;

type Variables<'v> = BTreeMap<&'v str, &'v Text>;

/// Refuses cycles among the file's variables, and those that an account's own variables, or its groups', close.
pub(super) fn refuse(
    keys: &mut MappingKeys<'_>,
    variables: &[(String, Text)],
    groups: &[GroupSpec],
    accounts: &[AccountSpec],
) {
    for cycle in found(variables, &AccountGroups::listed(groups), accounts) {
        keys.refuse(|| fault(&cycle));
    }
}

/// Returns the faults of the same cycles, once it is known which accounts there are.
pub(super) fn faults(environment: &Environment) -> Vec<Fault> {
    let groups = AccountGroups::of(environment);
    let found = found(&environment.variables, &groups, &environment.accounts);
    found.iter().map(|cycle| fault(cycle)).collect()
}

/// Returns each cycle once.
fn found<'v>(
    variables: &'v [(String, Text)],
    groups: &AccountGroups<'v>,
    accounts: &'v [AccountSpec],
) -> Vec<Vec<Step<'v>>> {
    let of_file = by_name(variables);
    let mut found = cycles(&of_file, |name| of_file.get(name).copied());
    for account in accounts {
        let of_groups = groups.of_account(account).into_iter().flat_map(|group| &group.variables);
        let own = by_name(of_groups.chain(&account.variables));
        let seen = |name: &str| own.get(name).or_else(|| of_file.get(name)).copied();
        // A cycle that is the account's own goes through a variable of its own.
        found.extend(cycles(&own, seen));
    }
    let mut known = BTreeSet::new();
    found.retain(|cycle| known.insert(position(&cycle[0])));
    found
}

fn by_name<'v>(variables: impl IntoIterator<Item = &'v (String, Text)>) -> Variables<'v> {
    variables.into_iter().map(|(name, text)| (name.as_str(), text)).collect()
}

/// A variable on the way through the references.
#[derive(Clone, Copy)]
struct Step<'v> {
    name: &'v str,
    text: &'v Text,
    /// How many of its pieces have been looked at.
    looked_at: usize,
}

impl<'v> Step<'v> {
    fn new(name: &'v str, text: &'v Text) -> Self {
        Self { name, text, looked_at: 0 }
    }

    /// Returns the next variable that it refers to.
    fn next(&mut self) -> Option<&'v str> {
        loop {
            let piece = self.text.pieces.get(self.looked_at)?;
            self.looked_at += 1;
            if let Piece::Reference(Reference::Variable(name)) = piece {
                return Some(name);
            }
        }
    }
}

/// Returns the cycles that `starts` lead into, each beginning with what stands first in the file.
/// A loop, not a recursion: the user decides how deep it goes.
fn cycles<'v>(
    starts: &Variables<'v>,
    lookup: impl Fn(&str) -> Option<&'v Text>,
) -> Vec<Vec<Step<'v>>> {
    let mut found = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for (name, text) in starts {
        let mut path = vec![Step::new(name, text)];
        let mut on_path = BTreeMap::from([(*name, 0)]);
        while let Some(step) = path.last_mut() {
            let name = step.name;
            match step.next().filter(|next| !done.contains(next)) {
                Some(next) if on_path.contains_key(next) => {
                    found.push(from_first(&path[on_path[next]..]));
                }
                Some(next) => {
                    if let Some(text) = lookup(next) {
                        on_path.insert(next, path.len());
                        path.push(Step::new(next, text));
                    }
                }
                None if step.looked_at == step.text.pieces.len() => {
                    done.insert(name);
                    on_path.remove(name);
                    path.pop();
                }
                None => {}
            }
        }
    }
    found
}

/// Returns where a variable stands: the file and the byte.
fn position<'v>(step: &Step<'v>) -> (&'v Path, usize) {
    (&step.text.place.file.path, step.text.place.span.start)
}

/// Returns the cycle, turned so that it begins with what stands first in its files.
fn from_first<'v>(cycle: &[Step<'v>]) -> Vec<Step<'v>> {
    let mut cycle = cycle.to_vec();
    let first = (0..cycle.len()).min_by_key(|at| position(&cycle[*at]));
    cycle.rotate_left(first.unwrap_or(0));
    cycle
}

/// The most names of a cycle that a message shows.
const MOST_NAMES: usize = 8;

fn fault(cycle: &[Step<'_>]) -> Fault {
    let mut names: Vec<&str> = cycle.iter().map(|step| step.name).take(MOST_NAMES).collect();
    if cycle.len() > MOST_NAMES {
        names.push("…");
    }
    names.push(cycle[0].name);
    Fault::at(&cycle[0].text.place, format!("variables refer in a circle: {}", names.join(" -> ")))
        .with_label("leads back to itself")
}
