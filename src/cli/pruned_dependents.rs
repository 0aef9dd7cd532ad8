//! Dependents of what `prune` deletes: stacks that stand and needed it when they were changed last, as far as
//! runs have told.

use std::collections::BTreeSet;

use super::arguments::ProgressMode;
use super::dependents::named;
use super::error::CommandError;
use super::left_behind_dependents::{decide, dependent};
use super::on_dependents::{Deleting, OnDependents};
use crate::event::DependentReason;
use crate::journal::{Inventory, InventoryStack};
use crate::name::{InstanceId, StackPlace};
use crate::run::standing_dependents;

/// Checks that no stack that stands needs one that is to be deleted; `gone` were looked for and not found.
///
/// # Errors
/// If one does, unless it is to be left.
pub fn check(
    inventory: &Inventory,
    (deleted, gone): (&[&InventoryStack], &[&InventoryStack]),
    (deleting, has_several_environments): (Deleting, bool),
    how: (OnDependents, ProgressMode),
) -> Result<(), CommandError> {
    let found = standing_dependents(inventory, deleted, gone);
    let which = if found.len() == 1 { "that stands" } else { "that stand" };
    let taken: BTreeSet<StackPlace> = deleted.iter().map(|stack| stack.place.clone()).collect();
    let needed: BTreeSet<&StackPlace> = found.iter().flat_map(|stack| &stack.needs).collect();
    let needs = deleted.iter().filter(|stack| needed.contains(&stack.place));
    let needs: BTreeSet<InstanceId> = needs.map(|stack| stack.id()).collect();
    let needs =
        format!(" ({})", named(&needs.iter().collect::<Vec<_>>(), has_several_environments));
    let why = DependentReason::DeployedWithIt;
    let left = found.into_iter().map(|stack| dependent(stack, why, &taken)).collect();
    decide((left, has_several_environments), (which, &needs), deleting, how)
}
