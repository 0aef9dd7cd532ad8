//! `ContinueUpdateRollback`.

use super::operation::{Goal, StackOperation};
use super::{identity, phases, principal};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
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
    if stack.status != StackStatus::UpdateRollbackFailed {
        return Err(Refusal::validation(format!(
            "Stack:{id} is in {} state and can not continue rollback.",
            stack.status
        )));
    }
    let skipped = call.form.texts("ResourcesToSkip");
    if let Some(unknown) = skipped.iter().find(|id| !stack.undo.contains_key(*id)) {
        return Err(Refusal::validation(format!(
            "Resources to skip [{unknown}] are not in a failed state"
        )));
    }
    let role = principal::service_role(call, stack.definition.role_arn.as_ref())?;
    let principal = principal::of(call, role.as_ref());
    let now = call.now;
    call.with_stack(&id, |engine, stack| {
        stack.tokens.extend(token.iter().map(|token| (token.clone(), ACTION.to_owned())));
        stack.operation = Some(StackOperation::new(Goal::Update, token, principal));
        let reason = "User Initiated".to_owned();
        stack.turn(StackStatus::UpdateRollbackInProgress, Some(reason), now);
        phases::begin_rollback(engine, stack, &skipped);
        engine.begin_what_is_ready(stack, now);
    });
    Ok(String::new())
}
