//! `RollbackStack`.

use super::operation::{Goal, StackOperation};
use super::{identity, phases, principal, update};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::{Refusal, xml};
use crate::status::StackStatus;

/// Takes back what a create or an update left that failed without rollback.
///
/// # Errors
/// If the stack did not fail so.
pub fn rollback_stack(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    const ACTION: &str = "RollbackStack";
    let id = identity::find_standing(call)?;
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    match token.as_ref().and_then(|token| stack.tokens.get(token)).map(String::as_str) {
        Some(ACTION) => return Ok(xml::text("StackId", id)),
        Some(_) => return Err(update::token_is_taken(token.as_deref().unwrap_or_default())),
        None => {}
    }
    if !stack.status.is_left_as_it_failed() {
        return Err(Refusal::validation(format!(
            "Stack:{id} is in {} state and can not be rolled back.",
            stack.status
        )));
    }
    let role = principal::service_role(call, stack.definition.role_arn.as_ref())?;
    let principal = principal::of(call, role.as_ref());
    let now = call.now;
    call.with_stack(&id, |engine, stack| {
        stack.tokens.extend(token.iter().map(|token| (token.clone(), ACTION.to_owned())));
        let reason = "User Initiated".to_owned();
        if stack.has_never_stood() {
            stack.operation = Some(StackOperation::new(Goal::Create, token, Some(principal)));
            phases::begin_rollback_of_creation(stack, reason, now);
        } else {
            stack.operation = Some(StackOperation::new(Goal::Update, token, Some(principal)));
            stack.turn(StackStatus::UpdateRollbackInProgress, Some(reason), now);
            phases::begin_rollback(engine, stack, &[]);
        }
        engine.begin_what_is_ready(stack, now);
    });
    Ok(xml::text("StackId", id))
}
