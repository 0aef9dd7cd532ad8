//! The intent behind a call that changes a stack: what has to be on record before it is sent.

use crate::event::Fence;

/// Shows that a change is on record, so that whoever resumes the run finds it, whatever happens to the
/// call. It carries the idempotency token of that call.
///
/// Every call that changes a stack demands one. `engine/intent.rs` alone makes them, which
/// `tests/it/architecture` sees to. Change sets change no stack and need none.
#[derive(Debug)]
pub struct Intent {
    token: String,
    fence: Fence,
}

impl Intent {
    /// Returns the intent of a change, with its idempotency token and what must be open when it is sent. Whoever
    /// calls this promises that it is on record, where the run is kept.
    pub fn on_record(token: String, fence: Fence) -> Self {
        Self { token, fence }
    }

    /// Returns what must be open whenever the call is sent: it may wait long for its turn.
    pub(in crate::cloud) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Returns the idempotency token of the call: AWS does what carries it once, however often it comes.
    pub fn token(&self) -> &str {
        &self.token
    }
}
