//! Dependents of what `prune` deletes: stacks that stand and needed it when they were changed last, as far as
//! runs have told.

use std::collections::BTreeSet;

use super::arguments::ProgressMode;
use super::dependents::{Deleting, OnDependents, named};
use super::error::CommandError;
use super::left_behind_dependents::decide;
use crate::event::RunRequest;
use crate::journal::{CloudScope, Inventory, InventoryStack};
use crate::name::{InstanceId, StackPlace};
use crate::plan::Plan;
use crate::run::standing_dependents;

/// What `prune` says.
pub const PRUNE: Deleting = (
    "prune",
    "`xdeploy apply` deploys them without it first; --leave-dependents leaves them without what they needed",
);
/// What `resume` of a prune says.
pub const RESUME: Deleting = (
    "resume",
    "`xdeploy apply` deploys them without it first; or start anew: `xdeploy prune` with --leave-dependents \
     leaves them without what they needed",
);

/// Checks that no stack that stands needs one that is to be deleted; `gone` were looked for and not found.
///
/// # Errors
/// If one does, unless it is to be left.
pub fn check(
    inventory: &Inventory,
    (deleted, gone): (&[&InventoryStack], &[&InventoryStack]),
    deleting: Deleting,
    how: (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    let found = standing_dependents(inventory, deleted, gone);
    let dependents: BTreeSet<InstanceId> = found.iter().map(|one| one.dependent.clone()).collect();
    let which = if dependents.len() == 1 { "that stands" } else { "that stand" };
    let needs: BTreeSet<&InstanceId> = found.iter().map(|one| &one.need).collect();
    let needs = format!(" ({})", named(&needs.into_iter().collect::<Vec<_>>()));
    decide(&dependents, (which, &needs), deleting, how)
}

/// Checks the same of what a resumed prune still deletes, in the cloud of its run.
///
/// # Errors
/// As [`check`].
pub fn check_resumed(
    inventory: &Inventory,
    plan: &Plan,
    asked: &RunRequest,
    progress: ProgressMode,
) -> Result<(), CommandError> {
    let places: BTreeSet<StackPlace> =
        plan.instances.iter().map(|instance| plan.place_of(instance)).collect();
    let scope = CloudScope::of(Some(asked));
    let is_deleted =
        |stack: &&InventoryStack| stack.scope == scope && places.contains(&stack.place);
    let deleted: Vec<&InventoryStack> = inventory.standing().filter(is_deleted).collect();
    let on_dependents = OnDependents::of(asked.leave_dependents);
    check(inventory, (&deleted, &[]), RESUME, (on_dependents, progress))
}
