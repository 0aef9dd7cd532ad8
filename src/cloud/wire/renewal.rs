//! Credentials that can be renewed once AWS takes them no more.
//!
//! A session can end before its time: it was revoked, the machine's clock is wrong, or it came from a
//! login that ended. A call that is refused for it was not carried out, so that it is sent again as
//! soon as there are new credentials. What the call is, is not known here.

use std::fmt::Debug;

use futures::future::BoxFuture;

use super::call_error::CallError;

/// What calls are signed with: a role that was assumed and can be again, or somebody or something
/// that logged in on this machine.
pub(in crate::cloud) trait Renewable: Debug + Send + Sync {
    /// Returns which credentials are the present ones; it grows with each renewal.
    fn generation(&self) -> u64;

    /// Whether a refusal can be due to credentials that expired.
    fn have_expired(&self, refusal: &CallError) -> bool;

    /// Gets new credentials after a call was refused with those of generation `seen`, unless somebody
    /// else did so already, and returns whether there are new ones.
    ///
    /// # Errors
    /// When the role cannot be assumed again, or the new login is another account's.
    // Boxed: a role may be assumed from a role.
    fn renew<'a>(
        &'a self,
        seen: u64,
        refusal: &'a CallError,
        login: AwaitLogin,
    ) -> BoxFuture<'a, Result<bool, CallError>>;
}

/// Whether a new login is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum AwaitLogin {
    /// For as long as it takes, if a person is there.
    Yes,
    /// No: what was asked for can be done without for now.
    No,
}
