//! Which transforms a template names, and what they make of it.

use serde_json::Value as Json;

use super::serverless::{SERVERLESS, expand};

/// Returns what a template becomes.
pub fn transformed(mut template: Json) -> Json {
    if names(&template).any(|name| name == SERVERLESS) {
        expand(&mut template);
    }
    template
}

/// Whether macros have a say in what the template holds.
pub fn is_transformed(template: &Json) -> bool {
    names(template).next().is_some()
}

fn names(template: &Json) -> impl Iterator<Item = &str> {
    let one_or_more = match &template["Transform"] {
        Json::Array(names) => names.as_slice(),
        Json::Null => &[],
        one => std::slice::from_ref(one),
    };
    one_or_more.iter().filter_map(|name| name.as_str().or_else(|| name["Name"].as_str()))
}
