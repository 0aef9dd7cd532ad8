//! Stacks and keys that have another name than before, in words.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::event::EventKind;
use crate::journal::{self, Inventory, RunFolder};
use crate::name::{EnvironmentName, RunId, StackKey, StackPlace};
use crate::plan::{Coverage, Plan, StackInstance};
use crate::report::counted;
use crate::run::{self, LeftBehindSearch, LeftBehindStack, RenamedKey, RenamedStack};

/// Returns the keys that seem to be renamed, by the templates of a plan and of the runs that are kept.
pub(super) fn renamed_keys(
    search: &LeftBehindSearch,
    inventory: &Inventory,
    coverage: &Coverage,
    (plan, folder): (&Plan, &RunFolder),
) -> Vec<RenamedKey> {
    let announced: RefCell<BTreeMap<RunId, BTreeMap<StackPlace, String>>> = RefCell::default();
    let before = |one: &LeftBehindStack| {
        let mut announced = announced.borrow_mut();
        let run = &one.told.run;
        let templates = announced.entry(run.clone()).or_insert_with(|| announced_by(folder, run));
        templates.get(&one.known.place).cloned()
    };
    let template = |environment: &EnvironmentName, key: &StackKey| {
        let is_it = |instance: &&StackInstance| {
            instance.id.environment == *environment && instance.id.stack == *key
        };
        let template = plan.instances.iter().find(is_it)?.template();
        (!template.is_unknown()).then(|| template.as_written().digest.clone())
    };
    run::renamed_keys(search, inventory, coverage, before, template)
}

/// Returns the start of the digest of each template that a run announced; nothing if that is not kept any more.
fn announced_by(folder: &RunFolder, run: &RunId) -> BTreeMap<StackPlace, String> {
    match journal::first_event(&folder.journal(run)).map(|event| event.kind) {
        Some(EventKind::RunStarted { instances, .. }) => {
            let known = instances.into_iter().filter(|one| !one.template.is_empty());
            known.map(|one| (one.place(), one.template)).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Says which stacks have another key than before, and which keys seem to be renamed, each in a line.
pub(super) fn renames(stacks: &[RenamedStack], keys: &[RenamedKey]) -> Vec<String> {
    type Keys<'a> = (&'a EnvironmentName, &'a StackKey, &'a StackKey);
    let mut known: BTreeMap<Keys<'_>, BTreeSet<&StackPlace>> = BTreeMap::new();
    for RenamedStack { id, before, place } in stacks {
        known.entry((&id.environment, before, &id.stack)).or_default().insert(place);
    }
    let known = known.into_iter().map(|((environment, before, now), places)| {
        let names: BTreeSet<&str> = places.iter().map(|place| place.stack_name.as_str()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let places = counted(places.len(), "place");
        format!(
            "`{now}` of {environment} was `{before}` before: the same stack ({names}) in {places}"
        )
    });
    let likely = keys.iter().map(|RenamedKey { environment, before, now, left }| {
        let places = counted(left.len(), "place");
        format!(
            "`{before}` of {environment} is called `{now}` now? Its stack {before} is left behind in {places}, and \
             `{now}` makes another one; to keep it, write `stack-name: {before}` at `{now}`"
        )
    });
    known.chain(likely).collect()
}
