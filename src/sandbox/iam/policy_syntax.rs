//! Policy documents as IAM checks them when they are stored: `policy::grammar` for what a stack or a call brings.

use serde_json::Value as Json;

use crate::policy::grammar::{PolicyUse, fault};

/// Returns a document that may have been given as JSON text.
pub fn document(value: &Json) -> Json {
    match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        None => value.clone(),
    }
}

/// Returns what is wrong with a policy, if one is given.
pub fn policy_fault(value: &Json, used_as: PolicyUse) -> Option<String> {
    if value.is_null() { None } else { fault(&document(value), used_as) }
}
