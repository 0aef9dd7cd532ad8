//! `ExecuteChangeSet`.

use super::execution::execution_status;
use super::model::StoredChangeSet;
use super::{find, nested};
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::update::{self, Update};
use crate::sandbox::cloudformation::{create, principal};
use crate::sandbox::wire::Refusal;

const ACTION: &str = "ExecuteChangeSet";

/// Does what a change set tells; all others of its stack are forgotten.
///
/// # Errors
/// If it cannot be executed, or not any more.
pub fn execute_change_set(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let (stack, change_set) = find::change_set(call)?;
    nested::check_is_root(change_set, "executed")?;
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    match token.as_ref().and_then(|token| stack.tokens.get(token)).map(String::as_str) {
        Some(ACTION) => return Ok(String::new()),
        Some(_) => return Err(update::token_is_taken(token.as_deref().unwrap_or_default())),
        None => {}
    }
    let execution = execution_status(change_set, stack, call.now);
    if execution != "AVAILABLE" {
        let status = match execution {
            "UNAVAILABLE" => change_set.status(call.now),
            other => other,
        };
        return Err(find::wrong_status(&change_set.id, "executed", status));
    }
    let (mut stack, change_set) = (stack.clone(), change_set.clone());
    let id = stack.id.clone();
    let on_failure = on_failure(call, &change_set)?;
    let definition = change_set.definition.clone();
    principal::service_role(call, definition.role_arn.as_ref())?;
    if change_set.is_creation {
        stack.secrets = definition.secrets().collect();
        stack.definition = definition;
        stack.on_failure = on_failure;
        stack.updated = Some(call.now);
        stack.change_set_id = Some(change_set.id.clone());
        stack.tokens.extend(token.iter().map(|token| (token.clone(), ACTION.to_owned())));
        create::begin(call, stack, token)?;
    } else {
        let disables_rollback = on_failure == FailurePolicy::DoNothing;
        update::check_status(&stack, disables_rollback)?;
        let (policy, policy_meanwhile) = (None, None);
        let update = Update {
            action: ACTION,
            definition,
            policy,
            policy_meanwhile,
            disables_rollback,
            token,
            change_set: Some(change_set.id.clone()),
        };
        update::begin(call, &id, update)?;
    }
    let executed = StoredChangeSet { is_executed: true, is_obsolete: false, ..change_set };
    let (account, _) = call.store.change(&call.caller.account);
    nested::execute_with(account, &executed.id);
    let stack = account.stacks.get_mut(&id).expect("it was found");
    stack.change_sets = [(executed.id.clone(), executed)].into();
    Ok(String::new())
}

/// Returns what happens if the execution fails.
fn on_failure(
    call: &QueryCall<'_>,
    change_set: &StoredChangeSet,
) -> Result<FailurePolicy, Refusal> {
    match (call.form.flag("DisableRollback")?, change_set.on_failure) {
        (Some(_), Some(_)) => Err(Refusal::validation(
            "DisableRollback cannot be specified for a change set that was created with OnStackFailure",
        )),
        (Some(true), None) => Ok(FailurePolicy::DoNothing),
        (None, Some(policy)) => Ok(policy),
        (Some(false) | None, None) => Ok(FailurePolicy::Rollback),
    }
}
