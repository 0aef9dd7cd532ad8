//! A prune that is resumed: what it still deletes is looked at as if it began now.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{ProgressMode, SelectionArgs};
use super::error::CommandError;
use super::left_behind;
use super::load::{read, variable};
use super::on_dependents::{OnDependents, RESUME_PRUNE};
use super::other_files::other_files;
use super::pruned_dependents;
use super::unresumable::{changed, unusable};
use crate::engine::PastStart;
use crate::event::{AnnouncedInstance, LeftBehind, RunRequest};
use crate::foreign;
use crate::journal::{CloudScope, Inventory, InventoryStack, RunFolder};
use crate::name::StackPlace;
use crate::plan::{self, Coverage, Plan, StackToRemove};
use crate::run::{self, KeptRun};

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
    let environments = read(&selected.files)?;
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
    let found = run::left_behind(&inventory, &clouds, &coverage).left;
    let found: BTreeMap<StackPlace, LeftBehind> =
        found.into_iter().map(|one| (one.told.place(), one.told)).collect();
    let open = announced.iter().filter(|one| kept.past.end(&one.id).is_none());
    for one in open {
        if let Some((why, help)) = why_it_stays(one, &coverage, found.get(&one.place())) {
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

/// Returns why a stack is not deleted any more, and what to do; `found` is what is left behind under its name.
fn why_it_stays(
    one: &AnnouncedInstance,
    coverage: &Coverage,
    found: Option<&LeftBehind>,
) -> Option<(String, String)> {
    let place = one.place();
    let anew = "`xdeploy prune` deletes what they do not name".to_owned();
    if coverage.stacks.contains_key(&place) {
        return Some(("which the files name again".to_owned(), anew));
    }
    if coverage.varies(&one.id.environment, &one.id.stack, &place) {
        let why = "which the files name again where `${env:}` has another value".to_owned();
        return Some((why, anew));
    }
    let found = found?;
    if let Some(other) = &found.shared_with {
        let help = format!("`xdeploy prune` with the file of {other} as well deletes it");
        return Some((format!("which runs of {other} made as well"), help));
    }
    let file = foreign::path(found.made_from.as_ref()?);
    let name = &one.id.environment;
    let why = format!("which was changed last from {file}, which is {name} as well");
    Some((why, "`xdeploy prune` with that file deletes what it does not name".to_owned()))
}

/// Checks that no stack that stands needs one that a resumed prune still deletes.
///
/// # Errors
/// If one does, unless it was to be left when the run began.
pub fn check_dependents(
    inventory: &Inventory,
    plan: &Plan,
    (start, asked): (&PastStart, &RunRequest),
    progress: ProgressMode,
) -> Result<(), CommandError> {
    let places: BTreeSet<StackPlace> =
        plan.instances.iter().map(|instance| plan.place_of(instance)).collect();
    let clouds = run::clouds_of_run(&start.environments, asked);
    let scopes: BTreeSet<CloudScope> = clouds.into_iter().map(|cloud| cloud.scope).collect();
    let is_deleted =
        |stack: &&InventoryStack| scopes.contains(&stack.scope) && places.contains(&stack.place);
    let deleted: Vec<&InventoryStack> = inventory.standing().filter(is_deleted).collect();
    let on_dependents = OnDependents::of(asked.leave_dependents);
    pruned_dependents::check(inventory, (&deleted, &[]), RESUME_PRUNE, (on_dependents, progress))
}
