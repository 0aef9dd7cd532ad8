//! `DetectStackDrift` and `DetectStackResourceDrift`.

use std::collections::BTreeMap;

use super::compare::{drift, is_detectable};
use super::model::ResourceDrift;
use super::show;
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::engine::later;
use crate::sandbox::cloudformation::identity;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::wire::{Refusal, xml};
use crate::status::{ResourceStatus, StackStatus};

/// Looks at all resources of a stack, or at some; what is found is known when that is over.
///
/// # Errors
/// If there is no such stack or resource, its status does not bear it, or it is looked at already.
pub fn detect_stack_drift(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let account = call.store.account(&call.caller.account);
    let stack = &account.stacks[&id];
    check_status(stack)?;
    if stack.drift.running(call.now).is_some() {
        return Err(Refusal::validation(format!(
            "Drift detection is already in progress for stack [{id}]"
        )));
    }
    let asked = call.form.texts("LogicalResourceIds");
    for name in &asked {
        resource(stack, name)?;
    }
    let ready = later(call.now, call.settings.resource_duration);
    let is_asked = |name: &String| asked.is_empty() || asked.contains(name);
    let found: BTreeMap<String, ResourceDrift> = stack
        .resources
        .iter()
        .filter(|(name, it)| is_asked(name) && stands(it) && is_detectable(&it.resource_type))
        .map(|(name, it)| {
            (name.clone(), drift(account, stack, (name, it), &call.settings.faults, ready))
        })
        .collect();
    let (account, _) = call.store.change(&call.caller.account);
    let detection = account.fresh_uuid();
    let stack = account.stacks.get_mut(&id).expect("it was found");
    stack.drift.begin(detection.clone(), call.now, ready, found);
    Ok(xml::text("StackDriftDetectionId", detection))
}

/// Looks at one resource of a stack, and tells what it finds.
///
/// # Errors
/// If there is no such stack or resource, its status does not bear it, or its type is none that can be looked at.
pub fn detect_stack_resource_drift(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let id = identity::find_standing(call)?;
    let name = call.form.required("LogicalResourceId")?.to_owned();
    let account = call.store.account(&call.caller.account);
    let stack = &account.stacks[&id];
    check_status(stack)?;
    let resource = resource(stack, &name)?;
    if !is_detectable(&resource.resource_type) {
        return Err(Refusal::validation(format!(
            "Drift detection is not supported for resource type {}",
            resource.resource_type
        )));
    }
    let found = drift(account, stack, (&name, resource), &call.settings.faults, call.now);
    let shown = xml::element("StackResourceDrift", &show::resource_drift(stack, &found));
    let (account, _) = call.store.change(&call.caller.account);
    account.stacks.get_mut(&id).expect("it was found").drift.note(found);
    Ok(shown)
}

/// Checks that a stack stands as it was wanted, or went back to that.
///
/// Source: the CloudFormation user guide, "Considerations when detecting drift".
fn check_status(stack: &StoredStack) -> Result<(), Refusal> {
    match stack.status {
        StackStatus::CreateComplete
        | StackStatus::UpdateComplete
        | StackStatus::UpdateRollbackComplete
        | StackStatus::UpdateRollbackFailed => Ok(()),
        // AWS's own words, as users saw them.
        _ => Err(Refusal::validation(format!(
            "Drift detection cannot be performed on stack [{}] while it is in [{}] state",
            stack.id, stack.status
        ))),
    }
}

fn resource<'a>(stack: &'a StoredStack, name: &str) -> Result<&'a Resource, Refusal> {
    let missing =
        || Refusal::validation(format!("Resource {name} does not exist for stack {}", stack.name));
    stack.resources.get(name).filter(|resource| stands(resource)).ok_or_else(missing)
}

fn stands(resource: &Resource) -> bool {
    resource.status != ResourceStatus::DeleteComplete && !resource.physical_id.is_empty()
}
