//! The actions that describe stacks, resources, events and exports.

use super::exports::{self, standing};
use super::page::page;
use super::stack::{Resource, StoredStack};
use super::{identity, operation_id, show};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::{Refusal, xml};

/// `DescribeStacks`: one stack, or all that are not deleted, newest first.
///
/// # Errors
/// If the stack asked for does not stand.
pub fn describe_stacks(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let (stacks, next) = match call.form.optional("StackName") {
        Some(_) => match identity::find(call) {
            Ok(stack) => (vec![stack], String::new()),
            Err(refusal) => return made_up(call).ok_or(refusal),
        },
        None => {
            let account = call.store.account(&call.caller.account);
            let mut stacks: Vec<&StoredStack> = standing(account, &call.caller.region).collect();
            stacks.sort_by_key(|stack| std::cmp::Reverse((stack.created, &stack.id)));
            page(call, stacks, |stack| &stack.id)?
        }
    };
    Ok(xml::list("Stacks", stacks.into_iter().map(|it| show::stack(it, call.now))) + &next)
}

/// Returns a stack that is not there and of which a rehearsal looks for outputs.
fn made_up(call: &QueryCall<'_>) -> Option<String> {
    let (name, account, region) =
        (call.form.optional("StackName")?, &call.caller.account, &call.caller.region);
    let outputs = call.settings.made_up_values.outputs(account, region, name);
    let shown = |(key, value): (&String, &String)| {
        xml::text("OutputKey", key) + &xml::text("OutputValue", value)
    };
    let id = format!(
        "arn:{}:cloudformation:{region}:{account}:stack/{name}/{}",
        region.partition(),
        operation_id::uuid_of(name)
    );
    let stack = [
        xml::text("StackId", id),
        xml::text("StackName", name),
        xml::text("CreationTime", xml::time(call.now)),
        xml::text("StackStatus", "CREATE_COMPLETE"),
        xml::list("Outputs", outputs.iter().map(shown)),
    ];
    (!outputs.is_empty()).then(|| xml::list("Stacks", std::iter::once(stack.concat())))
}

/// `ListStacks`: all stacks, deleted ones too, newest first.
///
/// # Errors
/// If the page asked for does not exist.
pub fn list_stacks(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let filter = call.form.texts("StackStatusFilter");
    let account = call.store.account(&call.caller.account);
    let mut stacks: Vec<&StoredStack> = account
        .stacks
        .values()
        .filter(|stack| stack.region == call.caller.region)
        .filter(|stack| filter.is_empty() || filter.iter().any(|s| s == stack.status.as_str()))
        .collect();
    stacks.sort_by_key(|stack| std::cmp::Reverse((stack.created, &stack.id)));
    let (stacks, next) = page(call, stacks, |stack| &stack.id)?;
    Ok(xml::list("StackSummaries", stacks.into_iter().map(|it| show::summary(it, call.now)))
        + &next)
}

/// `DescribeStackEvents`: what happened to a stack, newest first.
///
/// # Errors
/// If there is no such stack.
pub fn describe_stack_events(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let name = identity::asked_for(call)?;
    let stack = identity::find(call)
        .map_err(|_| Refusal::validation(format!("Stack [{name}] does not exist")))?;
    let numbered = operation_id::numbered(stack);
    let (events, next) = page(call, numbered.iter().rev().collect(), |it| &it.event.id)?;
    let events = events.into_iter().map(|it| show::event(stack, it.event, &it.operation));
    Ok(xml::list("StackEvents", events) + &next)
}

/// `DescribeStackResources`: the resources of a stack.
///
/// # Errors
/// If there is no such stack or resource.
pub fn describe_stack_resources(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let stack = identity::find(call)?;
    let only = call.form.optional("LogicalResourceId");
    if let Some(id) = only {
        resource_of(stack, id)?;
    }
    let resources = stack.resources.iter().filter(|(id, _)| only.is_none_or(|only| only == *id));
    let resources = resources.map(|(id, resource)| show::resource(stack, id, resource, call.now));
    Ok(xml::list("StackResources", resources))
}

/// `DescribeStackResource`: one resource of a stack.
///
/// # Errors
/// If there is no such stack or resource.
pub fn describe_stack_resource(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let stack = identity::find(call)?;
    let id = call.form.required("LogicalResourceId")?;
    let detail = show::resource_detail(stack, id, resource_of(stack, id)?, call.now);
    Ok(xml::element("StackResourceDetail", &detail))
}

/// `ListStackResources`: the resources of a stack, in short.
///
/// # Errors
/// If there is no such stack, or the page asked for does not exist.
pub fn list_stack_resources(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let stack = identity::find(call)?;
    let resources: Vec<(&String, &Resource)> = stack.resources.iter().collect();
    let (resources, next) = page(call, resources.iter().collect(), |(id, _)| id.as_str())?;
    let resources =
        resources.into_iter().map(|(id, it)| show::resource_summary(stack, id, it, call.now));
    Ok(xml::list("StackResourceSummaries", resources) + &next)
}

fn resource_of<'a>(stack: &'a StoredStack, id: &str) -> Result<&'a Resource, Refusal> {
    let missing =
        || Refusal::validation(format!("Resource {id} does not exist for stack {}", stack.name));
    stack.resources.get(id).ok_or_else(missing)
}

/// `ListImports`: the names of the stacks that import an export.
///
/// # Errors
/// If none does.
pub fn list_imports(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let export = call.form.required("ExportName")?;
    let account = call.store.account(&call.caller.account);
    let users = exports::users(account, &call.caller.region, export);
    if users.is_empty() {
        return Err(Refusal::validation(format!(
            "Export '{export}' is not imported by any stack."
        )));
    }
    Ok(xml::texts("Imports", users))
}

/// `ListExports`: the exports of the account and Region.
///
/// # Errors
/// If the page asked for does not exist.
pub fn list_exports(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let account = call.store.account(&call.caller.account);
    let mut exports: Vec<(&str, &str, &str)> = standing(account, &call.caller.region)
        .flat_map(|stack| stack.outputs.values().map(|output| (stack.id.as_str(), output)))
        .filter_map(|(id, output)| Some((output.export.as_deref()?, output.value.as_str(), id)))
        .collect();
    exports.sort_unstable();
    let (exports, next) = page(call, exports.iter().collect(), |export| export.0)?;
    let exports = exports.into_iter().map(|(name, value, stack)| {
        xml::text("ExportingStackId", stack) + &xml::text("Name", name) + &xml::text("Value", value)
    });
    Ok(xml::list("Exports", exports) + &next)
}
