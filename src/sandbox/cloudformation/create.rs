//! `CreateStack`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::definition::Definition;
use super::engine::{Engine, later};
use super::evaluate::TemplateScope;
use super::failure_policy::FailurePolicy;
use super::operation::{Goal, StackOperation};
use super::stack::StoredStack;
use super::{
    capabilities, dynamic_references, exports, identity, principal, request, tasks, validate,
};
use crate::name::Region;
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::form::Form;
use crate::sandbox::wire::{Refusal, xml};
use crate::sandbox::world::SandboxAccount;
use crate::status::StackStatus;

/// How long a deleted stack can be asked for by its ARN: 90 days, as in AWS.
const DELETED_STACKS_STAY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Accepts a new stack; its resources are made as time goes by.
///
/// # Errors
/// If the request is not as CloudFormation wants it, or the name is taken.
pub fn create_stack(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = identity::new_name(call)?.to_owned();
    let token = call.form.optional("ClientRequestToken").map(str::to_owned);
    let caller = call.caller;
    let standing = call.store.account(&caller.account).stack(&caller.region, &name);
    let first = standing.and_then(|stack| stack.tokens.get(token.as_ref()?));
    let waiting = match standing {
        Some(stack) if first.is_some_and(|first| first == "CreateStack") => {
            return Ok(xml::text("StackId", &stack.id));
        }
        // One that only waits under a change set is made in its place.
        Some(stack) if stack.status == StackStatus::ReviewInProgress => Some(stack.clone()),
        Some(_) => {
            return Err(Refusal::bad_request(
                "AlreadyExistsException",
                format!("Stack [{name}] already exists"),
            ));
        }
        None => None,
    };
    let definition = request::read(call, None)?;
    capabilities::check_expansion(&definition)?;
    let mut stack = StoredStack {
        secrets: definition.secrets().collect(),
        definition,
        on_failure: on_failure(call.form)?,
        timeout_minutes: call.form.number("TimeoutInMinutes")?,
        is_protected: call.form.flag("EnableTerminationProtection")? == Some(true),
        policy: request::stack_policy(call.form, "StackPolicyBody")?,
        ..waiting.unwrap_or_else(|| blank(call, &name))
    };
    stack.tokens.extend(token.iter().map(|token| (token.clone(), "CreateStack".to_owned())));
    stack.change_sets.values_mut().for_each(|change_set| change_set.is_obsolete = true);
    let id = stack.id.clone();
    begin(call, stack, token)?;
    Ok(xml::text("StackId", id))
}

/// Returns a stack of which nothing was asked yet.
pub fn blank(call: &mut QueryCall<'_>, name: &str) -> StoredStack {
    let (account, _) = call.store.change(&call.caller.account);
    blank_in(account, &call.caller.region, name, call.now)
}

/// Returns a stack of an account and Region of which nothing was asked yet.
pub fn blank_in(
    account: &mut SandboxAccount,
    region: &Region,
    name: &str,
    now: Timestamp,
) -> StoredStack {
    forget_old_stacks(account, now);
    let (partition, uuid) = (region.partition(), account.fresh_uuid());
    StoredStack {
        id: format!("arn:{partition}:cloudformation:{region}:{}:stack/{name}/{uuid}", account.id),
        name: name.to_owned(),
        account: account.id.clone(),
        region: region.clone(),
        created: now,
        updated: None,
        deleted: None,
        status: StackStatus::CreateInProgress,
        reason: None,
        secrets: BTreeSet::new(),
        definition: Definition::default(),
        former: None,
        on_failure: FailurePolicy::Rollback,
        timeout_minutes: None,
        is_protected: false,
        policy: None,
        resources: BTreeMap::new(),
        replaced: BTreeMap::new(),
        undo: BTreeMap::new(),
        outputs: BTreeMap::new(),
        imports: Vec::new(),
        events: Vec::new(),
        operation: None,
        tokens: BTreeMap::new(),
        change_set_id: None,
        change_sets: BTreeMap::new(),
        drift: Default::default(),
        findings: Vec::new(),
        nesting: None,
        former_outputs: None,
    }
}

/// Begins to make what a new stack's definition asks for.
///
/// # Errors
/// If that cannot be made, as far as it can be told beforehand.
pub fn begin(
    call: &mut QueryCall<'_>,
    mut stack: StoredStack,
    token: Option<String>,
) -> Result<(), Refusal> {
    let principal = principal::of(call, stack.definition.role_arn.as_ref());
    let operation = StackOperation::new(Goal::Create, token, Some(principal));
    let now = call.now;
    call.with_engine(|engine| {
        engine.accept_creation(&mut stack, operation, now)?;
        let id = stack.id.clone();
        engine.account.stacks.insert(id.clone(), stack);
        engine.with_stack(&id, |engine, stack| engine.begin_what_is_ready(stack, now));
        Ok(())
    })
}

impl Engine<'_> {
    /// Gives a new stack the operation that makes what its definition asks for, not begun yet.
    ///
    /// # Errors
    /// If that cannot be made, as far as it can be told beforehand.
    pub fn accept_creation(
        &self,
        stack: &mut StoredStack,
        mut operation: StackOperation,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let wanted = {
            let others = exports::of_others(self.account, &stack.region, &stack.id);
            let scope = TemplateScope { stack, others: &others };
            let wanted = validate::wanted(&scope)?;
            let reader = operation.principal.as_ref();
            let stored = self.stored_values(&stack.region, reader, at);
            dynamic_references::check(&scope, &stored, &wanted)?;
            wanted
        };
        stack.imports = exports::imports_of(self.account, stack);
        operation.tasks = tasks::provisioning(wanted);
        operation.cause = stack.definition.failed_transform();
        operation.cause = operation.cause.or_else(|| exports::missing_import(self.account, stack));
        operation.deadline = stack
            .timeout_minutes
            .map(|minutes| later(at, Duration::from_secs(u64::from(minutes) * 60)));
        stack.operation = Some(operation);
        stack.turn(StackStatus::CreateInProgress, Some("User Initiated".to_owned()), at);
        stack.validate_early(at);
        Ok(())
    }
}

/// Forgets stacks that were deleted too long ago to be asked for.
fn forget_old_stacks(account: &mut SandboxAccount, now: Timestamp) {
    let is_recent = |deleted: Timestamp| now.duration_since(deleted) < DELETED_STACKS_STAY;
    account.stacks.retain(|_, stack| !stack.is_gone() || stack.deleted.is_some_and(is_recent));
}

fn on_failure(form: &Form) -> Result<FailurePolicy, Refusal> {
    match (form.flag("DisableRollback")?, form.optional("OnFailure")) {
        (Some(_), Some(_)) => {
            Err(Refusal::validation("Only one of DisableRollback or OnFailure can be specified"))
        }
        (Some(true), None) => Ok(FailurePolicy::DoNothing),
        (Some(false) | None, None) => Ok(FailurePolicy::Rollback),
        (None, Some(name)) => FailurePolicy::named(name).ok_or_else(|| {
            let rule = "satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]";
            Refusal::constraint(name, "onFailure", rule)
        }),
    }
}
