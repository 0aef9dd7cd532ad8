//! The caller of a request, as its account knows it.

use jiff::Timestamp;

use super::session::AssumedRole;
use crate::name::{AccountId, Partition, Region};

/// The one who sent a request, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCaller {
    /// The account the caller is in.
    pub account: AccountId,
    pub identity: Identity,
    /// The Region the request was signed for.
    pub region: Region,
    /// The service the request was signed for, such as `sts`.
    pub service: String,
    /// Whether the keys were given for a second factor.
    pub second_factor: SecondFactor,
}

/// As whom a request was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The account's root.
    Root,
    User(UserIdentity),
    /// A session in a role.
    AssumedRole(Box<AssumedRole>),
}

/// A user that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserIdentity {
    pub name: String,
    pub arn: String,
    /// Its unique id, `AIDA…`.
    pub id: String,
}

/// Whether keys were given for a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// They are long-term keys, of which nobody asks.
    #[default]
    NotAsked,
    /// They are a session's and came without.
    Missing,
    /// It was proven then.
    Since(Timestamp),
}

impl SignedCaller {
    /// Returns the partition the request was sent to.
    pub fn partition(&self) -> Partition {
        self.region.partition()
    }

    /// Returns the caller's ARN, as `GetCallerIdentity` says it.
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::Root => format!("arn:{}:iam::{}:root", self.partition(), self.account),
            Identity::User(user) => user.arn.clone(),
            Identity::AssumedRole(session) => session.arn(),
        }
    }

    /// Returns the ARN of who is behind the caller: for a session, that of its role.
    pub fn principal_arn(&self) -> String {
        match &self.identity {
            Identity::Root | Identity::User(_) => self.arn(),
            Identity::AssumedRole(session) => session.role_arn.clone(),
        }
    }

    /// Returns the caller's unique id, as `GetCallerIdentity` says it.
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.clone(),
            Identity::AssumedRole(session) => format!("{}:{}", session.role_id, session.name),
        }
    }

    /// Returns the session the caller is in, if it is in a role.
    pub fn session(&self) -> Option<&AssumedRole> {
        match &self.identity {
            Identity::AssumedRole(session) => Some(session),
            Identity::Root | Identity::User(_) => None,
        }
    }
}
