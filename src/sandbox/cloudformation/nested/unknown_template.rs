//! A nested stack whose template stands in a bucket that the sandbox does not have: a stack with the parameters
//! that it is given and no resources, which puts out whatever it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::sandbox::cloudformation::definition::{Definition, StackParameter};
use crate::sandbox::cloudformation::parameters::GivenValue;

/// Returns the definition of a nested stack of which no more is known than the `given` values of its parameters;
/// those that are `secrets` of the stack above are hidden here as well.
pub(super) fn definition(
    bucket: &str,
    id: &str,
    given: BTreeMap<String, GivenValue>,
    secrets: &BTreeSet<String>,
) -> Definition {
    let declared: Map<String, Json> =
        given.keys().map(|name| (name.clone(), json!({ "Type": "String" }))).collect();
    let template = json!({
        "Description": format!("the sandbox has no bucket {bucket}: it made up the nested stack {id}"),
        "Parameters": declared,
        "Resources": {},
    });
    let parameters = given.into_iter().filter_map(|(name, value)| match value {
        GivenValue::Value(value) => {
            let is_secret = secrets.contains(&value);
            Some((name, StackParameter { value, stored: None, is_list: false, is_secret }))
        }
        GivenValue::Previous => None,
    });
    Definition {
        body: template.to_string(),
        parameters: parameters.collect(),
        template,
        is_made_up: true,
        ..Definition::default()
    }
}
