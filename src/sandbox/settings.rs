//! What a sandbox is told when it is made: how fast it is, what it bears, what goes wrong in it, and
//! what stands in it beforehand.

use std::time::Duration;

use super::fault::Faults;
use super::throttle::Throttling;
use crate::name::AccountId;

/// How a sandbox behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the creation, update or deletion of one resource takes, unless its metadata says
    /// otherwise.
    pub resource_duration: Duration,
    /// How long each request and its answer are under way, together.
    pub latency: Duration,
    /// How many requests it bears.
    pub throttling: Throttling,
    /// How long it takes until a role, a policy or a change of one counts everywhere. AWS needs
    /// seconds.
    pub iam_propagation: Duration,
    /// How long a Lambda function may take.
    pub lambda_timeout: Duration,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resource_duration: Duration::from_secs(2),
            latency: Duration::ZERO,
            throttling: Throttling::none(),
            iam_propagation: Duration::ZERO,
            lambda_timeout: Duration::from_secs(900),
            faults: Faults::default(),
        }
    }
}

/// A role that exists before anything is deployed, such as the one that lets the source account in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeededRole {
    /// The account it stands in.
    pub account: AccountId,
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
    pub policies: Option<Vec<serde_json::Value>>,
}

impl SeededRole {
    /// Returns a role in `account` that the account `trusted` may assume for up to 12 hours.
    pub fn new(account: &AccountId, name: impl Into<String>, trusted: &AccountId) -> Self {
        Self {
            account: account.clone(),
            name: name.into(),
            path: "/".to_owned(),
            trusted: vec![trusted.to_string()],
            external_id: None,
            longest_session: Duration::from_secs(12 * 3600),
            policies: None,
        }
    }

    /// Returns the role with these policies, which are all that a session in it may do.
    pub fn with_policies(self, policies: impl IntoIterator<Item = serde_json::Value>) -> Self {
        Self { policies: Some(policies.into_iter().collect()), ..self }
    }

    /// Returns the role with an external id that its trust policy asks for.
    pub fn with_external_id(self, external_id: impl Into<String>) -> Self {
        Self { external_id: Some(external_id.into()), ..self }
    }

    /// Returns the role under another path, which begins and ends with `/`.
    pub fn with_path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }
}
