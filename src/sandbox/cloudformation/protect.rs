//! `UpdateTerminationProtection`, `SetStackPolicy`, `GetStackPolicy`.

use super::{identity, request};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::{Refusal, xml};

/// Says whether a stack and those nested in it refuse to be deleted.
///
/// # Errors
/// If there is no such stack, or it is nested itself.
pub fn update_termination_protection(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let is_protected = call.form.flag("EnableTerminationProtection")?.unwrap_or(false);
    let (account, _) = call.store.change(&call.caller.account);
    if account.stacks[&id].nesting.is_some() {
        let name = &account.stacks[&id].name;
        let message =
            format!("Stack [{name}] is nested: its root stack's TerminationProtection counts");
        return Err(Refusal::validation(message));
    }
    for stack in account.stacks.values_mut() {
        let root = stack.nesting.as_ref().map(|nesting| &nesting.root);
        if stack.id == id || root == Some(&id) {
            stack.is_protected = is_protected;
        }
    }
    Ok(xml::text("StackId", id))
}

/// Gives a stack a policy.
///
/// # Errors
/// If there is no such stack or the policy is none.
pub fn set_stack_policy(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let policy = request::stack_policy(call.form, "StackPolicyBody")?
        .ok_or_else(|| Refusal::not_offered("SetStackPolicy without StackPolicyBody"))?;
    let (account, _) = call.store.change(&call.caller.account);
    account.stacks.get_mut(&id).expect("the stack was found").policy = Some(policy);
    Ok(String::new())
}

/// Returns a stack's policy.
///
/// # Errors
/// If there is no such stack.
pub fn get_stack_policy(call: &QueryCall<'_>) -> Result<String, Refusal> {
    Ok(xml::optional("StackPolicyBody", identity::find(call)?.policy.as_ref()))
}
