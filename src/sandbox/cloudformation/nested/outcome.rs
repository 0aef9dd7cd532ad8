//! What the end of a nested stack's operation means for its resource, in AWS's words.

use crate::sandbox::cloudformation::engine::resource_in_progress;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::stack_event::Event;
use crate::sandbox::world::SandboxAccount;
use crate::status::{ResourceStatus, StackStatus as Status};

/// Checks that a nested stack was made or changed.
///
/// # Errors
/// If it was not, in the words of a status reason.
pub fn made_or_changed(
    account: &SandboxAccount,
    parent: &StoredStack,
    id: &str,
) -> Result<(), String> {
    let resource = &parent.resources[id];
    let Some(nested) = account.stacks.get(&resource.physical_id) else { return Ok(()) };
    let is_creation = resource_in_progress(parent, id) == ResourceStatus::CreateInProgress;
    match nested.status {
        Status::CreateComplete
        | Status::UpdateComplete
        | Status::UpdateCompleteCleanupInProgress
        | Status::UpdateRollbackComplete
        | Status::ImportComplete
        | Status::ImportRollbackComplete => Ok(()),
        _ if is_creation => Err(format!("{}: {}", ended(nested, "created"), reason(nested))),
        Status::UpdateRollbackInProgress
        | Status::UpdateRollbackCompleteCleanupInProgress
        | Status::UpdateRollbackFailed => Err(turned_back(nested)),
        _ => Err(not_updated(nested, &nested.status, reason(nested))),
    }
}

/// Returns why a nested stack is not what it was before an update, if it could not go back.
pub fn stuck_way_back(account: &SandboxAccount, resource: &Resource) -> Option<String> {
    let nested = account.stacks.get(&resource.physical_id)?;
    let is_stuck = nested.status == Status::UpdateRollbackFailed;
    is_stuck.then(|| not_updated(nested, &nested.status, reason(nested)))
}

/// Checks that a nested stack is gone.
///
/// # Errors
/// If it is not, in the words of a status reason.
pub fn deleted(account: &SandboxAccount, resource: &Resource) -> Result<(), String> {
    match account.stacks.get(&resource.physical_id).filter(|nested| !nested.is_gone()) {
        Some(nested) => Err(format!("{}: {}", ended(nested, "deleted"), last_reason(nested))),
        None => Ok(()),
    }
}

/// Says why a nested stack turned back, wherever it has got to since.
fn turned_back(nested: &StoredStack) -> String {
    let turn = Status::UpdateRollbackInProgress;
    let is_turn = |event: &&Event| event.physical_id == nested.id && event.status == turn.as_str();
    let turned = nested.events.iter().rev().find(is_turn);
    let reason = turned.and_then(|event| event.reason.as_deref()).unwrap_or_default();
    not_updated(nested, &turn, reason)
}

fn not_updated(nested: &StoredStack, status: &Status, reason: &str) -> String {
    format!("{}. Currently in {status} with reason: {reason}", ended(nested, "updated"))
}

fn ended(nested: &StoredStack, verb: &str) -> String {
    format!("Embedded stack {} was not successfully {verb}", nested.id)
}

/// Returns the last reason that a nested stack gave: one that was not deleted may have settled since.
fn last_reason(nested: &StoredStack) -> &str {
    let mut own = nested.events.iter().rev().filter(|event| event.physical_id == nested.id);
    own.find_map(|event| event.reason.as_deref()).unwrap_or_default()
}

fn reason(nested: &StoredStack) -> &str {
    nested.reason.as_deref().unwrap_or_default()
}
