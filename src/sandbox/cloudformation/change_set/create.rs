//! `CreateChangeSet`.

use super::draw_up::{WantedChangeSet, draw_up};
use super::find;
use super::model::NestedStacks;
use super::nested::DrawnUp;
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::cloudformation::{create, identity, request, update};
use crate::sandbox::wire::form::Form;
use crate::sandbox::wire::{Refusal, xml};
use crate::status::StackStatus;

/// Accepts a change set; a new stack waits under it until it is executed.
///
/// # Errors
/// If the request is not as CloudFormation wants it, the stack cannot be changed so now, or the name
/// is taken.
pub fn create_change_set(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = find::new_name(call)?.to_owned();
    let is_creation = match call.form.optional("ChangeSetType") {
        None | Some("UPDATE") => false,
        Some("CREATE") => true,
        Some("IMPORT") => return Err(Refusal::not_offered("change sets of type IMPORT")),
        Some(other) => {
            let rule = "satisfy enum value set: [CREATE, UPDATE, IMPORT]";
            return Err(Refusal::constraint(other, "changeSetType", rule));
        }
    };
    let on_failure = on_stack_failure(call.form, is_creation)?;
    let standing = match is_creation {
        true => waiting(call, &name)?,
        false => Some(updatable(call)?),
    };
    let token = call.form.optional("ClientToken");
    if let Some(taken) = standing.as_ref().and_then(|stack| find::among(stack, &name)) {
        return match token.is_some() && taken.token.as_deref() == token {
            true => Ok(answer(&taken.id, standing.as_ref())),
            false => Err(Refusal::bad_request(
                "AlreadyExistsException",
                format!("ChangeSet {name} already exists"),
            )),
        };
    }
    let definition = request::read(call, standing.as_ref().filter(|_| !is_creation))?;
    let is_with_nested = call.form.flag("IncludeNestedStacks")? == Some(true);
    let wanted = WantedChangeSet {
        name,
        definition,
        is_creation,
        on_failure,
        nested_stacks: if is_with_nested { NestedStacks::Included } else { NestedStacks::LeftOut },
        above: None,
    };
    let mut stack = match standing {
        Some(stack) => stack,
        None => {
            let mut stack = create::blank(call, identity::new_name(call)?);
            let reason = Some("User Initiated".to_owned());
            stack.turn(StackStatus::ReviewInProgress, reason, call.now);
            stack
        }
    };
    let DrawnUp { change_set, found, nested } = draw_up(call, &stack, wanted)?;
    stack.findings.extend(found);
    let said = answer(&change_set.id, Some(&stack));
    stack.change_sets.insert(change_set.id.clone(), change_set);
    let (account, _) = call.store.change(&call.caller.account);
    account.stacks.extend(nested.into_iter().chain([stack]).map(|stack| (stack.id.clone(), stack)));
    Ok(said)
}

/// Returns the stack that waits for its first change set to be executed, if there is one already.
fn waiting(call: &QueryCall<'_>, change_set: &str) -> Result<Option<StoredStack>, Refusal> {
    let name = identity::asked_for(call)?;
    let account = call.store.account(&call.caller.account);
    match account.stack(&call.caller.region, name).filter(|stack| !stack.is_gone()) {
        None => Ok(None),
        Some(stack) if stack.status == StackStatus::ReviewInProgress => Ok(Some(stack.clone())),
        Some(stack) => Err(Refusal::validation(format!(
            "Stack [{}] already exists and cannot be created again with the changeSet \
             [{change_set}].",
            stack.name
        ))),
    }
}

fn updatable(call: &QueryCall<'_>) -> Result<StoredStack, Refusal> {
    let id = identity::find_standing(call)?;
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    // Whether it is rolled back is said when it is executed.
    update::check_status(stack, true)?;
    Ok(stack.clone())
}

fn on_stack_failure(form: &Form, is_creation: bool) -> Result<Option<FailurePolicy>, Refusal> {
    let Some(name) = form.optional("OnStackFailure") else { return Ok(None) };
    match FailurePolicy::named(name) {
        Some(FailurePolicy::Delete) if !is_creation => Err(Refusal::validation(
            "OnStackFailure DELETE is only valid when ChangeSetType is CREATE.",
        )),
        Some(policy) => Ok(Some(policy)),
        None => {
            let rule = "satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]";
            Err(Refusal::constraint(name, "onStackFailure", rule))
        }
    }
}

fn answer(id: &str, stack: Option<&StoredStack>) -> String {
    xml::text("Id", id) + &xml::optional("StackId", stack.map(|stack| &stack.id))
}
