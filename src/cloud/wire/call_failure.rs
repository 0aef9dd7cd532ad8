//! The failure of a stack instance whose call failed: its kind, in words, and what to do about it.

use super::call_error::{CallError, ErrorOrigin};
use super::error_code::is_throttling_code;
use crate::event::{Failure, FailureKind};
use crate::name::AccountName;

/// What to do where AWS has trouble of its own.
const TROUBLE: &str = "AWS has trouble of its own (health.aws.amazon.com tells of it): run again \
                       later, what was done already is found as it stands";

/// What to do where a template refers to a parameter that Parameter Store does not have.
const NOT_STORED: &str = "put it there, in that account and Region (`aws ssm put-parameter --name NAME --type \
                          String --value VALUE`), or let a stack before make it, then run again";

/// What to do where something answers that is not AWS.
const NOT_AWS: &str = "check AWS_ENDPOINT_URL and any proxy in between";

/// What to do where credentials turn out to be another account's in the middle of a run.
pub(in crate::cloud) const OTHER_CREDENTIALS: &str = "see to it that the profile, program or role yields credentials of the right account for as long \
     as a run lasts, then `xdeploy resume` goes on";

/// What to do where the answers are of another account than the credentials.
const OTHER_CLOUD: &str = "let AWS_ENDPOINT_URL, those of single services (AWS_ENDPOINT_URL_CLOUDFORMATION, \
     AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL_SECRETS_MANAGER) and the profile's `endpoint_url` lead to \
     the cloud of STS, look into the account of the answer for what was made there, then `xdeploy \
     resume` goes on";

/// What to do where something that this machine keeps cannot be used.
pub(in crate::cloud) const MEND_MACHINE: &str = "mend what is named, then run again";

/// What to do where there are no credentials, or they have expired.
const LOG_IN: &str = "log in again, then `xdeploy resume` goes on";

/// What to do where another run may have the environment by now.
const FENCED: &str =
    "`xdeploy runs` tells who works on the environment; `xdeploy resume` goes on with this run";

/// What to do where nothing answers.
const NETWORK: &str = "check the network, proxy and AWS_ENDPOINT_URL, then run again: what was done \
                       already is found as it stands";

impl CallError {
    /// Returns the failure of the stack instance whose call this was.
    pub fn into_failure(self, account: &AccountName) -> Failure {
        let (kind, help) = match self.origin {
            ErrorOrigin::Unusable => (FailureKind::NoCredentials, MEND_MACHINE),
            ErrorOrigin::Credentials => (FailureKind::NoCredentials, LOG_IN),
            ErrorOrigin::Network => (FailureKind::Unreachable, NETWORK),
            ErrorOrigin::Unreadable => (FailureKind::Unreachable, NOT_AWS),
            ErrorOrigin::ForeignCredentials => (FailureKind::WrongAccount, OTHER_CREDENTIALS),
            ErrorOrigin::ForeignAnswer if self.operation.starts_with("sts:") => {
                (FailureKind::WrongAccount, NOT_AWS)
            }
            ErrorOrigin::ForeignAnswer => (FailureKind::WrongAccount, OTHER_CLOUD),
            ErrorOrigin::Withdrawn => {
                return Failure::new(FailureKind::Cancelled, self.described(account));
            }
            ErrorOrigin::Fenced => (FailureKind::JournalLost, FENCED),
            ErrorOrigin::Service => return self.refused(account),
        };
        Failure::new(kind, self.described(account)).with_help(help)
    }

    /// Says which call failed where, with AWS's code.
    fn described(&self, account: &AccountName) -> String {
        let Self { operation, text, code, .. } = self;
        match code {
            Some(code) => format!("{operation} in account {account}: {code}: {text}"),
            None => format!("{operation} in account {account}: {text}"),
        }
    }

    /// Returns the failure of a call that AWS answered with an error.
    fn refused(&self, account: &AccountName) -> Failure {
        let Self { operation, text, code, .. } = self;
        let described = self.described(account);
        if self.is_region_disabled() {
            let described = format!("{operation} in account {account}: {text}");
            return Failure::new(FailureKind::Refused, described).with_help(
                "enable the Region in that account (`aws account enable-region --region-name REGION`, \
                 which takes minutes to hours), or leave it out of `regions`",
            );
        }
        if self.is_about_credentials() {
            return Failure::new(FailureKind::NoCredentials, described).with_help(
                "log in again and check the clock of this machine, then `xdeploy resume` goes on",
            );
        }
        if operation.starts_with("s3:") && (self.is_access_denied() || !self.is_retryable()) {
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
            Some(_) if self.is_unavailable() => {
                Failure::new(FailureKind::Unreachable, described).with_help(TROUBLE)
            }
            Some(_) if is_role_refused(text) => Failure::new(FailureKind::Refused, described)
                .with_help(
                    "CloudFormation works with the stack's `service-role`, or the one that the stack was given \
                     last: it must stand in that account and let cloudformation.amazonaws.com assume it",
                ),
            Some(_) if text.contains("from parameter store") => {
                Failure::new(FailureKind::Refused, described).with_help(NOT_STORED)
            }
            Some(_) => Failure::new(FailureKind::Refused, described)
                .with_help("mend the template or the environment file, then run again"),
            None => Failure::new(FailureKind::Unreachable, described).with_help(NOT_AWS),
        }
    }

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

    /// Returns what to do about [trouble](Self::is_unavailable).
    pub fn help_when_unavailable(&self) -> &'static str {
        if self.code.is_none() { NOT_AWS } else { TROUBLE }
    }
}

/// Whether a refusal is of the role that CloudFormation assumes for the stack.
fn is_role_refused(text: &str) -> bool {
    text.starts_with("Role ") && text.contains("is invalid or cannot be assumed")
}

#[cfg(test)]
mod tests {
    use super::*;

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
