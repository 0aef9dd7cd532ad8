//! What a resource is, held against what its stack wants.
//!
//! Source: the CloudFormation user guide, "Detect unmanaged configuration changes to stacks and resources with drift
//! detection": only properties that the template gives are looked at.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::actual::{actual, unreadable};
use super::model::{ComparedProperties, PropertyDrift, ResourceDrift};
use crate::sandbox::cloudformation::difference::{differences, shown};
use crate::sandbox::cloudformation::resource_types::{self, published};
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::fault::{FaultSchedule, TargetStep};
use crate::sandbox::world::SandboxAccount;

/// Whether the drift of resources of a type can be detected.
pub fn is_detectable(resource_type: &str) -> bool {
    let is_known =
        resource_types::is_modelled(resource_type) || published::find(resource_type).is_some();
    is_known && !resource_type.starts_with("AWS::CloudFormation::")
}

/// Returns how a resource stands against its stack.
pub fn drift(
    account: &SandboxAccount,
    stack: &StoredStack,
    (logical_id, resource): (&str, &Resource),
    faults: &FaultSchedule,
    at: Timestamp,
) -> ResourceDrift {
    let expected = &resource.properties;
    let (region, steps) = (stack.region.as_str(), &[]);
    let target = TargetStep {
        account: &stack.account,
        region,
        stack: &stack.name,
        resource: logical_id,
        steps,
    };
    let by_fault = faults.drift(&target, at);
    let failure = unreadable(stack, logical_id, by_fault);
    let actual = actual(account, stack, logical_id, resource, by_fault);
    let properties = actual.map(|actual| {
        let actual = arranged(expected, &given(expected, actual));
        let text = |value: &Json| {
            Some(value).filter(|value| !value.is_null()).map(|it| shown(&stack.masked(it)))
        };
        let found = differences("", expected, &actual).into_iter();
        let found = found.map(|it| PropertyDrift {
            expected: text(&it.before),
            actual: text(&it.after),
            path: it.path,
        });
        ComparedProperties {
            differences: found.collect(),
            expected: stack.masked(expected).to_string(),
            actual: stack.masked(&actual).to_string(),
        }
    });
    ResourceDrift {
        logical_id: logical_id.to_owned(),
        physical_id: resource.physical_id.clone(),
        resource_type: resource.resource_type.clone(),
        properties,
        failure,
        at,
    }
}

/// Returns those of the actual properties that the template gives.
fn given(expected: &Json, actual: Json) -> Json {
    let Json::Object(actual) = actual else { return actual };
    let is_given = |name: &String| expected.get(name).is_some();
    Json::Object(actual.into_iter().filter(|(name, _)| is_given(name)).collect())
}

/// Returns an actual value with the items of its lists where they are wanted, as the order of lists does not
/// count, and with references where the template has them, as nobody tells what they were resolved to.
fn arranged(expected: &Json, actual: &Json) -> Json {
    match (expected, actual) {
        (Json::String(text), Json::String(_)) if text.contains("{{resolve:") => expected.clone(),
        (Json::Object(wanted), Json::Object(found)) => {
            let of = |(name, value): (&String, &Json)| {
                (name.clone(), arranged(wanted.get(name).unwrap_or(&Json::Null), value))
            };
            Json::Object(found.iter().map(of).collect())
        }
        (Json::Array(wanted), Json::Array(found)) => {
            let mut rest: Vec<&Json> = found.iter().collect();
            let mut places: Vec<Option<&Json>> = wanted
                .iter()
                .map(|item| {
                    let at = rest.iter().position(|found| *found == item)?;
                    Some(rest.remove(at))
                })
                .collect();
            let mut rest = rest.into_iter();
            for place in places.iter_mut().filter(|place| place.is_none()) {
                *place = rest.next();
            }
            let items = places
                .into_iter()
                .zip(wanted)
                .map(|(found, wanted)| found.map_or(Json::Null, |found| arranged(wanted, found)));
            items.chain(rest.cloned()).collect()
        }
        _ => actual.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_lists_does_not_count() {
        let wanted = json!(["a", "b", "c"]);
        assert_eq!(arranged(&wanted, &json!(["c", "a", "b"])), wanted);
        assert_eq!(arranged(&wanted, &json!(["c", "x", "a"])), json!(["a", "x", "c"]));
        assert_eq!(arranged(&wanted, &json!(["b", "c", "a", "d"])), json!(["a", "b", "c", "d"]));
        assert_eq!(arranged(&wanted, &json!(["c"])), json!([null, null, "c"]));
    }
}
