//! What a resource is, whatever its stack wants.
//!
//! What the sandbox's own services hold is what counts: parameters, buckets, IAM. Of everything else only `Metadata: {
//! Sandbox: { Drift: … } }` and faults tell that it is not as its stack made it.

use serde_json::Value as Json;

use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::fault::DriftKind;
use crate::sandbox::iam;
use crate::sandbox::world::{SandboxAccount, name_key};

/// Why a service does not tell how a resource stands, as users saw it where many are asked for at once.
const RATE_EXCEEDED: &str = "Rate exceeded";

/// Returns why nobody can tell how a resource stands, if that is so.
pub fn unreadable(
    stack: &StoredStack,
    logical_id: &str,
    by_fault: Option<DriftKind>,
) -> Option<String> {
    if by_fault == Some(DriftKind::Unreadable) {
        return Some(RATE_EXCEEDED.to_owned());
    }
    on_demand(stack, logical_id)["Unreadable"].as_str().map(str::to_owned)
}

fn on_demand<'s>(stack: &'s StoredStack, logical_id: &str) -> &'s Json {
    &stack.definition.template["Resources"][logical_id]["Metadata"]["Sandbox"]["Drift"]
}

/// Returns the properties of a resource as it stands, as far as its stack gives them; nothing if it is gone.
pub fn actual(
    account: &SandboxAccount,
    stack: &StoredStack,
    logical_id: &str,
    resource: &Resource,
    by_fault: Option<DriftKind>,
) -> Option<Json> {
    let on_demand = on_demand(stack, logical_id);
    if on_demand == "deleted" || by_fault == Some(DriftKind::Deleted) {
        return None;
    }
    let mut actual = held(account, stack, resource)?;
    merge(&mut actual, &on_demand["Set"]);
    let removed = on_demand["Remove"].as_array().into_iter().flatten().filter_map(Json::as_str);
    for name in removed {
        if let Some(properties) = actual.as_object_mut() {
            properties.remove(name);
        }
    }
    if by_fault == Some(DriftKind::Modified) {
        change_by_hand(&mut actual);
    }
    Some(actual)
}

/// Changes the first text of a value; returns whether there is one.
fn change_by_hand(value: &mut Json) -> bool {
    match value {
        Json::String(text) => {
            text.push_str(" (changed by hand)");
            true
        }
        Json::Array(items) => items.iter_mut().any(change_by_hand),
        Json::Object(members) => members.values_mut().any(change_by_hand),
        _ => false,
    }
}

/// Returns what the service of a resource holds of it.
fn held(account: &SandboxAccount, stack: &StoredStack, resource: &Resource) -> Option<Json> {
    let mut held = resource.properties.clone();
    match (resource.resource_type.as_str(), &resource.name) {
        ("AWS::SSM::Parameter", Some(name)) => {
            let key = name_key(&resource.resource_type, Some(&stack.region), name);
            let parameter = account.parameters.get(&key)?;
            held["Type"] = parameter.kind.as_str().into();
            held["Value"] = parameter.value.as_str().into();
        }
        ("AWS::S3::Bucket", Some(name)) => {
            account.buckets.get(name)?;
        }
        (of_iam, _) if of_iam.starts_with("AWS::IAM::") => {
            return iam::read_back(account, resource);
        }
        _ => {}
    }
    Some(held)
}

/// Puts values into others, mappings into mappings.
fn merge(into: &mut Json, from: &Json) {
    match (into, from) {
        (_, Json::Null) => {}
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Json::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
