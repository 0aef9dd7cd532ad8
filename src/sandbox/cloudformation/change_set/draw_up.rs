//! A change set is drawn up: what it would change, and why it cannot be executed.

use serde_json::Value as Json;

use super::compare::compare;
use super::foresight::Foresight;
use super::model::{ChangeSetsAbove, NO_CHANGES, NestedStacks, StoredChangeSet};
use super::nested::{self, DrawnUp, ForeseenStack, NestedChangeSets};
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::early_validation::EarlyValidation;
use crate::sandbox::cloudformation::engine::later;
use crate::sandbox::cloudformation::evaluate::TemplateScope;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::finding::StoredFinding;
use crate::sandbox::cloudformation::operation::{Goal, StackOperation};
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::cloudformation::stored_values::StoredValues;
use crate::sandbox::cloudformation::{
    dynamic_references, early_checks, exports, principal, sought_change, update, validate,
};
use crate::sandbox::wire::Refusal;
use crate::status::StackStatus;

/// A change set that is asked for.
pub struct WantedChangeSet {
    pub name: String,
    pub definition: Definition,
    /// Whether the stack is made by it.
    pub is_creation: bool,
    pub on_failure: Option<FailurePolicy>,
    pub nested_stacks: NestedStacks,
    pub above: Option<ChangeSetsAbove>,
}

/// Draws up a change set of a stack.
///
/// # Errors
/// If what is asked for is nothing that can be made of the stack.
pub fn draw_up(
    call: &mut QueryCall<'_>,
    stack: &StoredStack,
    wanted: WantedChangeSet,
) -> Result<DrawnUp, Refusal> {
    let WantedChangeSet { name, definition, is_creation, on_failure, nested_stacks, above } =
        wanted;
    let (account, _) = call.store.change(&call.caller.account);
    let id = arn(stack, &name, &account.fresh_uuid());
    let others = exports::of_others(account, &stack.region, &stack.id);
    let draft = StoredStack { definition: definition.clone(), ..stack.clone() };
    let scope = TemplateScope { stack: &draft, others: &others };
    update::check_types(stack, &definition)?;
    let wanted = validate::wanted(&scope)?;
    let principal = principal::of(call, definition.role_arn.as_ref());
    dynamic_references::check(&scope, &StoredValues::of(call, &principal), &wanted)?;
    let is_compared = definition.transform_failure.is_none()
        && (is_creation || sought_change::is_any(stack, &definition));
    let (mut changes, mut below) = (Vec::new(), NestedChangeSets::default());
    let mut found = Vec::new();
    if is_compared {
        let compared = compare(stack, &scope, &wanted);
        changes = compared.changes;
        found = validated(call, stack, &compared.foresight, (&id, wanted.keys()));
        if nested_stacks == NestedStacks::Included {
            let root = above.as_ref().map_or(&id, |above| &above.root);
            let above = ChangeSetsAbove { parent: id.clone(), root: root.clone() };
            below = draw_up_nested(call, &compared.foresight, (&name, &above), wanted.keys());
            changes.retain_mut(|change| below.put_into(change));
        }
    }
    let has_changes =
        is_creation || !changes.is_empty() || sought_change::differs(stack, &definition);
    let wanted = wanted.keys().filter(|_| is_compared);
    found.extend(early_checks::of_change_set(&definition.template, wanted, &id, call.now));
    let failure = definition.transform_failure.clone();
    let failure = failure.or((!has_changes).then(|| NO_CHANGES.to_owned()));
    let change_set = StoredChangeSet {
        id,
        name,
        description: call.form.optional("Description").map(str::to_owned),
        token: call.form.optional("ClientToken").map(str::to_owned),
        created: call.now,
        ready: later(call.now, call.settings.resource_duration),
        is_creation,
        failure: failure.or(early_checks::failure(&found)).or(below.failure),
        definition,
        changes,
        is_obsolete: false,
        is_executed: false,
        on_failure,
        nested_stacks,
        above,
    };
    Ok(DrawnUp { change_set, found, nested: below.stacks })
}

/// Validates the resources that a change set is wanted to leave.
fn validated<'w>(
    call: &mut QueryCall<'_>,
    stack: &StoredStack,
    foresight: &Foresight<'_>,
    (change_set, wanted): (&str, impl Iterator<Item = &'w String>),
) -> Vec<StoredFinding> {
    let (account, owners) = call.store.change(&call.caller.account);
    let template = &foresight.stack.definition.template;
    let validation = EarlyValidation { account, owners, stack, template };
    let value = |written: &Json| foresight.value(written);
    wanted.flat_map(|id| validation.of_resource(id, value, (change_set, call.now))).collect()
}

/// Draws up the change sets of the stacks that are nested in one, which is wanted to have resources of these ids. What
/// cannot be drawn up is the failure of the change set `above`.
fn draw_up_nested<'w>(
    call: &mut QueryCall<'_>,
    foresight: &Foresight<'_>,
    (name, above): (&str, &ChangeSetsAbove),
    wanted: impl Iterator<Item = &'w String>,
) -> NestedChangeSets {
    let principal = principal::of(call, foresight.stack.definition.role_arn.as_ref());
    let operation = StackOperation::new(Goal::Update, None, Some(principal));
    let parent = StoredStack { operation: Some(operation), ..foresight.stack.clone() };
    let mut below = NestedChangeSets::default();
    for id in wanted {
        let Some(resource) = nested::resource(foresight, id) else { continue };
        let drawn = nested::foreseen(call, (&parent, id, &resource), name).and_then(|foreseen| {
            let ForeseenStack { stack, definition, name } = foreseen;
            let wanted = WantedChangeSet {
                name,
                definition,
                is_creation: stack.status == StackStatus::ReviewInProgress,
                on_failure: None,
                nested_stacks: NestedStacks::Included,
                above: Some(above.clone()),
            };
            let drawn = draw_up(call, &stack, wanted)?;
            Ok((stack, drawn))
        });
        match drawn {
            Ok((stack, drawn)) => below.add(id, stack, drawn),
            Err(refusal) => below.failure = below.failure.or(Some(refusal.message)),
        }
    }
    below
}

/// Returns the ARN of a change set.
fn arn(stack: &StoredStack, name: &str, uuid: &str) -> String {
    let (partition, region, account) = (stack.region.partition(), &stack.region, &stack.account);
    format!("arn:{partition}:cloudformation:{region}:{account}:changeSet/{name}/{uuid}")
}
