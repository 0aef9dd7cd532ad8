//! `CreateChangeSet`.

use super::compare::changes;
use super::find;
use super::model::StoredChangeSet;
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::engine::later;
use crate::sandbox::cloudformation::evaluate::TemplateScope;
use crate::sandbox::cloudformation::finding::StoredFinding;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::cloudformation::{
    create, dynamic_references, early_checks, exports, identity, request, update, validate,
};
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
    let mut stack = match standing {
        Some(stack) => stack,
        None => {
            let mut stack = create::blank(call, identity::new_name(call)?);
            let reason = Some("User Initiated".to_owned());
            stack.turn(StackStatus::ReviewInProgress, reason, call.now);
            stack
        }
    };
    let (change_set, found) = drawn_up(call, &stack, name, definition, is_creation)?;
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

fn drawn_up(
    call: &mut QueryCall<'_>,
    stack: &StoredStack,
    name: String,
    definition: Definition,
    is_creation: bool,
) -> Result<(StoredChangeSet, Vec<StoredFinding>), Refusal> {
    let account = call.store.account(&call.caller.account);
    let exports = exports::of_others(account, &stack.region, &stack.id);
    let draft = StoredStack { definition: definition.clone(), ..stack.clone() };
    let scope = TemplateScope { stack: &draft, exports: &exports };
    update::check_types(stack, &definition)?;
    let wanted = validate::wanted(&scope)?;
    dynamic_references::check(&scope, account, &wanted)?;
    let has_failed = definition.transform_failure.is_some();
    let has_changes =
        !has_failed && (is_creation || update::changes(&stack.definition, &definition));
    let changes =
        if has_changes { changes(&stack.definition, &scope, &wanted) } else { Vec::new() };
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
        is_creation,
        failure: definition
            .transform_failure
            .clone()
            .or((!has_changes).then(|| NO_CHANGES.to_owned()))
            .or(refused),
        definition,
        changes,
        is_obsolete: false,
        is_executed: false,
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
