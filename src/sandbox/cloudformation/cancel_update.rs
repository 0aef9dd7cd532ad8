//! `CancelUpdateStack`.

use super::failure_policy::FailurePolicy;
use super::identity;
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::status::StackStatus;

/// Lets a stack that is being updated go back to how it stood before.
///
/// # Errors
/// If the stack is not being updated, or already clears up.
pub fn cancel_update_stack(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    const ACTION: &str = "CancelUpdateStack";
    if token.as_ref().and_then(|token| stack.tokens.get(token)).is_some_and(|first| first == ACTION)
    {
        return Ok(String::new());
    }
    if stack.status != StackStatus::UpdateInProgress {
        return Err(Refusal::validation(
            "CancelUpdateStack cannot be called from current stack status",
        ));
    }
    let now = call.now;
    call.with_stack(&id, |engine, stack| {
        stack.tokens.extend(token.iter().map(|token| (token.clone(), ACTION.to_owned())));
        // It goes back even if a failure of its own would have left it as it is.
        stack.on_failure = FailurePolicy::Rollback;
        if let Some(operation) = &mut stack.operation {
            operation.cause = Some("Stack update cancelled".to_owned());
            operation.token = token;
        }
        engine.begin_what_is_ready(stack, now);
    });
    Ok(String::new())
}
