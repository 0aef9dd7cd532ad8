//! A request that is not carried out, in AWS's codes and words.

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code a client branches on, such as `ValidationError`.
    pub code: &'static str,
    /// What is wrong, as AWS words it.
    pub message: String,
}

impl Refusal {
    /// Returns a refusal with HTTP status 400.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// Returns a refusal with HTTP status 403.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 403, code, message: message.into() }
    }

    /// Returns the answer of a service that speaks JSON to what it has and the sandbox does not.
    pub fn unknown_operation(what: impl std::fmt::Display) -> Self {
        let message = format!("the sandbox does not offer {what}");
        Self::bad_request("UnknownOperationException", message)
    }

    /// Returns CloudFormation's and STS's answer to input they will not take.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::bad_request("ValidationError", message)
    }

    /// Returns the answer to a value that breaks a rule of the API's own model.
    pub fn constraint(value: &str, member: &str, rule: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must {rule}"
        ))
    }

    /// Returns the answer to something AWS has and the sandbox does not.
    pub fn not_offered(what: impl std::fmt::Display) -> Self {
        Self::bad_request(
            "InvalidAction",
            format!("the sandbox does not offer {what}; on AWS it may well work"),
        )
    }

    /// Returns the answer of a sandbox that cannot read or write its own state.
    pub fn state(message: impl Into<String>) -> Self {
        Self::bad_request("SandboxStateUnusable", message)
    }
}
