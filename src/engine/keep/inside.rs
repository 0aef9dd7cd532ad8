//! What a change set does not tell of the resources in nested stacks: of those that go, and of those of which it is not
//! told what changes inside.

use super::guard::KeepGuard;
use super::held::{Holding, NESTED, held};
use crate::cloud::{CallError, Stacks};
use crate::event::{ChangeAction, Replacement, ResourceChange};

/// Returns the changes of a stack with those of what its nested stacks hold of the types that a guard keeps.
///
/// # Errors
/// When AWS refuses or does not answer.
pub async fn with_what_is_inside(
    stacks: &Stacks,
    guard: &KeepGuard,
    mut changes: Vec<ResourceChange>,
) -> Result<Vec<ResourceChange>, CallError> {
    if guard.is_idle() {
        return Ok(changes);
    }
    let counts = |of_type: &str| guard.keeps(of_type);
    let mut inside = Vec::new();
    for change in &changes {
        let (Some(action), Some(stack)) = (inside_of(change), &change.physical_id) else {
            continue;
        };
        let holding = Holding { counts: &counts, action };
        inside.extend(held(stacks, (&change.resource, stack), holding).await?);
    }
    inside.retain(|one| !changes.iter().any(|told| told.resource == one.resource));
    changes.extend(inside);
    Ok(changes)
}

/// Returns what becomes of the resources in a nested stack that is not told; nothing of one that stays, or of which it is told.
fn inside_of(change: &ResourceChange) -> Option<ChangeAction> {
    if change.resource_type != NESTED {
        return None;
    }
    let is_replaced = change.replacement.is_some_and(|it| it != Replacement::False);
    match change.action {
        ChangeAction::Remove if change.retained => None,
        ChangeAction::Remove => Some(ChangeAction::Remove),
        ChangeAction::Modify if is_replaced && !change.retained => Some(ChangeAction::Remove),
        ChangeAction::Modify if change.is_untold => Some(ChangeAction::Dynamic),
        ChangeAction::Dynamic => Some(ChangeAction::Dynamic),
        ChangeAction::Add | ChangeAction::Modify | ChangeAction::Import => None,
    }
}
