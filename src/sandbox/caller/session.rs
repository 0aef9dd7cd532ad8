//! Session tokens: they carry their whole session, nothing of which is kept.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::base64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::AccountId;
use crate::policy::Policy;

/// What every session token begins with.
const TOKEN_PREFIX: &str = "xdeploy-sandbox.";

/// A session in a role, as its token carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssumedRole {
    /// The access key id the token belongs to.
    pub key: String,
    /// The role's account.
    pub account: AccountId,
    /// The role's ARN.
    pub role_arn: String,
    /// The role's unique id, `AROA…`.
    pub role_id: String,
    /// The session's name.
    pub name: String,
    /// When it ends.
    pub expires: Timestamp,
    /// The policy it is narrowed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The managed policies it is narrowed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Its tags, besides the role's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The keys of the tags that go on to sessions entered from this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub transitive: BTreeSet<String>,
    /// Who stood at the beginning, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
}

/// A session of a user, or of an account's root, as its token carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSession {
    /// The access key id the token belongs to.
    pub key: String,
    pub account: AccountId,
    /// The user's name; nothing for the account's root.
    pub user: Option<String>,
    /// When a second factor was proven, if one was.
    pub second_factor: Option<Timestamp>,
    /// When it ends.
    pub expires: Timestamp,
}

/// What a session token may carry.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Token {
    /// A session in a role.
    Role(Box<AssumedRole>),
    /// A session of a user or of a root.
    User(UserSession),
}

impl AssumedRole {
    /// Returns the session token that carries this session.
    pub fn token(&self) -> String {
        token(self)
    }

    /// Returns the session's own ARN.
    pub fn arn(&self) -> String {
        let partition = self.role_arn.split(':').nth(1).unwrap_or("aws");
        let role = self.role_name();
        format!("arn:{partition}:sts::{}:assumed-role/{role}/{}", self.account, self.name)
    }

    /// Returns the name of its role.
    pub fn role_name(&self) -> &str {
        self.role_arn.rsplit('/').next().unwrap_or_default()
    }
}

impl UserSession {
    /// Returns the session token that carries this session.
    pub fn token(&self) -> String {
        token(self)
    }
}

fn token(session: &impl Serialize) -> String {
    let text = serde_json::to_string(session).expect("a session is plain data");
    format!("{TOKEN_PREFIX}{}", base64::encode(text))
}

impl Token {
    /// Reads a session token.
    pub fn read(token: &str) -> Option<Self> {
        let bytes = base64::decode(token.strip_prefix(TOKEN_PREFIX)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}
