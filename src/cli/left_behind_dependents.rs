//! Dependents of which only runs have told: stacks that needed, when they were changed last, what is deleted
//! now, and of which the files do not say so, or that no file names any more.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{ProgressMode, SelectionArgs};
use super::dependents::{Deleting, Dependents, OnDependents, ROLLBACK, named, refused, tell};
use super::error::CommandError;
use super::left_behind::{self, LeftBehindFound};
use crate::event::RunRequest;
use crate::journal::{CloudScope, Inventory, InventoryStack, RunFolder};
use crate::name::{InstanceId, StackPlace};
use crate::plan::{Plan, dependents};
use crate::report::counted;
use crate::run::environment_clouds;
use crate::sessions::Sessions;

/// What there is to do about them.
const HELP: &str = "`xdeploy prune` deletes what no file names any more; do that first, or add \
                    --leave-dependents to leave them without what they need";

/// What there is to do about those that a file names.
const NAMED_HELP: &str = "`xdeploy apply` deploys them as the files say, without what they needed; or add \
                          --leave-dependents to leave them without it";

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
    let deleted = plan.instances.iter().filter(|instance| !instance.is_only_read());
    let deleted: BTreeSet<StackPlace> = deleted.map(|instance| plan.place_of(instance)).collect();
    let found = left_behind::find(&everything, plan, (sessions, folder), progress);
    let found = found.that_need(deleted.clone()).looked_up(sessions, folder).await;
    let left: BTreeSet<InstanceId> = found.left.iter().map(|one| one.told.id.clone()).collect();
    let how = (on_dependents, progress);
    decide(&left, ("that no file names any more", ""), ("destroy", HELP), how)?;
    // After that look: what is gone is forgotten.
    let scopes = environment_clouds(plan, sessions).into_iter().map(|cloud| cloud.scope).collect();
    let looked_at = deleted.iter().cloned().chain(dependents.places()).collect();
    let inventory = left_behind::inventory(folder, progress);
    let mut left = dependents_by_runs(&inventory, &scopes, &deleted, &looked_at);
    left.retain(|id| found.left.iter().all(|one| one.told.id != *id));
    decide(&left, ("that were not deployed without it yet", ""), ("destroy", NAMED_HELP), how)
}

/// Checks that no stack of which runs have told needs one that a rollback deletes, in one of the places
/// `deleted`; those in the places `looked_at` go back as well, or were looked up.
///
/// # Errors
/// If there is one, unless it is to be left.
pub fn check_rollback(
    (folder, asked): (&RunFolder, &RunRequest),
    deleted: &BTreeSet<StackPlace>,
    looked_at: &BTreeSet<StackPlace>,
    (on_dependents, progress): (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    if deleted.is_empty() {
        return Ok(());
    }
    let scopes = BTreeSet::from([CloudScope::of(Some(asked))]);
    let inventory = left_behind::inventory(folder, progress);
    let left = dependents_by_runs(&inventory, &scopes, deleted, looked_at);
    decide(&left, ("that stood last", ""), ROLLBACK, (on_dependents, progress))
}

/// Returns which stacks in these clouds needed, by what runs have told, one in one of the places `deleted`; those in
/// the places `looked_at` do not count.
fn dependents_by_runs(
    inventory: &Inventory,
    scopes: &BTreeSet<CloudScope>,
    deleted: &BTreeSet<StackPlace>,
    looked_at: &BTreeSet<StackPlace>,
) -> BTreeSet<InstanceId> {
    inventory
        .standing()
        .filter(|stack| scopes.contains(&stack.scope) && !looked_at.contains(&stack.place))
        .filter(|stack| stack.needs.iter().any(|need| deleted.contains(need)))
        .map(InventoryStack::id)
        .collect()
}

/// Refuses what would leave dependents without what they needed, unless that is asked for; `which` and `what` say
/// more of them and of what they needed.
///
/// # Errors
/// If there are any and they are not to be left.
pub(super) fn decide(
    left: &BTreeSet<InstanceId>,
    (which, what): (&str, &str),
    (command, help): Deleting,
    (on_dependents, progress): (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    let left: Vec<&InstanceId> = left.iter().collect();
    match on_dependents {
        _ if left.is_empty() => Ok(()),
        OnDependents::Leave => {
            tell(progress, &format!("left without what they needed: {}", named(&left)));
            Ok(())
        }
        OnDependents::Refuse => {
            let (count, names) = (counted(left.len(), "stack instance"), named(&left));
            let reason = format!("{count} {which} needed what is to be deleted{what}: {names}");
            Err(refused(command, &reason, help))
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
        let Self { mut left, environments } = self;
        left.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        Self { left, environments }
    }
}
