//! A failed call: which it was, what AWS or its absence said, and where that comes from.

use std::time::Duration;

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
    /// It was not sent: the run may not have its environments to itself any more.
    Fenced,
    /// It was not sent: what this machine keeps for it is there and cannot be used.
    Unusable,
    /// It was not sent: the credentials turned out to be another account's.
    ForeignCredentials,
    /// The answer is of another account or Region than was asked.
    ForeignAnswer,
}

impl CallError {
    /// Returns what stands for an answer that does not say what it must.
    pub(in crate::cloud) fn unreadable(operation: &'static str, text: impl Into<String>) -> Self {
        Self { operation, code: None, text: text.into(), origin: ErrorOrigin::Unreadable }
    }

    /// Returns what stands for a call whose answer is not waited for any longer.
    pub fn unanswered(operation: &'static str) -> Self {
        let text = "no answer came since the run was cancelled".to_owned();
        Self { operation, code: None, text, origin: ErrorOrigin::Network }
    }

    /// Returns what stands for a call that is not waited for any longer, as it only tells more.
    pub(in crate::cloud) fn overdue(operation: &'static str, waited: Duration) -> Self {
        let text = format!("no answer that can be used came within {} s", waited.as_secs());
        Self { operation, code: None, text, origin: ErrorOrigin::Network }
    }

    /// Returns what stands in for a call that was not sent because the run was asked to stop.
    pub fn withdrawn() -> Self {
        let text = "the run was cancelled before it was sent".to_owned();
        Self { operation: "a change", code: None, text, origin: ErrorOrigin::Withdrawn }
    }

    /// Returns what stands in for a call that was not sent because another run may have the environment by now.
    pub fn fenced() -> Self {
        let text = "the lock of its environment was not renewed in time".to_owned();
        Self { operation: "a change", code: None, text, origin: ErrorOrigin::Fenced }
    }

    /// Whether it shows that a call reaches, or would reach, another account than is meant.
    pub fn is_foreign(&self) -> bool {
        matches!(self.origin, ErrorOrigin::ForeignCredentials | ErrorOrigin::ForeignAnswer)
    }
}
