//! How an invocation ended: with what its function returned, or with an error.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

/// The most that a function returns, in bytes.
pub const MOST_RETURNED_BYTES: usize = 6_291_556;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvocationOutcome {
    /// What the caller is sent.
    pub payload: Bytes,
    /// Whether that is an error.
    pub is_error: bool,
}

impl InvocationOutcome {
    /// Returns the end of an invocation whose function returned something.
    pub fn returned(payload: Bytes) -> Self {
        if payload.len() > MOST_RETURNED_BYTES {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size \
                 ({MOST_RETURNED_BYTES} bytes)."
            );
            return Self::error("Function.ResponseSizeTooLarge", &message);
        }
        Self { payload, is_error: false }
    }

    /// Returns the end of an invocation whose function says that it failed; where it does not say how,
    /// all that is known is the kind of the error.
    pub fn failed(payload: Bytes, kind: Option<&str>) -> Self {
        if payload.is_empty() {
            return Self::error(kind.unwrap_or("Runtime.Unknown"), "");
        }
        Self { payload, is_error: true }
    }

    /// Returns the end of an invocation that took too long.
    pub fn timed_out(id: &str, timeout: Duration) -> Self {
        let seconds = timeout.as_secs_f64();
        let message = format!("RequestId: {id} Error: Task timed out after {seconds:.2} seconds");
        Self::error("Sandbox.Timedout", &message)
    }

    fn error(kind: &str, message: &str) -> Self {
        let error = json!({ "errorType": kind, "errorMessage": message });
        Self { payload: Bytes::from(error.to_string()), is_error: true }
    }
}
