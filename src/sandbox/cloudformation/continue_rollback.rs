//! `ContinueUpdateRollback`.

use super::operation::{Goal, StackOperation};
use super::stack::{Resource, StoredStack};
use super::{identity, phases, principal};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::SandboxAccount;
use crate::status::StackStatus;

/// Goes on with the rollback of an update that got stuck.
///
/// # Errors
/// If the stack's rollback is not stuck, or a resource to skip did not fail.
pub fn continue_update_rollback(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    const ACTION: &str = "ContinueUpdateRollback";
    if token.as_ref().and_then(|token| stack.tokens.get(token)).is_some_and(|first| first == ACTION)
    {
        return Ok(String::new());
    }
    if stack.nesting.is_some() {
        return Err(Refusal::validation("RollbackUpdatedStack cannot be invoked on child stacks"));
    }
    if stack.status != StackStatus::UpdateRollbackFailed {
        return Err(Refusal::validation(format!(
            "Stack:{id} is in {} state and can not continue rollback.",
            stack.status
        )));
    }
    let skipped = call.form.texts("ResourcesToSkip");
    for id in &skipped {
        check_skipped(call.store.account(&call.caller.account), stack, id)?;
    }
    let role = principal::service_role(call, stack.definition.role_arn.as_ref())?;
    let principal = principal::of(call, role.as_ref());
    let now = call.now;
    call.with_stack(&id, |engine, stack| {
        stack.tokens.extend(token.iter().map(|token| (token.clone(), ACTION.to_owned())));
        let operation = StackOperation::new(Goal::Update, token, Some(principal));
        stack.operation = Some(StackOperation { skipped: skipped.clone(), ..operation });
        let reason = "User Initiated".to_owned();
        stack.turn(StackStatus::UpdateRollbackInProgress, Some(reason), now);
        phases::begin_rollback(engine, stack, &skipped);
        engine.begin_what_is_ready(stack, now);
    });
    Ok(String::new())
}

/// Checks that a resource can be left out of the way back; one of a nested stack is named `STACK.RESOURCE`.
///
/// Source: the CloudFormation API reference, `ContinueUpdateRollback`, parameter `ResourcesToSkip`.
fn check_skipped(account: &SandboxAccount, stack: &StoredStack, id: &str) -> Result<(), Refusal> {
    let (holder, own) = match id.split_once('.') {
        None => (stack, id),
        Some((name, own)) => {
            let named = account.stack(&stack.region, name);
            let is_within = |nested: &&StoredStack| {
                nested.nesting.as_ref().is_some_and(|nesting| nesting.root == stack.id)
            };
            let missing = || Refusal::validation(format!("Stack [{name}] does not exist"));
            (named.filter(is_within).ok_or_else(missing)?, own)
        }
    };
    let is_nested = |resource: &Resource| {
        account.stacks.get(&resource.physical_id).is_some_and(|nested| !nested.is_gone())
    };
    if holder.resources.get(own).is_some_and(is_nested) {
        return Err(Refusal::validation("Nested stacks could not be skipped"));
    }
    match holder.undo.contains_key(own) {
        true => Ok(()),
        false => {
            let message = format!("Resources to skip [{id}] are not in a failed state");
            Err(Refusal::validation(message))
        }
    }
}
