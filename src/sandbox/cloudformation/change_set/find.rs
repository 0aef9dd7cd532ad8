//! The names under which requests ask for change sets.

use super::model::StoredChangeSet;
use crate::name::StackName;
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::identity;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::SandboxAccount;

/// Returns the name a new change set is to have.
///
/// # Errors
/// If there is none or it breaks the rules, which are those of stacks.
pub fn new_name<'a>(call: &QueryCall<'a>) -> Result<&'a str, Refusal> {
    let name = call.form.required("ChangeSetName")?;
    if name.parse::<StackName>().is_ok() {
        return Ok(name);
    }
    let rule = match name.chars().count() {
        129.. => "have length less than or equal to 128",
        _ => "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
    };
    Err(Refusal::constraint(name, "changeSetName", rule))
}

/// Returns the stack that a change set belongs to, if there is such a change set.
pub fn stack_of<'a>(account: &'a SandboxAccount, change_set_id: &str) -> Option<&'a StoredStack> {
    account.stacks.values().find(|stack| stack.change_sets.contains_key(change_set_id))
}

/// Returns the stack that a request for a change set is about.
///
/// # Errors
/// If there is no such stack, or a change set is asked for by a name without its stack's.
pub fn stack<'a>(call: &'a QueryCall<'_>) -> Result<&'a StoredStack, Refusal> {
    let name = call.form.required("ChangeSetName")?;
    let account = call.store.account(&call.caller.account);
    if call.form.optional("StackName").is_some() {
        let id = identity::find_standing(call)?;
        return Ok(&account.stacks[&id]);
    }
    if !name.starts_with("arn:") {
        return Err(Refusal::validation(
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ));
    }
    stack_of(account, name).ok_or_else(|| not_found(name))
}

/// Returns a change set of a stack by its name or ARN.
pub fn among<'a>(stack: &'a StoredStack, name: &str) -> Option<&'a StoredChangeSet> {
    stack.change_sets.values().find(|change_set| change_set.name == name || change_set.id == name)
}

/// Returns the change set that a request asks for, and its stack.
///
/// # Errors
/// As [`stack`], and if the stack has no such change set.
pub fn change_set<'a>(
    call: &'a QueryCall<'_>,
) -> Result<(&'a StoredStack, &'a StoredChangeSet), Refusal> {
    let name = call.form.required("ChangeSetName")?;
    let stack = stack(call)?;
    among(stack, name).map(|found| (stack, found)).ok_or_else(|| not_found(name))
}

/// Returns the answer to the name of a change set that is not there.
fn not_found(name: &str) -> Refusal {
    let message = format!("ChangeSet [{name}] does not exist");
    Refusal { status: 404, code: "ChangeSetNotFound", message }
}

/// Returns the answer to what a change set does not bear in its status.
pub fn wrong_status(id: &str, done: &str, status: &str) -> Refusal {
    let message = format!("ChangeSet [{id}] cannot be {done} in its current status of [{status}]");
    Refusal::bad_request("InvalidChangeSetStatus", message)
}
