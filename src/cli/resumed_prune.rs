//! A prune that is resumed: what it still deletes is looked at as if it began now.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{ProgressMode, SelectionArgs};
use super::error::CommandError;
use super::left_behind;
use super::load::{read, variable};
use super::on_dependents::{Deleting, OnDependents};
use super::other_files::other_files;
use super::pruned_dependents;
use super::unresumable::{changed, unusable};
use crate::engine::PastStart;
use crate::event::{AnnouncedInstance, RunRequest};
use crate::foreign;
use crate::journal::{CloudScope, Inventory, InventoryStack, RunFolder};
use crate::name::{InstanceId, StackPlace};
use crate::plan::{self, Coverage, Plan, StackToRemove};
use crate::run::{self, KeptRun, LeftBehindStack};

/// Returns the plan of a run that deletes what was left behind, as its journal tells it.
///
/// # Errors
/// If its files are wrong or of other environments, or what it still deletes would not be deleted by a prune that
/// begins now.
pub fn resumed_prune(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
    selected: &SelectionArgs,
) -> Result<Plan, CommandError> {
    let environments = read(&selected.files, &selected.listings)?;
    let is_read = |one: &&AnnouncedInstance| {
        environments.iter().any(|environment| environment.name.value == one.id.environment)
    };
    let coverage = plan::coverage(&environments, &variable)?;
    let announced: Vec<&AnnouncedInstance> =
        kept.state.instances.iter().map(|instance| &instance.announced).collect();
    if !announced.iter().all(is_read) {
        return Err(changed(start, asked));
    }
    let inventory = left_behind::readable_inventory("resume", folder)?.inventory;
    let other_files = other_files(&inventory, &environments);
    let coverage = Coverage { other_files, ..coverage };
    let clouds = run::clouds_of_run(&start.environments, asked);
    if clouds.len() < start.environments.len() {
        let text = format!("run {} does not tell in which cloud it deletes what", start.run);
        return Err(unusable(&text, ANEW));
    }
    let found = run::left_behind(&inventory, &clouds, &coverage).left;
    let found: BTreeMap<StackPlace, LeftBehindStack> =
        found.into_iter().map(|one| (one.told.place(), one)).collect();
    for one in still_deleted(kept) {
        let why = named_again(one, &coverage)
            .or_else(|| why_it_stays(one, (start, asked), found.get(&one.place())));
        if let Some((why, help)) = why {
            let text = format!("run {} deletes {}, {why}", start.run, one.id);
            return Err(unusable(&text, &help));
        }
    }
    let needs = |one: &AnnouncedInstance| {
        let needed = one.needs.iter().filter_map(|need| announced.get(*need));
        needed.map(|need| need.place()).collect()
    };
    let stacks: Vec<StackToRemove> = announced
        .iter()
        .map(|one| StackToRemove {
            id: one.id.clone(),
            place: one.place(),
            stack_id: one.stack_id.clone(),
            needs: needs(one),
            made_by: start.run.clone(),
        })
        .collect();
    Ok(plan::removal(&environments, &stacks, &variable)?)
}

/// Checks that no later run changed what a prune still deletes whose files are not here.
///
/// # Errors
/// If one did, or that cannot be known.
pub fn check_unchanged(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
) -> Result<(), CommandError> {
    let inventory = left_behind::readable_inventory("resume", folder)?.inventory;
    let scopes = scopes(start, asked);
    for one in still_deleted(kept) {
        let is_later = |stack: &&InventoryStack| {
            scopes.contains(&stack.scope)
                && stack.place == one.place()
                && stack.run != start.run
                && stack.at > start.at
        };
        if let Some(later) = inventory.standing().find(is_later) {
            let why = format!("which run {} changed since", later.run);
            return Err(unusable(&format!("run {} deletes {}, {why}", start.run, one.id), ANEW));
        }
    }
    Ok(())
}

/// Returns the stack instances that a run would still delete: those that failed before anything was sent are tried again.
fn still_deleted(kept: &KeptRun) -> impl Iterator<Item = &AnnouncedInstance> {
    let again: BTreeSet<InstanceId> = kept.past.open_again().into_iter().collect();
    let announced = kept.state.instances.iter().map(|instance| &instance.announced);
    announced.filter(move |one| kept.past.end(&one.id).is_none() || again.contains(&one.id))
}

/// Returns the clouds that a run deletes stacks in.
fn scopes(start: &PastStart, asked: &RunRequest) -> BTreeSet<CloudScope> {
    let clouds = run::clouds_of_run(&start.environments, asked);
    clouds.into_iter().map(|cloud| cloud.scope).collect()
}

/// What to do where a prune that is resumed would delete something else than one that begins now.
const ANEW: &str = "`xdeploy prune` deletes what the files do not name";

/// Returns why the files keep a stack from being deleted, and what to do.
fn named_again(one: &AnnouncedInstance, coverage: &Coverage) -> Option<(String, String)> {
    let place = one.place();
    let why = if coverage.stacks.contains_key(&place) {
        "which the files name again"
    } else if coverage.varies(&one.id.environment, &one.id.stack, &place) {
        "which the files name again where `${env:}` has another value"
    } else {
        return None;
    };
    Some((why.to_owned(), ANEW.to_owned()))
}

/// Returns why a stack is not deleted any more that no file names, and what to do; `found` is what is left
/// behind under its name.
fn why_it_stays(
    one: &AnnouncedInstance,
    (start, asked): (&PastStart, &RunRequest),
    found: Option<&LeftBehindStack>,
) -> Option<(String, String)> {
    let Some(LeftBehindStack { told, known }) = found else {
        // Its ARN keeps another stack of its name from being deleted.
        let is_sure = one.stack_id.is_some();
        let why = "of which it is not known any more that runs made it".to_owned();
        return (!is_sure).then(|| (why, ANEW.to_owned()));
    };
    if told.account_gone && !asked.gone.contains(&told.account_id) {
        let help = format!("`xdeploy prune --gone {}` deletes what is left there", told.account_id);
        return Some(("whose account is not in the files any more".to_owned(), help));
    }
    if let Some(other) = &told.shared_with {
        let help = format!("`xdeploy prune` with the file of {other} as well deletes it");
        return Some((format!("which runs of {other} made as well"), help));
    }
    if let Some(file) = &told.made_from {
        let (file, name) = (foreign::path(file), &one.id.environment);
        let why = format!("which was changed last from {file}, which is {name} as well");
        return Some((
            why,
            "`xdeploy prune` with that file deletes what it does not name".to_owned(),
        ));
    }
    let is_changed = told.run != start.run && known.at > start.at;
    is_changed.then(|| (format!("which run {} changed since", told.run), ANEW.to_owned()))
}

/// Checks that no stack that stands, as far as runs have told, needs one that a resumed run deletes.
///
/// # Errors
/// If one does, unless it was to be left when the run began.
pub fn check_dependents(
    inventory: &Inventory,
    plan: &Plan,
    (start, asked): (&PastStart, &RunRequest),
    (deleting, progress): (Deleting, ProgressMode),
) -> Result<(), CommandError> {
    let deleted = plan.instances.iter().filter(|instance| !instance.is_only_read());
    let places: BTreeSet<StackPlace> = deleted.map(|instance| plan.place_of(instance)).collect();
    let scopes = scopes(start, asked);
    let is_deleted =
        |stack: &&InventoryStack| scopes.contains(&stack.scope) && places.contains(&stack.place);
    let deleted: Vec<&InventoryStack> = inventory.standing().filter(is_deleted).collect();
    let on_dependents = OnDependents::of(asked.leave_dependents);
    let deleting = (deleting, start.environments.len() > 1);
    pruned_dependents::check(inventory, (&deleted, &[]), deleting, (on_dependents, progress))
}
