//! Whether a reply has the format of an answer of AWS at all.
//!
//! The SDK takes any reply with a good status for the answer to a call that returns nothing, such as
//! DeleteStack: a proxy's page would be one. What does not answer the call is an error here.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// How far into a reply its root element begins at the latest, in bytes.
const ROOT_WITHIN: usize = 1024;

/// The form of a service's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum ReplyFormat {
    /// An XML element named after the operation, as in the query protocol.
    Xml,
    /// A JSON object, or nothing.
    Json,
}

/// A reply that answers nothing.
#[derive(Debug, thiserror::Error)]
#[error("the reply is not one that AWS gives: something else answered {0}")]
pub(in crate::cloud) struct NotAnAwsReply(String);

impl ReplyFormat {
    /// Whether a body answers an operation.
    fn is_answer(self, operation: &str, body: &[u8]) -> bool {
        match self {
            Self::Xml => {
                let start = &body[..body.len().min(ROOT_WITHIN)];
                String::from_utf8_lossy(start).contains(&format!("<{operation}Response"))
            }
            Self::Json => matches!(body.trim_ascii_start().first(), None | Some(b'{')),
        }
    }
}

#[dyn_dispatch_hint]
impl Intercept for ReplyFormat {
    fn name(&self) -> &'static str {
        "ReplyFormat"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // A body that could not be read is an error already.
        let (Some(body), Some(metadata)) = (response.body().bytes(), config.load::<Metadata>())
        else {
            return Ok(());
        };
        let operation = metadata.name();
        if response.status().is_success() && !self.is_answer(operation, body) {
            return Err(NotAnAwsReply(operation.to_owned()).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_named_after_its_operation_and_a_page_is_none() {
        let is_answer = |body: &str| ReplyFormat::Xml.is_answer("DeleteStack", body.as_bytes());
        assert!(is_answer("<DeleteStackResponse xmlns=\"a\"><ResponseMetadata/>"));
        assert!(is_answer("<?xml version=\"1.0\"?>\n<DeleteStackResponse>"));
        assert!(!is_answer("<html><head><title>Sign in</title></head>"));
        assert!(!is_answer("<UpdateStackResponse>"));
        assert!(!is_answer(""));
        let is_answer = |body: &str| ReplyFormat::Json.is_answer("PollForJobs", body.as_bytes());
        assert!(is_answer("{}") && is_answer("") && is_answer("\n {\"jobs\": []}"));
        assert!(!is_answer("<html>"));
    }
}
