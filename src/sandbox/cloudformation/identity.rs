//! The names under which requests ask for stacks.

use super::stack::StoredStack;
use crate::name::StackName;
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;

/// Returns the name a new stack is to have.
///
/// # Errors
/// If there is none or it breaks the rules, in the words of the API's own model.
pub fn new_name<'a>(call: &QueryCall<'a>) -> Result<&'a str, Refusal> {
    let name = call.form.required("StackName")?;
    if name.parse::<StackName>().is_ok() {
        return Ok(name);
    }
    let rule = match name.chars().count() {
        129.. => "have length less than or equal to 128",
        _ => "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
    };
    Err(Refusal::constraint(name, "stackName", rule))
}

/// Returns the name or ARN a request asks for.
///
/// # Errors
/// If there is none or it can be neither.
pub fn asked_for<'a>(call: &QueryCall<'a>) -> Result<&'a str, Refusal> {
    let name = call.form.required("StackName")?;
    if name.starts_with("arn:") || name.parse::<StackName>().is_ok() {
        return Ok(name);
    }
    Err(Refusal::constraint(
        name,
        "stackName",
        "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    ))
}

/// Returns the stack a request asks for.
///
/// # Errors
/// If there is no such stack; a deleted one is found by its ARN only.
pub fn find<'a>(call: &'a QueryCall<'_>) -> Result<&'a StoredStack, Refusal> {
    let name = asked_for(call)?;
    let account = call.store.account(&call.caller.account);
    account
        .stack(&call.caller.region, name)
        .ok_or_else(|| Refusal::validation(format!("Stack with id {name} does not exist")))
}

/// Returns the ARN of a stack that a request wants to change.
///
/// # Errors
/// If there is no such stack.
pub fn find_standing(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let name = asked_for(call)?;
    let account = call.store.account(&call.caller.account);
    account
        .stack(&call.caller.region, name)
        .filter(|stack| !stack.is_gone())
        .map(|stack| stack.id.clone())
        .ok_or_else(|| Refusal::validation(format!("Stack [{name}] does not exist")))
}
