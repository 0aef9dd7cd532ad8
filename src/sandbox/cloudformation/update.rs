//! `UpdateStack`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::definition::Definition;
use super::engine::Engine;
use super::evaluate::TemplateScope;
use super::failure_policy::FailurePolicy;
use super::operation::{Goal, StackOperation};
use super::stack::StoredStack;
use super::stack_policy::{self, Touch};
use super::stored_values::StoredValues;
use super::template::entries;
use super::{
    capabilities, dynamic_references, exports, identity, principal, request, sought_change, tasks,
    validate,
};
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::wire::{Refusal, xml};
use crate::status::StackStatus;

/// Accepts an update; resources change as time goes by.
///
/// # Errors
/// If the request is not as CloudFormation wants it, the stack cannot be updated now, or nothing
/// would change.
pub fn update_stack(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    let stack = &call.store.account(&call.caller.account).stacks[&id];
    match token.as_ref().and_then(|token| stack.tokens.get(token)).map(String::as_str) {
        Some("UpdateStack") => return Ok(xml::text("StackId", id)),
        Some(_) => return Err(token_is_taken(token.as_deref().unwrap_or_default())),
        None => {}
    }
    let disables_rollback = call.form.flag("DisableRollback")? == Some(true);
    check_status(stack, disables_rollback)?;
    let definition = request::read(call, Some(stack))?;
    capabilities::check_expansion(&definition)?;
    let policy = request::stack_policy(call.form, "StackPolicyBody")?;
    let policy_meanwhile = request::stack_policy(call.form, "StackPolicyDuringUpdateBody")?;
    if !stack.status.is_left_as_it_failed() && !sought_change::is_any(stack, &definition) {
        return Err(Refusal::validation("No updates are to be performed."));
    }
    let action = "UpdateStack";
    let change_set = None;
    let update = Update {
        action,
        definition,
        policy,
        policy_meanwhile,
        disables_rollback,
        token,
        change_set,
    };
    begin(call, &id, update)?;
    Ok(xml::text("StackId", id))
}

/// A change of a stack.
pub struct Update {
    /// The action that asks for it.
    pub action: &'static str,
    /// What the stack is to be.
    pub definition: Definition,
    /// Its new policy's body, which counts from the next update on.
    pub policy: Option<String>,
    /// The policy that counts for this update in place of the stack's own.
    pub policy_meanwhile: Option<String>,
    /// Whether it stays as it is if it fails.
    pub disables_rollback: bool,
    /// The client request token it came with.
    pub token: Option<String>,
    /// The ARN of the change set that it executes.
    pub change_set: Option<String>,
}

/// Begins a change of a stack.
///
/// # Errors
/// If it cannot be made, as far as it can be told beforehand.
pub fn begin(call: &mut QueryCall<'_>, id: &str, update: Update) -> Result<(), Refusal> {
    let principal = principal::of(call, update.definition.role_arn.as_ref());
    let now = call.now;
    call.with_stack(id, |engine, stack| {
        engine.accept_update(stack, update, Some(principal), now)?;
        engine.begin_what_is_ready(stack, now);
        Ok(())
    })
}

impl Engine<'_> {
    /// Gives a stack the operation that makes it what an update wants, not begun yet.
    ///
    /// # Errors
    /// If that cannot be made, as far as it can be told beforehand; the stack stays as it was.
    pub fn accept_update(
        &self,
        stack: &mut StoredStack,
        update: Update,
        principal: Option<SignedCaller>,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let Update {
            action,
            definition,
            policy,
            policy_meanwhile,
            disables_rollback,
            token,
            change_set,
        } = update;
        check_types(stack, &definition)?;
        let stored = self.stored_values(&stack.region, principal.as_ref(), at);
        let wanted = self.wanted_by(stack, &definition, &stored)?;
        stack.secrets.extend(definition.secrets());
        let former = std::mem::replace(&mut stack.definition, definition);
        if stack.has_never_stood() {
            // There is nothing to go back to.
            stack.undo.clear();
        } else {
            stack.former.get_or_insert(former);
        }
        let policy_before = stack.policy.clone();
        stack.policy = policy.or(stack.policy.take());
        stack.on_failure =
            if disables_rollback { FailurePolicy::DoNothing } else { FailurePolicy::Rollback };
        stack.updated = Some(at);
        // Of a nested stack, whose change set is executed with that of the stack above it.
        let is_executed_now = |id: &String| change_set.as_ref() == Some(id);
        stack.drift.outdate();
        stack.tokens.extend(token.iter().map(|token| (token.clone(), action.to_owned())));
        stack.change_sets.retain(|id, it| !it.is_executed || is_executed_now(id));
        let others = stack.change_sets.values_mut().filter(|it| !it.is_executed);
        others.for_each(|change_set| change_set.is_obsolete = true);
        stack.change_set_id = change_set;
        stack.imports = exports::imports_of(self.account, stack);
        let mut operation = StackOperation::new(Goal::Update, token, principal);
        operation.tasks = tasks::provisioning(wanted);
        operation.stack_policy = policy_meanwhile.or(policy_before);
        stack.operation = Some(operation);
        let cause = stack
            .definition
            .failed_transform()
            .or_else(|| exports::missing_import(self.account, stack))
            .or_else(|| denied_removal(stack));
        if let Some(operation) = &mut stack.operation {
            operation.cause = cause;
        }
        let reason = "User Initiated".to_owned();
        stack.turn(StackStatus::UpdateInProgress, Some(reason), at);
        stack.validate_early(at);
        Ok(())
    }

    /// Returns the resources that a stack is to have with another definition, each with those that come first.
    fn wanted_by(
        &self,
        stack: &StoredStack,
        definition: &Definition,
        stored: &StoredValues<'_>,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, Refusal> {
        let others = exports::of_others(self.account, &stack.region, &stack.id);
        let draft = StoredStack { definition: definition.clone(), ..stack.clone() };
        let scope = TemplateScope { stack: &draft, others: &others };
        let wanted = validate::wanted(&scope)?;
        dynamic_references::check(&scope, stored, &wanted)?;
        Ok(wanted)
    }
}

/// Checks that a stack can be updated now; one that failed, only without a rollback.
///
/// # Errors
/// If its status does not bear it.
pub fn check_status(stack: &StoredStack, disables_rollback: bool) -> Result<(), Refusal> {
    let StoredStack { id, status, .. } = stack;
    if is_updatable(status) || (status.is_left_as_it_failed() && disables_rollback) {
        return Ok(());
    }
    if status.is_left_as_it_failed() {
        return Err(Refusal::validation(format!(
            "This stack is currently in a non-terminal [{status}] state. To update the stack from this \
             state, please use the disable-rollback parameter with update-stack API. To rollback to the \
             last known good state, use the rollback-stack API"
        )));
    }
    Err(Refusal::validation(format!("Stack:{id} is in {status} state and can not be updated.")))
}

/// A resource keeps its type for life.
///
/// # Errors
/// If one would not.
pub fn check_types(stack: &StoredStack, definition: &Definition) -> Result<(), Refusal> {
    let changed: Vec<&str> = entries(&definition.template, "Resources")
        .filter(|(id, resource)| {
            let standing = stack.standing(id);
            standing.is_some_and(|standing| resource["Type"] != standing.resource_type.as_str())
        })
        .map(|(id, _)| id)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the \
         following resources: [{}]",
        changed.join(", ")
    )))
}

/// Returns why the stack's policy does not let a resource go that is no longer wanted.
fn denied_removal(stack: &StoredStack) -> Option<String> {
    let operation = stack.operation.as_ref()?;
    let standing = tasks::standing(stack);
    let mut surplus = standing.iter().filter(|id| !operation.tasks.contains_key(*id));
    surplus.find_map(|id| stack_policy::denial(stack, Touch::Delete, id))
}

/// Returns the answer to a token that came with another action before.
pub fn token_is_taken(token: &str) -> Refusal {
    Refusal::bad_request(
        "TokenAlreadyExistsException",
        format!("Client request token {token} was used for another operation already"),
    )
}

/// Whether CloudFormation takes an update over this status: `UPDATE_ROLLBACK_FAILED` needs its
/// rollback continued first.
fn is_updatable(status: &StackStatus) -> bool {
    matches!(
        status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::ImportComplete
            | StackStatus::ImportRollbackComplete
    )
}
