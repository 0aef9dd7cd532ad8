//! Why credentials could not be had, or are not taken, by what STS or its absence says.

use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::call_failure::{MEND_MACHINE, OTHER_CREDENTIALS};
use crate::event::{Failure, FailureKind};

/// Returns why credentials could not be had, or are not taken.
pub(in crate::cloud) fn no_credentials(from: &str, error: &CallError) -> Failure {
    match error.origin {
        ErrorOrigin::Network => Failure::new(
            FailureKind::Unreachable,
            format!("STS could not be reached with {from}: {}", error.text),
        )
        .with_help("check the network, proxy, Region and AWS_ENDPOINT_URL"),
        ErrorOrigin::ForeignCredentials => {
            Failure::new(FailureKind::WrongAccount, error.text.clone()).with_help(OTHER_CREDENTIALS)
        }
        ErrorOrigin::ForeignAnswer => Failure::new(
            FailureKind::WrongAccount,
            format!("STS does not answer as it should with {from}: {}", error.text),
        )
        .with_help(error.help_when_unavailable()),
        // Whatever answered, credentials it gave none, or none that can be used.
        ErrorOrigin::Unreadable | ErrorOrigin::Service if error.code.is_none() => Failure::new(
            FailureKind::NoCredentials,
            format!("STS does not answer as it should with {from}: {}", error.text),
        )
        .with_help(error.help_when_unavailable()),
        ErrorOrigin::Unusable => Failure::new(
            FailureKind::NoCredentials,
            format!("no credentials from {from}: {}", error.text),
        )
        .with_help(MEND_MACHINE),
        ErrorOrigin::Credentials | ErrorOrigin::Withdrawn | ErrorOrigin::Fenced => Failure::new(
            FailureKind::NoCredentials,
            format!("no credentials from {from}: {}", error.text),
        )
        .with_help(
            "log in (`aws sso login`, `aws configure`), set AWS_PROFILE, or name a profile in \
             the environment file",
        ),
        ErrorOrigin::Service if error.is_unavailable() => Failure::new(
            FailureKind::Unreachable,
            format!("STS does not answer as it should with {from}: {}", error.text),
        )
        .with_help(error.help_when_unavailable()),
        ErrorOrigin::Service if error.is_retryable() => Failure::new(
            FailureKind::Throttled,
            format!("STS is too busy to take {from}: {}", error.text),
        )
        .with_help("run again a little later, or with a lower --max-concurrent"),
        ErrorOrigin::Unreadable | ErrorOrigin::Service => {
            let code = error.code.as_deref().unwrap_or("an error");
            Failure::new(
                FailureKind::NoCredentials,
                format!("AWS does not take the credentials from {from}: {code}: {}", error.text),
            )
            .with_help(
                "log in again, then `xdeploy resume` goes on; if the keys are new, check the clock of \
                 this machine",
            )
        }
    }
}
