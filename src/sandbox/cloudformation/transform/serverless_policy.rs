//! A policy that a serverless resource gives its role, as IAM takes it.

use serde_json::{Value as Json, json};

/// What one of the policies comes to that a template gives.
pub(super) enum ServerlessPolicy {
    /// A managed policy, by its ARN.
    Managed(Json),
    /// A policy document of its own.
    Inline(Json),
    /// One of two documents, by a condition; either may be nothing.
    Either(Json, [Json; 2]),
}

/// Returns what stands for nothing in a template.
pub(super) fn no_value() -> Json {
    json!({ "Ref": "AWS::NoValue" })
}

/// Returns the ARN of a policy of AWS's own.
pub(super) fn of_aws(policy: &str) -> Json {
    json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{policy}") })
}
