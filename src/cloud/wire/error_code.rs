//! What an error code of AWS, or its text, says of a failed call: throttled, access denied, expired
//! credentials, no such stack; whether it may be retried, and whether its outcome is known.

use super::call_error::{CallError, ErrorOrigin};

/// What AWS answers in a Region that the account has not enabled, where it says so.
pub(in crate::cloud) const OPT_IN: &str = "OptInRequired";

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

impl CallError {
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
    pub fn has_expired_credentials(&self) -> bool {
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
    pub fn is_unknown_access_key(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            matches!(code, "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure")
        })
    }

    /// Whether AWS does not take the keys themselves, whatever they are used for.
    pub fn is_about_credentials(&self) -> bool {
        self.has_expired_credentials()
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

    /// Whether it is of who calls: the same call of somebody else may well work.
    pub fn is_callers_own(&self) -> bool {
        match self.origin {
            ErrorOrigin::Service => self.is_access_denied() || self.is_about_credentials(),
            ErrorOrigin::Network | ErrorOrigin::Unreadable => false,
            ErrorOrigin::Credentials
            | ErrorOrigin::Withdrawn
            | ErrorOrigin::Fenced
            | ErrorOrigin::Unusable
            | ErrorOrigin::ForeignCredentials
            | ErrorOrigin::ForeignAnswer => true,
        }
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
    pub fn is_unavailable(&self) -> bool {
        match self.origin {
            ErrorOrigin::Unreadable => true,
            ErrorOrigin::Service => self.is_retryable() && !self.is_throttled(),
            ErrorOrigin::Credentials
            | ErrorOrigin::Network
            | ErrorOrigin::Withdrawn
            | ErrorOrigin::Fenced
            | ErrorOrigin::Unusable
            | ErrorOrigin::ForeignCredentials
            | ErrorOrigin::ForeignAnswer => false,
        }
    }

    /// Whether the call may have been carried out all the same: it was sent, and no answer of AWS
    /// says what became of it.
    pub fn has_unknown_outcome(&self) -> bool {
        self.origin == ErrorOrigin::Network || self.is_unavailable()
    }

    /// Whether the same call may work a little later.
    pub fn is_retryable(&self) -> bool {
        match self.origin {
            ErrorOrigin::Network | ErrorOrigin::Unreadable => true,
            ErrorOrigin::Credentials
            | ErrorOrigin::Withdrawn
            | ErrorOrigin::Fenced
            | ErrorOrigin::Unusable
            | ErrorOrigin::ForeignCredentials
            | ErrorOrigin::ForeignAnswer => false,
            ErrorOrigin::Service => self.code.as_deref().is_none_or(|code| {
                is_throttling_code(code)
                    || matches!(code, "InternalFailure" | "InternalError" | "ServiceUnavailable")
            }),
        }
    }
}
