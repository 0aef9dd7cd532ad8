//! What Parameter Store refuses, in its words.

use crate::sandbox::wire::Refusal;

/// A member that the request lacks.
pub fn missing(member: &str) -> Refusal {
    validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
         Member must not be null"
    ))
}

/// A member that breaks a rule.
pub fn validation(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("ValidationException", message)
}

/// A parameter that nobody made.
pub fn not_found() -> Refusal {
    Refusal::bad_request("ParameterNotFound", "")
}
