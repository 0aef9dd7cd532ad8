//! `CreateChangeSet`.

use super::compare::changes;
use super::find;
use super::model::{NestedStacks, StoredChangeSet};
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::engine::later;
use crate::sandbox::cloudformation::evaluate::TemplateScope;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::finding::StoredFinding;
use crate::sandbox::cloudformation::stack::{STACK_TYPE, StoredStack};
use crate::sandbox::cloudformation::stored_values::StoredValues;
use crate::sandbox::cloudformation::template::entries;
use crate::sandbox::cloudformation::{
    create, dynamic_references, early_checks, exports, identity, principal, request, sought_change,
    update, validate,
};
use crate::sandbox::wire::form::Form;
use crate::sandbox::wire::{Refusal, xml};
use crate::status::StackStatus;

/// What a change set says that holds no change.
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
                          information to create a change set.";

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
    let settings =
        Settings { is_creation, on_failure, nested_stacks: nested_stacks(call.form, &definition)? };
    let mut stack = match standing {
        Some(stack) => stack,
        None => {
            let mut stack = create::blank(call, identity::new_name(call)?);
            let reason = Some("User Initiated".to_owned());
            stack.turn(StackStatus::ReviewInProgress, reason, call.now);
            stack
        }
    };
    let (change_set, found) = drawn_up(call, &stack, name, definition, &settings)?;
    stack.findings.extend(found);
    let said = answer(&change_set.id, Some(&stack));
    stack.change_sets.insert(change_set.id.clone(), change_set);
    let (account, _) = call.store.change(&call.caller.account);
    account.stacks.insert(stack.id.clone(), stack);
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

/// What a change set is asked for besides what the stack is to be.
struct Settings {
    is_creation: bool,
    on_failure: Option<FailurePolicy>,
    nested_stacks: NestedStacks,
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

/// Returns whether nested stacks are to be told of, of which there must be none: nothing of them is carried out.
fn nested_stacks(form: &Form, definition: &Definition) -> Result<NestedStacks, Refusal> {
    let is_asked_for = form.flag("IncludeNestedStacks")? == Some(true);
    let mut resources = entries(&definition.template, "Resources");
    if is_asked_for && resources.any(|(_, resource)| resource["Type"] == STACK_TYPE) {
        let what = "the parameter IncludeNestedStacks of CreateChangeSet with nested stacks";
        return Err(Refusal::not_offered(what));
    }
    Ok(if is_asked_for { NestedStacks::Included } else { NestedStacks::LeftOut })
}

fn drawn_up(
    call: &mut QueryCall<'_>,
    stack: &StoredStack,
    name: String,
    definition: Definition,
    settings: &Settings,
) -> Result<(StoredChangeSet, Vec<StoredFinding>), Refusal> {
    let account = call.store.account(&call.caller.account);
    let others = exports::of_others(account, &stack.region, &stack.id);
    let draft = StoredStack { definition: definition.clone(), ..stack.clone() };
    let scope = TemplateScope { stack: &draft, others: &others };
    update::check_types(stack, &definition)?;
    let wanted = validate::wanted(&scope)?;
    let principal = principal::of(call, definition.role_arn.as_ref());
    dynamic_references::check(&scope, &StoredValues::of(call, &principal), &wanted)?;
    let has_failed = definition.transform_failure.is_some();
    let has_changes =
        !has_failed && (settings.is_creation || sought_change::is_any(stack, &definition));
    let changes = if has_changes { changes(stack, &scope, &wanted) } else { Vec::new() };
    let (account, _) = call.store.change(&call.caller.account);
    let id = arn(stack, &name, &account.fresh_uuid());
    let wanted = wanted.keys().filter(|_| has_changes);
    let found = early_checks::of_change_set(&definition.template, wanted, &id, call.now);
    let refused = early_checks::failure(&found);
    let change_set = StoredChangeSet {
        id,
        name,
        description: call.form.optional("Description").map(str::to_owned),
        token: call.form.optional("ClientToken").map(str::to_owned),
        created: call.now,
        ready: later(call.now, call.settings.resource_duration),
        is_creation: settings.is_creation,
        failure: definition
            .transform_failure
            .clone()
            .or((!has_changes).then(|| NO_CHANGES.to_owned()))
            .or(refused),
        definition,
        changes,
        is_obsolete: false,
        is_executed: false,
        on_failure: settings.on_failure,
        nested_stacks: settings.nested_stacks,
    };
    Ok((change_set, found))
}

fn answer(id: &str, stack: Option<&StoredStack>) -> String {
    xml::text("Id", id) + &xml::optional("StackId", stack.map(|stack| &stack.id))
}

/// Returns the ARN of a change set.
fn arn(stack: &StoredStack, name: &str, uuid: &str) -> String {
    let (partition, region, account) = (stack.region.partition(), &stack.region, &stack.account);
    format!("arn:{partition}:cloudformation:{region}:{account}:changeSet/{name}/{uuid}")
}
