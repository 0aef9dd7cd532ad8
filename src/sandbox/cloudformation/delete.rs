//! `DeleteStack`.

use jiff::Timestamp;

use super::engine::Engine;
use super::operation::{Goal, StackOperation};
use super::stack::{StoredStack, UndoStep};
use super::{exports, identity, phases, principal, tasks, update};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::status::{ResourceStatus, StackStatus};

/// Accepts a deletion; a stack that is not there is deleted already.
///
/// # Errors
/// If the stack is protected, is being updated, or the request asks to keep what cannot be kept.
pub fn delete_stack(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = identity::asked_for(call)?;
    let account = call.store.account(&call.caller.account);
    let Some(stack) = account.stack(&call.caller.region, name).filter(|stack| !stack.is_gone())
    else {
        return Ok(String::new());
    };
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    match token.as_ref().and_then(|token| stack.tokens.get(token)).map(String::as_str) {
        Some("DeleteStack") => return Ok(String::new()),
        Some(_) => return Err(update::token_is_taken(token.as_deref().unwrap_or_default())),
        None => {}
    }
    let retained = call.form.texts("RetainResources");
    check(stack, &retained)?;
    let is_forced = is_forced(call, stack)?;
    if stack.status == StackStatus::DeleteInProgress {
        return Ok(String::new());
    }
    let role = principal::service_role(call, stack.definition.role_arn.as_ref())?;
    let principal = principal::of(call, role.as_ref());
    let id = stack.id.clone();
    let now = call.now;
    let mut operation = StackOperation::new(Goal::Delete, token.clone(), Some(principal));
    operation.is_forced = is_forced;
    call.with_stack(&id, |engine, stack| {
        stack.tokens.extend(token.iter().map(|token| (token.clone(), "DeleteStack".to_owned())));
        engine.accept_deletion(stack, operation, &retained, now);
        engine.begin_what_is_ready(stack, now);
    });
    Ok(String::new())
}

impl Engine<'_> {
    /// Gives a stack the operation that deletes it, not begun yet, unless others use what it exports.
    pub fn accept_deletion(
        &mut self,
        stack: &mut StoredStack,
        mut operation: StackOperation,
        retained: &[String],
        at: Timestamp,
    ) {
        let initiated = Some("User Initiated".to_owned());
        let obstacle = exports::obstacle_to_deletion(self.account, stack);
        if obstacle.is_some() {
            // What it is doing goes on.
            let before = (stack.status.clone(), stack.operation.replace(operation));
            stack.turn(StackStatus::DeleteInProgress, initiated, at);
            stack.turn(before.0, obstacle, at);
            stack.operation = before.1;
            return;
        }
        phases::cancel_running(self, stack, at);
        forget_undo(stack);
        stack.deleted = Some(at);
        stack.change_set_id = None;
        stack.change_sets.clear();
        self.account.stacks.retain(|_, other| !waits_in(other, &stack.id));
        let mut leaving = tasks::standing(stack);
        leaving.retain(|id| !retained.contains(id));
        operation.tasks = tasks::removals(stack, &leaving);
        stack.operation = Some(operation);
        stack.turn(StackStatus::DeleteInProgress, initiated, at);
    }
}

/// Whether a stack waits to be nested in another one, under a change set.
fn waits_in(stack: &StoredStack, root: &str) -> bool {
    stack.status == StackStatus::ReviewInProgress
        && stack.nesting.as_ref().is_some_and(|nesting| nesting.root == root)
}

/// Whether what cannot be deleted is to be left behind.
fn is_forced(call: &QueryCall<'_>, stack: &StoredStack) -> Result<bool, Refusal> {
    match call.form.optional("DeletionMode") {
        None | Some("STANDARD") => Ok(false),
        Some("FORCE_DELETE_STACK") if stack.status == StackStatus::DeleteFailed => Ok(true),
        Some("FORCE_DELETE_STACK") => Err(Refusal::validation(
            "The DeletionMode FORCE_DELETE_STACK can only be specified for stacks in the DELETE_FAILED \
             state",
        )),
        Some(other) => Err(Refusal::constraint(
            other,
            "deletionMode",
            "satisfy enum value set: [STANDARD, FORCE_DELETE_STACK]",
        )),
    }
}

/// What an update replaced and could still go back to leaves with the rest.
fn forget_undo(stack: &mut StoredStack) {
    for (id, undo) in std::mem::take(&mut stack.undo) {
        let UndoStep::Replaced(old) = undo else { continue };
        let is_made =
            stack.resources.get(&id).is_some_and(|new| new.physical_id != old.physical_id);
        let place = if is_made { &mut stack.replaced } else { &mut stack.resources };
        place.insert(id, *old);
    }
}

fn check(stack: &StoredStack, retained: &[String]) -> Result<(), Refusal> {
    if stack.is_protected {
        return Err(Refusal::validation(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    let is_stoppable =
        matches!(stack.status, StackStatus::CreateInProgress | StackStatus::DeleteInProgress);
    if stack.operation.is_some() && !is_stoppable {
        return Err(Refusal::validation(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.name, stack.status
        )));
    }
    if retained.is_empty() {
        return Ok(());
    }
    if stack.status != StackStatus::DeleteFailed {
        return Err(Refusal::validation(
            "The RetainResources parameter can only be specified for stacks in the DELETE_FAILED \
             state",
        ));
    }
    let has_failed = |id: &String| {
        let resource = stack.resources.get(id);
        resource.is_some_and(|resource| resource.status == ResourceStatus::DeleteFailed)
    };
    match retained.iter().find(|id| !has_failed(id)) {
        None => Ok(()),
        Some(id) => Err(Refusal::validation(format!(
            "The following resources to retain are not in a DELETE_FAILED state: [{id}]"
        ))),
    }
}
