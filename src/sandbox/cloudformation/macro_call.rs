//! How a part of a template calls a macro.

use serde_json::Value as Json;

/// The function by which it does.
pub const CALL: &str = "Fn::Transform";

/// Whether a part of a template calls a macro, at any depth.
pub fn calls_macro(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(calls_macro),
        Json::Object(members) => {
            members.iter().any(|(key, value)| key == CALL || calls_macro(value))
        }
        _ => false,
    }
}
