//! Failed calls of the SDK as errors of ours: AWS's code and message, or why nothing answered.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::interceptors::error::InterceptorError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::call_error::{CallError, ErrorOrigin};
use super::reply_format::NotAnAwsReply;
use crate::error_chain::chain;

/// What this machine keeps of AWS is there and cannot be used: credentials that nothing can be signed
/// with, a key of a config file that cannot be heeded. Says where it stands and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::cloud) struct UnusableSettings(pub String);

/// What stands before the request as AWS read it, with its session token, in a reply that refuses a
/// signature.
///
/// Source: the IAM user guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
const REQUEST_FOLLOWS: &str = "The Canonical String for this request";

/// Returns AWS's message without the request that it may repeat: that holds the session's token.
fn without_request(message: &str) -> &str {
    message.split(REQUEST_FOLLOWS).next().unwrap_or(message).trim_end()
}

impl CallError {
    /// Returns what the SDK says of a failed `operation`.
    pub(in crate::cloud) fn of<E>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        match error {
            SdkError::ServiceError(service) => {
                let metadata = service.err();
                let code = metadata.code().map(str::to_owned);
                let text = match (metadata.message(), &code) {
                    (Some(message), _) => without_request(message).to_owned(),
                    (None, Some(code)) => format!("AWS answered {code} without a message"),
                    (None, None) => {
                        "the reply is not one that AWS gives; is the endpoint right?".to_owned()
                    }
                };
                // What has trouble of its own was asked again by the SDK already.
                let is_unavailable = service.raw().status().is_server_error();
                let origin = match code {
                    None if !is_unavailable => ErrorOrigin::Unreadable,
                    None | Some(_) => ErrorOrigin::Service,
                };
                Self { operation, code, text, origin }
            }
            other => Self::of_unanswered(operation, innermost(other), other.source()),
        }
    }

    /// Returns what a provider says that yields no credentials.
    pub(in crate::cloud) fn of_credentials(
        operation: &'static str,
        error: &CredentialsError,
    ) -> Self {
        Self::of_unanswered(operation, deepest_causes(error), Some(error))
    }

    /// Returns what stands in for a call without an answer, by the causes of that.
    fn of_unanswered(
        operation: &'static str,
        text: String,
        cause: Option<&(dyn Error + 'static)>,
    ) -> Self {
        let causes = || cause.into_iter().flat_map(chain);
        if let Some(UnusableSettings(text)) = causes().find_map(|error| error.downcast_ref()) {
            let (text, origin) = (text.clone(), ErrorOrigin::Unusable);
            return Self { operation, code: None, text, origin };
        }
        // One of our own on the way, such as that of a role that signs the call, knows best.
        if let Some(own) = causes().find_map(|error| error.downcast_ref::<Self>()) {
            let Self { text, origin, .. } = own.clone();
            if own.is_foreign() || origin == ErrorOrigin::Fenced {
                return Self { operation, code: None, text, origin };
            }
            if own.is_retryable() {
                let text = format!("{}: {text}", own.operation);
                return Self { operation, code: None, text, origin: ErrorOrigin::Network };
            }
        }
        let is_about_credentials = causes().any(|error| {
            error.is::<CredentialsError>() || error.to_string().contains("no credentials")
        });
        let origin = if is_about_credentials {
            ErrorOrigin::Credentials
        } else if causes().any(|error| error.is::<NotAnAwsReply>()) {
            ErrorOrigin::Unreadable
        } else {
            ErrorOrigin::Network
        };
        Self { operation, code: None, text, origin }
    }
}

/// Returns what an error says with its deepest causes.
fn deepest_causes(error: &(dyn Error + 'static)) -> String {
    let texts = texts(Some(error));
    texts[texts.len().saturating_sub(3)..].join(": ")
}

/// Returns the deepest cause, which names the host, file or profile; the outer ones only repeat
/// that something failed.
fn innermost<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + 'static,
{
    let texts = texts(Error::source(error));
    if texts.is_empty() {
        return DisplayErrorContext(error).to_string();
    }
    texts[texts.len().saturating_sub(3)..].join(": ")
}

fn texts(cause: Option<&(dyn Error + 'static)>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for error in cause.into_iter().flat_map(chain) {
        // It only says which of our own interceptors raised what follows.
        if error.is::<InterceptorError>() && error.source().is_some() {
            continue;
        }
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_signature_is_told_without_the_request_that_aws_repeats() {
        let reason = "The request signature we calculated does not match the signature you \
                      provided. Check your AWS Secret Access Key and signing method.";
        let repeated = format!(
            "{reason}\n\nThe Canonical String for this request should have been\n\
             'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:FwoGZXIvYXdz\n'\n\n\
             The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20261124'"
        );
        assert_eq!(without_request(&repeated), reason);
        assert_eq!(without_request(reason), reason);
    }
}
