//! The keys that calls are signed with, and what is done once AWS takes them no more.
//!
//! A session can end before its time: it was revoked, the machine's clock is wrong, or it came from a
//! login that ended. A call that is refused for it was not carried out, so that it is sent again as
//! soon as there are new keys. What the call is, is not known here.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::login::Login;
use super::role_session::RoleSession;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};

/// Where the keys of calls come from.
#[derive(Clone, Debug)]
pub(in crate::cloud) enum Keys {
    /// A role that was assumed, and can be again.
    Role(Arc<RoleSession>),
    /// Somebody or something that logged in on this machine.
    Login(Arc<Login>),
}

impl Keys {
    /// Returns which keys are the present ones; it grows with each renewal.
    pub fn generation(&self) -> u64 {
        match self {
            Self::Role(session) => session.generation(),
            Self::Login(login) => login.generation(),
        }
    }

    /// Whether a refusal can be due to keys that ended.
    pub fn have_ended(&self, refusal: &CallError) -> bool {
        match (self, refusal.origin) {
            // A role that cannot be assumed any more was asked for long enough already.
            (Self::Role(_), _) => refusal.is_about_ended_keys(),
            (Self::Login(_), ErrorOrigin::Credentials | ErrorOrigin::ForeignKeys) => true,
            (Self::Login(_), _) => refusal.is_about_ended_keys(),
        }
    }

    /// Gets new keys after a call was refused with those of generation `seen`, unless somebody else
    /// did so already, and returns whether there are new ones.
    ///
    /// # Errors
    /// When the role cannot be assumed again, or the new login is another account's.
    pub fn renew<'a>(
        &'a self,
        seen: u64,
        refusal: &'a CallError,
        patience: Patience,
    ) -> BoxFuture<'a, Result<bool, CallError>> {
        // Boxed: a role may be assumed from a role.
        match self {
            Self::Role(session) => async move { session.renew(seen).await.map(|()| true) }.boxed(),
            Self::Login(login) => async move { login.renew(seen, refusal, patience).await }.boxed(),
        }
    }
}

/// Whether a new login is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum Patience {
    /// For as long as it takes, if a person is there.
    Wait,
    /// No: what was asked for can be done without for now.
    None,
}
