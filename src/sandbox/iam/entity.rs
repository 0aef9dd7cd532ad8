//! The entities of an account's IAM: roles, users, groups, and policies of the account's own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::managed::EVERYTHING;
use super::propagation::Propagating;
use crate::policy::Policy;

/// A role that can be assumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub arn: String,
    /// Its unique id, `AROA…`.
    pub id: String,
    /// Its trust policy.
    pub trust: Propagating<Policy>,
    /// The longest session it gives, in seconds.
    pub longest_session_seconds: u32,
    /// What a session in it may do; everything, if an older file does not say.
    #[serde(default = "Permissions::everything")]
    pub permissions: Permissions,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was created.
    #[serde(default)]
    pub created: Timestamp,
    /// The unique ids of the roles and users its trust policy names, by ARN.
    #[serde(default)]
    pub pinned: BTreeMap<String, String>,
}

/// A user, who calls with access keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub arn: String,
    /// Its unique id, `AIDA…`.
    pub id: String,
    /// What it may do by itself.
    pub permissions: Permissions,
    /// The groups it is in, each with the token of the resource that put it there.
    pub groups: BTreeMap<String, Grantor>,
    /// Its access keys by id.
    pub keys: BTreeMap<String, AccessKey>,
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    pub created: Timestamp,
}

/// An access key of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// Whether it can be used.
    pub is_active: bool,
    /// When it was created.
    pub created: Timestamp,
}

/// A group of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub arn: String,
    /// Its unique id, `AGPA…`.
    pub id: String,
    /// What its users may do.
    pub permissions: Permissions,
    /// When it was created.
    pub created: Timestamp,
}

/// A managed policy of the account's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    pub name: String,
    /// Its unique id, `ANPA…`.
    pub id: String,
    /// What it says.
    pub document: Propagating<Policy>,
    /// How often its document was set.
    pub version: u32,
    /// What it is for.
    pub description: Option<String>,
    /// When it was created.
    pub created: Timestamp,
}

/// The token of the resource that gave something, or nothing if a call did.
pub type Grantor = Option<String>;

/// What a role, a user or a group may do by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Permissions {
    /// Its inline policies by name.
    pub inline: BTreeMap<String, Inline>,
    /// The managed policies that are attached to it, by ARN.
    pub attached: BTreeMap<String, Attachment>,
    /// The ARN of the managed policy that bounds it.
    pub boundary: Option<String>,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inline {
    /// What it says.
    pub document: Propagating<Policy>,
    /// Who gave it.
    #[serde(rename = "giver")]
    pub grantor: Grantor,
}

/// A managed policy's attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub since: Timestamp,
    /// Who attached it.
    #[serde(rename = "giver")]
    pub grantor: Grantor,
}

impl Role {
    /// Sets its trust policy; whom it names is to be looked up anew.
    pub fn set_trust(&mut self, trust: Policy, at: Timestamp) {
        if *self.trust.latest() != trust {
            self.pinned.clear();
            self.trust.change(trust, at);
        }
    }
}

impl Permissions {
    /// Returns what an administrator may do.
    pub fn everything() -> Self {
        let attachment = Attachment { since: Timestamp::MIN, grantor: None };
        let attached = BTreeMap::from([(EVERYTHING.to_owned(), attachment)]);
        Self { attached, ..Self::default() }
    }

    /// Gives an inline policy.
    pub fn put(&mut self, name: &str, policy: Policy, grantor: Grantor, at: Timestamp) {
        match self.inline.get_mut(name) {
            Some(inline) => {
                inline.document.change(policy, at);
                inline.grantor = grantor;
            }
            None => {
                let document = Propagating::new(policy, at);
                self.inline.insert(name.to_owned(), Inline { document, grantor });
            }
        }
    }

    /// Attaches a managed policy; one that is attached already stays as it is.
    pub fn attach(&mut self, arn: &str, grantor: Grantor, at: Timestamp) {
        let attachment = Attachment { since: at, grantor };
        self.attached.entry(arn.to_owned()).or_insert(attachment);
    }
}

impl ManagedPolicy {
    /// Sets what it says.
    pub fn change(&mut self, policy: Policy, at: Timestamp) {
        if *self.document.latest() != policy {
            self.version += 1;
            self.document.change(policy, at);
        }
    }
}

/// Returns the path of an ARN, such as `/team/` of `arn:aws:iam::100000000001:role/team/deployer`.
pub fn path_of(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let from = resource.find('/').unwrap_or(resource.len());
    let to = resource.rfind('/').map_or(resource.len(), |at| at + 1);
    &resource[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_an_older_file_may_do_everything() {
        let role: Role = serde_json::from_value(serde_json::json!({
            "arn": "arn:aws:iam::100000000001:role/deployer", "id": "AROA1",
            "trust": { "Statement": [] }, "longest_session_seconds": 3600,
        }))
        .unwrap();
        assert_eq!(role.permissions, Permissions::everything());
        assert_eq!(role.trust.since(), Timestamp::MIN);
    }

    #[test]
    fn a_path_stands_between_the_kind_and_the_name() {
        assert_eq!(path_of("arn:aws:iam::100000000001:role/team/one/deployer"), "/team/one/");
        assert_eq!(path_of("arn:aws:iam::100000000001:role/deployer"), "/");
    }
}
