//! The caller of a request, as its account knows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::AssumedRole;
use crate::name::{AccountId, Partition, Region};

/// The one who sent a request, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// The account's root.
    Root,
    User(UserIdentity),
    /// A session in a role.
    AssumedRole(Box<AssumedRole>),
}

/// A user that calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIdentity {
    pub name: String,
    pub arn: String,
    /// Its unique id, `AIDA…`.
    pub id: String,
}

/// Whether keys were given for a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactor {
    /// They are long-term keys, of which nobody asks.
    #[default]
    NotAsked,
    /// They are a session's and came without.
    Missing,
    /// It was proven then.
    Since(Timestamp),
}

/// The name of the sessions that CloudFormation opens in service roles.
const CLOUDFORMATION_SESSION: &str = "AWSCloudFormation";

impl SignedCaller {
    /// Returns CloudFormation in a session of a service role of this caller's account.
    pub fn as_cloudformation_in(&self, role_arn: &str, role_id: String) -> Self {
        let session = AssumedRole {
            key: String::new(),
            account: self.account.clone(),
            role_arn: role_arn.to_owned(),
            role_id,
            name: CLOUDFORMATION_SESSION.to_owned(),
            expires: Timestamp::MAX,
            policy: None,
            policy_arns: Vec::new(),
            tags: Default::default(),
            transitive: Default::default(),
            source_identity: None,
        };
        let identity = Identity::AssumedRole(Box::new(session));
        Self { identity, second_factor: SecondFactor::NotAsked, ..self.clone() }
    }

    /// Whether it is CloudFormation in a service role.
    pub fn is_cloudformation(&self) -> bool {
        self.session()
            .is_some_and(|session| session.name == CLOUDFORMATION_SESSION && session.key.is_empty())
    }

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
