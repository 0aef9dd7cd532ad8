//! Keys that seem to be renamed: the name of their stacks came from the key, so that the stacks of before are left
//! behind and others are made.

use std::collections::{BTreeMap, BTreeSet};

use super::left_behind::{LeftBehindSearch, LeftBehindStack};
use crate::journal::Inventory;
use crate::name::{AccountId, EnvironmentName, InstanceId, Region, StackKey, StackPlace};
use crate::plan::Coverage;

/// A key that is left behind and one that a file names and nothing was made of, which have the same template, accounts
/// and Regions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RenamedKey {
    /// The environment of both.
    pub environment: EnvironmentName,
    /// The key whose stacks are left behind.
    pub before: StackKey,
    /// The key that the file names.
    pub now: StackKey,
    /// The stack instances that are left behind.
    pub left: BTreeSet<InstanceId>,
}

/// An environment and a key of it.
type Key<'a> = (&'a EnvironmentName, &'a StackKey);
/// Accounts and Regions.
type Places<'a> = BTreeSet<(&'a AccountId, &'a Region)>;

/// Where the stacks of a key are.
#[derive(Default)]
struct Placed<'a> {
    places: Places<'a>,
    /// Whether some other name than the key's is among their names.
    is_named: bool,
}

impl<'a> Placed<'a> {
    fn add(&mut self, key: &StackKey, place: &'a StackPlace) {
        self.places.insert((&place.account_id, &place.region));
        self.is_named |= place.stack_name.as_str() != key.as_str();
    }
}

/// Returns the keys that seem to be renamed. `before` is the start of the digest of a stack's template when it was changed
/// last, `template` the digest of a key's template in its file, as far as they are known. Where several keys may be meant,
/// none is.
pub fn renamed_keys(
    search: &LeftBehindSearch,
    inventory: &Inventory,
    coverage: &Coverage,
    before: impl Fn(&LeftBehindStack) -> Option<String>,
    template: impl Fn(&EnvironmentName, &StackKey) -> Option<String>,
) -> Vec<RenamedKey> {
    let mut named: BTreeMap<Key<'_>, Placed<'_>> = BTreeMap::new();
    for (place, id) in &coverage.stacks {
        named.entry((&id.environment, &id.stack)).or_default().add(&id.stack, place);
    }
    let mut gone: BTreeMap<Key<'_>, (Placed<'_>, Vec<&LeftBehindStack>)> = BTreeMap::new();
    for one in &search.left {
        let id = &one.told.id;
        if !named.contains_key(&(&id.environment, &id.stack)) {
            let (placed, stacks) = gone.entry((&id.environment, &id.stack)).or_default();
            placed.add(&id.stack, &one.known.place);
            stacks.push(one);
        }
    }
    // What was made already is no new name of another.
    for stack in inventory.standing() {
        if let Some(id) = coverage.stacks.get(&stack.place) {
            named.remove(&(&id.environment, &id.stack));
        }
    }
    let mut found = Vec::new();
    for ((environment, key), (placed, stacks)) in &gone {
        let is_there = |(other, other_placed): &(&Key<'_>, &Placed<'_>)| {
            other.0 == *environment
                && !placed.is_named
                && !other_placed.is_named
                && other_placed.places == placed.places
        };
        for ((_, now), _) in named.iter().filter(is_there) {
            let Some(digest) = template(environment, now) else { continue };
            let is_its = |stack: &&LeftBehindStack| {
                before(stack).is_some_and(|start| digest.starts_with(&start))
            };
            if !stacks.iter().all(is_its) {
                continue;
            }
            found.push(RenamedKey {
                environment: (*environment).clone(),
                before: (*key).clone(),
                now: (*now).clone(),
                left: stacks.iter().map(|stack| stack.told.id.clone()).collect(),
            });
        }
    }
    let is_alone = |one: &RenamedKey| {
        let others = found.iter().filter(|other| other.environment == one.environment);
        others.filter(|other| other.before == one.before || other.now == one.now).count() == 1
    };
    found.iter().filter(|one| is_alone(one)).cloned().collect()
}
