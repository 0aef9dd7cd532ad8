//! The calls that CloudFormation makes for a step of a resource.

use serde_json::Value as Json;

use super::handled_type::{self, HandledType, Occasion};
use super::handler_call::HandlerCall;
use super::iam_resource;
use super::resource_step::ResourceStep;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::{resource_types, service};
use crate::sandbox::world::SandboxAccount;

/// Returns the calls for a step of a resource, in their order, as far as they are known.
pub fn calls(
    account: &SandboxAccount,
    stack: &StoredStack,
    resource: &Resource,
    step: ResourceStep<'_>,
) -> Vec<HandlerCall> {
    let of_iam = iam_resource::calls(account, stack, resource, step);
    if let Some(calls) = of_iam {
        return calls;
    }
    let token = resource.properties["ServiceToken"].as_str().unwrap_or(":lambda:");
    match handled_type::find(&resource.resource_type) {
        // What is sent to a topic is nobody's call that is known here.
        Some(handled) if token.contains(":lambda:") => of_type(handled, stack, resource, step),
        _ => Vec::new(),
    }
}

fn of_type(
    handled: &HandledType,
    stack: &StoredStack,
    resource: &Resource,
    step: ResourceStep<'_>,
) -> Vec<HandlerCall> {
    let arn = arn(handled, stack, resource);
    let new = &resource.properties;
    let calls = handled.calls().enumerate().filter_map(|(index, (occasion, actions))| {
        if let Occasion::Passed(path) = occasion {
            return Some(passed(stack, &roles(path, new, step), &actions));
        }
        let is_tagging = occasion == Occasion::Given("Tags");
        let is_due = match (step, occasion) {
            (ResourceStep::Making, Occasion::Made) => index == 0,
            (ResourceStep::Completing, Occasion::Made) => index > 0,
            (ResourceStep::Making, Occasion::Given(property)) => {
                is_tagging && is_given(&new[property])
            }
            (ResourceStep::Completing, Occasion::Given(property)) => {
                !is_tagging && is_given(&new[property])
            }
            (ResourceStep::Changing(old), Occasion::Given(property)) => {
                old[property] != new[property] && !new[property].is_null()
            }
            (ResourceStep::Changing(old), Occasion::Altered(property)) => {
                old[property] != new[property] && !new[property].is_null()
            }
            (ResourceStep::Changing(old), Occasion::Changed) => changes_more(handled, old, new),
            (ResourceStep::Deleting, Occasion::Deleted) => true,
            _ => false,
        };
        let call = HandlerCall { actions, ..HandlerCall::new("", arn.clone()) };
        let call = if is_tagging { call.tagging() } else { call };
        is_due.then(|| vec![call])
    });
    calls.flatten().collect()
}

fn arn(handled: &HandledType, stack: &StoredStack, resource: &Resource) -> String {
    let name = resource.name.as_ref().unwrap_or(&resource.physical_id);
    let kind = resource_types::of(&resource.resource_type);
    let arn = kind.filled(handled.resource, &service::facts(stack, name, resource));
    if arn.is_empty() { "*".to_owned() } else { arn }
}

/// Whether a new resource needs more for a property than the call that makes it.
fn is_given(value: &Json) -> bool {
    let is_empty = value.as_array().is_some_and(Vec::is_empty);
    !value.is_null() && !is_empty && value != "false"
}

fn changes_more(handled: &HandledType, old: &Json, new: &Json) -> bool {
    let keys = |value: &Json| -> Vec<String> {
        value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect()
    };
    let own: Vec<&str> = handled.own_properties().collect();
    let mut keys = keys(old).into_iter().chain(keys(new));
    keys.any(|key| !own.contains(&key.as_str()) && old[&key] != new[&key])
}

/// Returns the roles that a step passes from a place in the properties.
fn roles(path: &str, new: &Json, step: ResourceStep<'_>) -> Vec<String> {
    let found = texts_at(new, path);
    match step {
        ResourceStep::Making => found,
        ResourceStep::Changing(old) => {
            let before = texts_at(old, path);
            found.into_iter().filter(|role| !before.contains(role)).collect()
        }
        ResourceStep::Completing | ResourceStep::Deleting => Vec::new(),
    }
}

fn texts_at(value: &Json, path: &str) -> Vec<String> {
    match (value, path.split_once('.')) {
        (Json::Array(items), _) => items.iter().flat_map(|item| texts_at(item, path)).collect(),
        (_, Some((first, rest))) => texts_at(&value[first], rest),
        (_, None) => value[path].as_str().map(str::to_owned).into_iter().collect(),
    }
}

fn passed(stack: &StoredStack, roles: &[String], services: &[String]) -> Vec<HandlerCall> {
    let (partition, account) = (stack.region.partition(), &stack.account);
    let arn = |role: &String| match role.starts_with("arn:") {
        true => role.clone(),
        false => format!("arn:{partition}:iam::{account}:role/*{role}"),
    };
    let roles = roles.iter().filter(|role| !role.is_empty());
    let pairs = roles.flat_map(|role| services.iter().map(move |service| (role, service)));
    pairs.map(|(role, service)| HandlerCall::pass_role(&arn(role), service)).collect()
}
