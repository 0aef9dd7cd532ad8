//! `DeleteChangeSet`.

use super::execution::execution_status;
use super::{find, nested};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;

/// Forgets a change set; one that is not there is forgotten already.
///
/// # Errors
/// If its stack does not stand, it belongs to another one, or it is being made or executed.
pub fn delete_change_set(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = call.form.required("ChangeSetName")?;
    let stack = find::stack(call)?;
    let Some(change_set) = find::among(stack, name) else { return Ok(String::new()) };
    nested::check_is_root(change_set, "deleted")?;
    let (status, execution) =
        (change_set.status(call.now), execution_status(change_set, stack, call.now));
    if call.now < change_set.ready {
        return Err(find::wrong_status(&change_set.id, "deleted", status));
    }
    if execution == "EXECUTE_IN_PROGRESS" {
        return Err(find::wrong_status(&change_set.id, "deleted", execution));
    }
    let (stack, change_set) = (stack.id.clone(), change_set.id.clone());
    let (account, _) = call.store.change(&call.caller.account);
    account.stacks.get_mut(&stack).expect("it was found").change_sets.remove(&change_set);
    nested::forget_with(account, &change_set);
    Ok(String::new())
}
