//! Dependents of which only runs have told: stacks that needed, when they were changed last, what is deleted
//! now, and of which the files do not say so, or that no file names any more.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{ProgressMode, SelectionArgs};
use super::dependents::{Dependents, named, tell};
use super::error::CommandError;
use super::left_behind::{self, LeftBehindFound};
use super::on_dependents::{
    DESTROY_AFTER_APPLY, DESTROY_AFTER_PRUNE, Deleting, OnDependents, ROLLBACK,
};
use crate::event::{Dependent, DependentReason};
use crate::journal::{CloudScope, Inventory, InventoryStack, RunFolder};
use crate::name::{AccountId, InstanceId, StackPlace};
use crate::plan::{Plan, dependents};
use crate::report::counted;
use crate::run::{EnvironmentCloud, environment_clouds};
use crate::sessions::Sessions;

/// Checks that no stack that `dependents` do not hold needs what a plan deletes, as far as runs have told.
///
/// # Errors
/// If one stands, or is not known to be gone, unless it is to be left.
pub async fn check(
    selection: &SelectionArgs,
    plan: &Plan,
    dependents: &Dependents,
    (sessions, folder): (&Sessions, &RunFolder),
    (on_dependents, progress): (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    // Which part of the files is deleted says nothing of what needs it.
    let everything = SelectionArgs::everything(selection.files.clone());
    let everything = everything.with_listings(selection.listings.clone());
    let deleted = plan.instances.iter().filter(|instance| !instance.is_only_read());
    let deleted: BTreeSet<StackPlace> = deleted.map(|instance| plan.place_of(instance)).collect();
    let found = left_behind::find(&everything, plan, (sessions, folder), progress);
    let found = found.that_need(deleted.clone()).looked_up(sessions, folder).await;
    let taken: BTreeSet<StackPlace> =
        found.left.iter().map(|one| one.told.place()).chain(deleted.clone()).collect();
    let known = found.left.iter().map(|one| &one.known);
    let left = known.map(|one| dependent(one, DependentReason::LeftBehind, &taken)).collect();
    let how = (on_dependents, progress);
    let several = plan.has_several_environments();
    let which = ("that no file names any more", "");
    let gone = found.left.iter().filter(|one| one.told.account_gone);
    let gone: BTreeSet<&AccountId> = gone.map(|one| &one.told.account_id).collect();
    let pruned = decide((left, several), which, DESTROY_AFTER_PRUNE, how);
    pruned.map_err(|refused| refused.with_more_help(of_gone(&gone)))?;
    // After that look: what is gone is forgotten.
    let scopes = environment_clouds(plan, sessions).into_iter().map(|cloud| cloud.scope).collect();
    let looked_at: BTreeSet<StackPlace> =
        deleted.iter().cloned().chain(dependents.places()).collect();
    let inventory = left_behind::inventory(folder, progress);
    let is_looked_at = |stack: &InventoryStack| looked_at.contains(&stack.place);
    let mut left = dependents_by_runs(&inventory, &scopes, &deleted, is_looked_at);
    left.retain(|one| found.left.iter().all(|other| other.told.id != one.id));
    let places: BTreeSet<_> = left.iter().map(|one| &one.id).collect();
    let which = match places.len() {
        1 => ("that was not deployed without it yet", ""),
        _ => ("that were not deployed without it yet", ""),
    };
    decide((left, several), which, DESTROY_AFTER_APPLY, how)
}

/// Checks that no stack in these clouds of which runs have told needs one that a rollback deletes, in one of the places
/// `deleted`; the stacks `going_back`, by place and ARN, go back as well, and those in the places `looked_at` were looked
/// up. Another stack where one went back is none of these.
///
/// # Errors
/// If there is one, unless it is to be left.
pub fn check_rollback(
    (folder, clouds): (&RunFolder, &[EnvironmentCloud]),
    deleted: &BTreeSet<StackPlace>,
    (going_back, looked_at): (&BTreeMap<StackPlace, Option<&str>>, &BTreeSet<StackPlace>),
    (on_dependents, progress): (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    if deleted.is_empty() {
        return Ok(());
    }
    let scopes = clouds.iter().map(|cloud| cloud.scope.clone()).collect();
    let inventory = left_behind::inventory(folder, progress);
    let goes_back = |stack: &InventoryStack| {
        let arns = going_back.get(&stack.place).map(|arn| arn.zip(stack.stack_id.as_deref()));
        arns.is_some_and(|arns| arns.is_none_or(|(its, known)| its == known))
    };
    let is_looked_at =
        |stack: &InventoryStack| looked_at.contains(&stack.place) || goes_back(stack);
    let left = dependents_by_runs(&inventory, &scopes, deleted, is_looked_at);
    let (several, which) = (clouds.len() > 1, ("that stood last", ""));
    decide((left, several), which, ROLLBACK, (on_dependents, progress))
}

/// Returns what `prune` needs besides to delete what is in accounts that no file covers; nothing for none.
fn of_gone(accounts: &BTreeSet<&AccountId>) -> Option<String> {
    let flags: Vec<String> = accounts.iter().map(|id| format!("--gone {id}")).collect();
    let which = if accounts.len() == 1 { "an account" } else { "accounts" };
    (!flags.is_empty())
        .then(|| format!("; it takes `{}` for {which} that no file covers", flags.join(" ")))
}

/// Returns which stacks in these clouds needed, by what runs have told, one in one of the places `deleted`; those
/// that `is_looked_at` says so of do not count.
fn dependents_by_runs(
    inventory: &Inventory,
    scopes: &BTreeSet<CloudScope>,
    deleted: &BTreeSet<StackPlace>,
    is_looked_at: impl Fn(&InventoryStack) -> bool,
) -> Vec<Dependent> {
    inventory
        .standing()
        .filter(|stack| scopes.contains(&stack.scope) && !is_looked_at(stack))
        .filter(|stack| stack.needs.iter().any(|need| deleted.contains(need)))
        .map(|stack| dependent(stack, DependentReason::DeployedWithIt, deleted))
        .collect()
}

/// Returns what a report tells of a stack, and which of `taken` it needed.
pub(super) fn dependent(
    stack: &InventoryStack,
    why: DependentReason,
    taken: &BTreeSet<StackPlace>,
) -> Dependent {
    Dependent {
        id: stack.id(),
        account_id: stack.place.account_id.clone(),
        stack_name: stack.place.stack_name.clone(),
        why,
        needs: stack.needs.iter().filter(|need| taken.contains(need)).cloned().collect(),
    }
}

/// Refuses what would leave dependents without what they needed, unless that is asked for; `which` and `what` say
/// more of them and of what they needed. Where there are several environments, each is named with its own.
///
/// # Errors
/// If there are any and they are not to be left.
pub(super) fn decide(
    (left, has_several_environments): (Vec<Dependent>, bool),
    (which, what): (&str, &str),
    deleting: Deleting,
    (on_dependents, progress): (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    // Several files may have called one stack so.
    let ids: BTreeSet<&InstanceId> = left.iter().map(|one| &one.id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let (count, names) = (ids.len(), named(&ids, has_several_environments));
    match on_dependents {
        _ if left.is_empty() => Ok(()),
        OnDependents::Leave => {
            tell(progress, &format!("left without what they needed: {names}"));
            Ok(())
        }
        OnDependents::Refuse => {
            let count = counted(count, "stack instance");
            let reason = format!("{count} {which} needed what is to be deleted{what}: {names}");
            Err(deleting.refused(reason, left))
        }
    }
}

impl LeftBehindFound {
    /// Keeps what needed a stack in one of these places, itself or through others.
    fn that_need(self, places: BTreeSet<StackPlace>) -> Self {
        let count = self.left.len();
        let own = self.left.iter().map(|one| one.told.place());
        let at: BTreeMap<StackPlace, usize> =
            own.chain(places).enumerate().map(|(at, place)| (place, at)).collect();
        let needs = self.left.iter().map(|one| {
            one.known.needs.iter().filter_map(|need| at.get(need).copied()).collect::<Vec<_>>()
        });
        let total = at.values().max().map_or(0, |last| last + 1);
        let mut needs: Vec<Vec<usize>> = needs.collect();
        needs.resize(total.max(count), Vec::new());
        let kept = dependents(&needs, &(count..total).collect());
        let mut at = 0..;
        let mut found = self;
        found.left.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        found
    }
}
