//! Failed calls, in our words.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::interceptors::error::InterceptorError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::answer::NoAnswer;

use crate::event::{Failure, FailureKind};
use crate::name::AccountName;

/// What to do where AWS has trouble of its own.
const TROUBLE: &str = "AWS has trouble of its own (health.aws.amazon.com tells of it): run again \
                       later, what was done already is found as it stands";

/// What to do where something answers that is not AWS.
const NOT_AWS: &str = "check AWS_ENDPOINT_URL and any proxy in between";

/// What to do where credentials turn out to be another account's in the middle of a run.
pub(in crate::cloud) const OTHER_KEYS: &str = "see to it that the profile, program or role yields credentials of the right account for as long \
     as a run lasts, then `xdeploy resume` goes on";

/// What to do where the answers are of another account than the credentials.
const OTHER_CLOUD: &str = "let AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_CLOUDFORMATION and the profile's `endpoint_url` lead to \
     the cloud of STS, look into the account of the answer for what was made there, then `xdeploy \
     resume` goes on";

/// What AWS answers in a Region that the account has not enabled, where it says so.
pub(in crate::cloud) const OPT_IN: &str = "OptInRequired";

/// What to do where something that this machine keeps cannot be used.
pub(in crate::cloud) const MEND_MACHINE: &str = "mend what is named, then run again";

/// A call that AWS refused or that got no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {text}")]
pub struct CallError {
    /// The call, such as `cloudformation:CreateStack`.
    pub operation: &'static str,
    /// AWS's error code; absent if there was no answer from AWS.
    pub code: Option<String>,
    /// AWS's message, or why there was no answer.
    pub text: String,
    /// Where it comes from.
    pub origin: ErrorOrigin,
}

/// Who is behind a [`CallError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// AWS answered with an error.
    Service,
    /// No credentials could be had for the call.
    Credentials,
    /// Nothing answered, or not to its end.
    Network,
    /// Something answered, and not as AWS does: the call may have been carried out.
    Unreadable,
    /// It was not sent: the run was asked to stop while it waited for its time.
    Withdrawn,
    /// It was not sent: what this machine keeps for it is there and cannot be used.
    Unusable,
    /// It was not sent: the credentials turned out to be another account's.
    ForeignKeys,
    /// The answer is of another account or Region than was asked.
    ForeignAnswer,
}

/// What this machine keeps of AWS is there and cannot be used: credentials that nothing can be signed
/// with, a key of a config file that cannot be heeded. Says where it stands and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::cloud) struct Unusable(pub String);

/// Whether an error code means that calls come too fast.
///
/// Source: the AWS SDKs' list of throttling error codes, which all of them share.
pub(in crate::cloud) fn is_throttling_code(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "TransactionInProgressException"
            | "EC2ThrottledException"
            | "ProvisionedThroughputExceededException"
    )
}

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
                let is_trouble = service.raw().status().is_server_error();
                let origin = match code {
                    None if !is_trouble => ErrorOrigin::Unreadable,
                    None | Some(_) => ErrorOrigin::Service,
                };
                Self { operation, code, text, origin }
            }
            other => Self::of_unanswered(operation, innermost(other), other.source()),
        }
    }

    /// Returns what a provider says that yields no credentials.
    pub(in crate::cloud) fn of_keys(operation: &'static str, error: &CredentialsError) -> Self {
        Self::of_unanswered(operation, told_by(error), Some(error))
    }

    /// Returns what stands in for a call without an answer, by the causes of that.
    fn of_unanswered(
        operation: &'static str,
        text: String,
        cause: Option<&(dyn Error + 'static)>,
    ) -> Self {
        let causes = || std::iter::successors(cause, |error| (*error).source());
        if let Some(Unusable(text)) = causes().find_map(|error| error.downcast_ref()) {
            let (text, origin) = (text.clone(), ErrorOrigin::Unusable);
            return Self { operation, code: None, text, origin };
        }
        // One of our own on the way, such as that of a role that signs the call, knows best.
        if let Some(own) = causes().find_map(|error| error.downcast_ref::<Self>()) {
            let Self { text, origin, .. } = own.clone();
            if own.is_foreign() {
                return Self { operation, code: None, text, origin };
            }
            if own.is_passing() {
                let text = format!("{}: {text}", own.operation);
                return Self { operation, code: None, text, origin: ErrorOrigin::Network };
            }
        }
        let is_about_credentials = causes().any(|error| {
            error.is::<CredentialsError>() || error.to_string().contains("no credentials")
        });
        let origin = if is_about_credentials {
            ErrorOrigin::Credentials
        } else if causes().any(|error| error.is::<NoAnswer>()) {
            ErrorOrigin::Unreadable
        } else {
            ErrorOrigin::Network
        };
        Self { operation, code: None, text, origin }
    }

    /// Returns what stands for an answer that does not say what it must.
    pub(in crate::cloud) fn unreadable(operation: &'static str, text: impl Into<String>) -> Self {
        Self { operation, code: None, text: text.into(), origin: ErrorOrigin::Unreadable }
    }

    /// Returns what stands for a call whose answer is not waited for any longer.
    pub fn unanswered(operation: &'static str) -> Self {
        let text = "no answer came since the run was asked to stop".to_owned();
        Self { operation, code: None, text, origin: ErrorOrigin::Network }
    }

    /// Returns what stands in for a call that was not sent because the run was asked to stop.
    pub fn withdrawn() -> Self {
        let text = "the run was asked to stop before it was sent".to_owned();
        Self { operation: "a change", code: None, text, origin: ErrorOrigin::Withdrawn }
    }

    /// Whether it shows that a call reaches, or would reach, another account than is meant.
    pub fn is_foreign(&self) -> bool {
        matches!(self.origin, ErrorOrigin::ForeignKeys | ErrorOrigin::ForeignAnswer)
    }

    /// Whether AWS's code is `code`.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether AWS refused the call for want of permission.
    pub fn is_access_denied(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            matches!(
                code,
                "AccessDenied"
                    | "AccessDeniedException"
                    | "UnauthorizedOperation"
                    | "NotAuthorized"
            )
        })
    }

    /// Whether AWS does not take the keys any more, which new ones would mend.
    pub fn is_about_ended_keys(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            matches!(
                code,
                "ExpiredToken"
                    | "ExpiredTokenException"
                    | "RequestExpired"
                    | "InvalidToken"
                    | "InvalidClientTokenId"
                    | "UnrecognizedClientException"
            )
        })
    }

    /// Whether AWS does not know the keys, as where a Region is not enabled in their account.
    ///
    /// Source: the IAM and EC2 API references, common errors.
    pub fn is_about_unknown_keys(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            matches!(code, "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure")
        })
    }

    /// Whether AWS does not take the keys themselves, whatever they are used for.
    pub fn is_about_keys(&self) -> bool {
        self.is_about_ended_keys()
            || self.code.as_deref().is_some_and(|code| {
                matches!(
                    code,
                    "SignatureDoesNotMatch"
                        | "InvalidAccessKeyId"
                        | "AuthFailure"
                        | "IncompleteSignature"
                )
            })
    }

    /// Whether AWS says that the Region is not enabled in the account.
    pub fn is_region_disabled(&self) -> bool {
        self.has_code(OPT_IN)
    }

    /// Whether the call came too fast.
    pub fn is_throttled(&self) -> bool {
        self.code.as_deref().is_some_and(is_throttling_code)
    }

    /// Whether the other side has trouble of its own: AWS says so, or what answers is not AWS.
    pub fn is_trouble(&self) -> bool {
        match self.origin {
            ErrorOrigin::Unreadable => true,
            ErrorOrigin::Service => self.is_passing() && !self.is_throttled(),
            ErrorOrigin::Credentials
            | ErrorOrigin::Network
            | ErrorOrigin::Withdrawn
            | ErrorOrigin::Unusable
            | ErrorOrigin::ForeignKeys
            | ErrorOrigin::ForeignAnswer => false,
        }
    }

    /// Whether the call may have been carried out all the same: it was sent, and no answer of AWS
    /// says what became of it.
    pub fn leaves_open(&self) -> bool {
        self.origin == ErrorOrigin::Network || self.is_trouble()
    }

    /// Returns what to do about [trouble](Self::is_trouble).
    pub fn help_in_trouble(&self) -> &'static str {
        if self.code.is_none() { NOT_AWS } else { TROUBLE }
    }

    /// Whether the same call may work a little later.
    pub fn is_passing(&self) -> bool {
        match self.origin {
            ErrorOrigin::Network | ErrorOrigin::Unreadable => true,
            ErrorOrigin::Credentials
            | ErrorOrigin::Withdrawn
            | ErrorOrigin::Unusable
            | ErrorOrigin::ForeignKeys
            | ErrorOrigin::ForeignAnswer => false,
            ErrorOrigin::Service => self.code.as_deref().is_none_or(|code| {
                is_throttling_code(code)
                    || matches!(code, "InternalFailure" | "InternalError" | "ServiceUnavailable")
            }),
        }
    }

    /// Returns the failure of the stack instance whose call this was.
    pub fn into_failure(self, account: &AccountName) -> Failure {
        let Self { operation, ref text, origin, ref code } = self;
        let described = match code {
            Some(code) => format!("{operation} in account {account}: {code}: {text}"),
            None => format!("{operation} in account {account}: {text}"),
        };
        match origin {
            ErrorOrigin::Unusable => {
                return Failure::new(FailureKind::NoCredentials, described).with_help(MEND_MACHINE);
            }
            ErrorOrigin::Credentials => {
                return Failure::new(FailureKind::NoCredentials, described)
                    .with_help("log in again, then `xdeploy resume` goes on");
            }
            ErrorOrigin::Network => {
                return Failure::new(FailureKind::Unreachable, described).with_help(
                    "check the network, proxy and AWS_ENDPOINT_URL, then run again: \
                     what was done already is found as it stands",
                );
            }
            ErrorOrigin::Withdrawn => return Failure::new(FailureKind::Cancelled, described),
            ErrorOrigin::Unreadable => {
                return Failure::new(FailureKind::Unreachable, described).with_help(NOT_AWS);
            }
            ErrorOrigin::ForeignKeys => {
                return Failure::new(FailureKind::WrongAccount, described).with_help(OTHER_KEYS);
            }
            ErrorOrigin::ForeignAnswer => {
                let help = if operation.starts_with("sts:") { NOT_AWS } else { OTHER_CLOUD };
                return Failure::new(FailureKind::WrongAccount, described).with_help(help);
            }
            ErrorOrigin::Service => {}
        }
        if self.is_region_disabled() {
            let described = format!("{operation} in account {account}: {text}");
            return Failure::new(FailureKind::Refused, described).with_help(
                "enable the Region in that account (`aws account enable-region --region-name REGION`, \
                 which takes minutes to hours), or leave it out of `regions`",
            );
        }
        if self.is_about_keys() {
            return Failure::new(FailureKind::NoCredentials, described).with_help(
                "log in again and check the clock of this machine, then `xdeploy resume` goes on",
            );
        }
        if operation.starts_with("s3:") && (self.is_access_denied() || !self.is_passing()) {
            return self.of_bucket(described, account);
        }
        if self.is_access_denied() {
            return Failure::new(FailureKind::AccessDenied, described).with_help(format!(
                "allow {operation} in a policy of the role that enters {account}; a service \
                 control policy or permissions boundary may refuse it as well"
            ));
        }
        match code.as_deref() {
            Some("InsufficientCapabilitiesException" | "InsufficientCapabilities") => {
                Failure::new(FailureKind::InsufficientCapabilities, described)
                    .with_help("name the capability under the stack's `capabilities`")
            }
            Some(code) if is_throttling_code(code) => {
                Failure::new(FailureKind::Throttled, described)
                    .with_help("run again with a lower --max-concurrent")
            }
            Some(_) if self.is_trouble() => {
                Failure::new(FailureKind::Unreachable, described).with_help(TROUBLE)
            }
            Some(_) => Failure::new(FailureKind::Refused, described)
                .with_help("mend the template or the environment file, then run again"),
            None => Failure::new(FailureKind::Unreachable, described).with_help(NOT_AWS),
        }
    }
}

impl CallError {
    /// Returns the failure of a stack instance whose bucket does not take its template.
    fn of_bucket(&self, described: String, account: &AccountName) -> Failure {
        let operation = self.operation;
        match self.code.as_deref() {
            Some("NoSuchBucket") => Failure::new(FailureKind::Refused, described)
                .with_help("make the bucket, or mend `artifacts.bucket` in the environment file"),
            _ if self.is_access_denied() => {
                Failure::new(FailureKind::AccessDenied, described).with_help(format!(
                    "`artifacts.owner` in the environment file says which account the bucket must belong \
                     to; if it does, allow {operation} on it in a policy of the role that enters \
                     {account}, and in the bucket's own policy where that is another account's"
                ))
            }
            _ => Failure::new(FailureKind::Refused, described)
                .with_help("look at `artifacts` in the environment file, and at the bucket in S3"),
        }
    }
}

/// Returns what an error says with its deepest causes.
pub(in crate::cloud) fn told_by(error: &(dyn Error + 'static)) -> String {
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

fn texts(mut cause: Option<&(dyn Error + 'static)>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    while let Some(error) = cause {
        cause = error.source();
        // It only says which of our own interceptors raised what follows.
        if error.is::<InterceptorError>() && cause.is_some() {
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

    #[test]
    fn no_failure_of_a_bucket_blames_the_template() {
        let account = "dev".parse().expect("a name");
        let codes = [
            None,
            Some("AccessDenied"),
            Some("NoSuchBucket"),
            Some("PermanentRedirect"),
            Some("AuthorizationHeaderMalformed"),
            Some("InvalidRequest"),
            Some("BadDigest"),
            Some("SlowDown"),
            Some("InternalError"),
            Some("SomethingNew"),
        ];
        for code in codes {
            for origin in [ErrorOrigin::Service, ErrorOrigin::Network, ErrorOrigin::Unreadable] {
                let (code, text) = (code.map(str::to_owned), "no".to_owned());
                let error = CallError { operation: "s3:PutObject", code, text, origin };
                let failure = error.into_failure(&account);
                let help = failure.help.expect("it says what to do");
                assert!(!help.contains("template"), "{help}");
            }
        }
    }
}
