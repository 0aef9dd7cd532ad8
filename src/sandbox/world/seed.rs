//! Seeded roles, which exist before anything is deployed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::name::{AccountId, Partition};
use crate::sandbox::iam::{Permissions, Propagating, Role};

/// A role that exists before anything is deployed, such as the one that lets the source account in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeededRole {
    /// The account it is in.
    pub account: AccountId,
    /// The partition that its ARN names.
    pub partition: String,
    /// Its name, without its path.
    pub name: String,
    /// Its path, `/` if it has none of its own.
    pub path: String,
    /// Who may assume it: account ids, ARNs of roots, roles or users, or `*`.
    pub trusted: Vec<String>,
    /// The external id its trust policy asks for.
    pub external_id: Option<String>,
    /// The longest session it gives, 1 to 12 hours.
    pub longest_session: Duration,
    /// Its inline policies; without any said, a session in it may do everything.
    pub policies: Option<Vec<Json>>,
}

impl SeededRole {
    /// Returns a role in `account` that the account `trusted` may assume for up to 12 hours.
    pub fn new(account: &AccountId, name: impl Into<String>, trusted: &AccountId) -> Self {
        Self {
            account: account.clone(),
            partition: Partition::Commercial.to_string(),
            name: name.into(),
            path: "/".to_owned(),
            trusted: vec![trusted.to_string()],
            external_id: None,
            longest_session: Duration::from_secs(12 * 3600),
            policies: None,
        }
    }

    /// Returns the role with these policies, which are all that a session in it may do.
    pub fn with_policies(self, policies: impl IntoIterator<Item = Json>) -> Self {
        Self { policies: Some(policies.into_iter().collect()), ..self }
    }

    /// Returns the role with an external id that its trust policy asks for.
    pub fn with_external_id(self, external_id: impl Into<String>) -> Self {
        Self { external_id: Some(external_id.into()), ..self }
    }

    /// Returns the role of another partition.
    pub fn in_partition(self, partition: impl Into<String>) -> Self {
        Self { partition: partition.into(), ..self }
    }

    /// Returns the role under another path, which begins and ends with `/`.
    pub fn with_path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Returns the role as IAM has it, with this unique id.
    pub fn role(&self, id: String) -> Role {
        let partition = &self.partition;
        let trusted: Vec<String> =
            self.trusted.iter().map(|name| principal(partition, name)).collect();
        let mut statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": trusted },
            "Action": "sts:AssumeRole",
        });
        if let Some(external_id) = &self.external_id {
            statement["Condition"] = json!({ "StringEquals": { "sts:ExternalId": external_id } });
        }
        let trust = json!({ "Version": "2012-10-17", "Statement": [statement] });
        Role {
            arn: format!("arn:{partition}:iam::{}:role{}{}", self.account, self.path, self.name),
            id,
            trust: Propagating::new(trust.into(), Timestamp::MIN),
            longest_session_seconds: u32::try_from(self.longest_session.as_secs())
                .unwrap_or(43_200),
            permissions: self.policies.as_deref().map_or_else(Permissions::everything, inline),
            tags: BTreeMap::new(),
            description: None,
            created: Timestamp::UNIX_EPOCH,
            pinned: BTreeMap::new(),
        }
    }
}

/// Returns what these policies allow, as inline policies.
fn inline(policies: &[Json]) -> Permissions {
    let mut permissions = Permissions::default();
    for (number, policy) in policies.iter().enumerate() {
        let name = format!("policy-{}", number + 1);
        permissions.put(&name, policy.clone().into(), None, Timestamp::MIN);
    }
    permissions
}

/// Returns a principal as IAM keeps it: an account's id stands for its root.
fn principal(partition: &str, name: &str) -> String {
    match name.parse::<AccountId>() {
        Ok(account) => format!("arn:{partition}:iam::{account}:root"),
        Err(_) => name.to_owned(),
    }
}
