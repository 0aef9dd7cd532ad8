//! Why an account cannot be entered or not be deployed to: whose side it is, why, and what mends it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::name::{AccountId, Region};

/// Where something is to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The caller: its credentials and its own policies.
    Source,
    /// The account to be entered: its role, what that trusts and may do, its Regions.
    Target,
    /// The environment file.
    File,
    /// The organization: policies above both accounts.
    Organization,
}

/// Why an account cannot be entered or not be deployed to: what a program may react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// No credentials were found, or AWS does not take them.
    NoCredentials,
    /// Credentials or a role lead into another account than the file says.
    WrongAccount,
    /// Role and caller are in different partitions of AWS.
    WrongPartition,
    /// There is no such role.
    RoleMissing,
    /// The role stands under another path than the file says.
    RolePath,
    /// The role's trust policy does not name the caller.
    NotTrusted,
    /// The trust policy asks for an external id, and the file has none.
    ExternalIdMissing,
    /// The trust policy asks for another external id than the file has.
    ExternalIdWrong,
    /// A second factor is asked for.
    MfaNeeded,
    /// The trust policy admits an organization only, and the caller does not prove to be of it.
    OrganizationCondition,
    /// Another condition of the trust policy is not met.
    ConditionNotMet,
    /// The caller's own policies do not allow it.
    NotAllowed,
    /// A policy forbids it.
    Denied,
    /// The caller's permissions boundary does not allow it.
    Boundary,
    /// A policy of the organization refuses it, or nothing else is left that could.
    OrganizationPolicy,
    /// An account's root cannot assume roles.
    RootCaller,
    /// `session-tags` need `sts:TagSession`.
    TagsNotAllowed,
    /// `source-identity` needs `sts:SetSourceIdentity`.
    SourceIdentityNotAllowed,
    /// AWS does not take the session policy or the tags as they are.
    SessionRefused,
    /// The session is to last longer than the role allows.
    SessionTooLong,
    /// The session is to last longer than one that is reached from another role may.
    ChainTooLong,
    /// The Region is not enabled in the account.
    RegionNotEnabled,
    /// What `apply` needs is not allowed in the account.
    MissingPermission,
    /// AWS could not be reached, or something else is in the way.
    Unreachable,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// AWS said so, or it was read.
    Known,
    /// What was read leaves little else.
    Likely,
    /// It may be so: it could not be read.
    Unread,
}

/// Something that keeps an account from being entered or deployed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Where it is to be mended.
    pub side: Side,
    /// The first reason that was found.
    pub cause: Cause,
    /// How sure it is.
    pub certainty: Certainty,
    /// What is so: a sentence without a full stop at its end.
    pub message: String,
    /// What mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

/// What mends something, in words and for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// What is to be done, in a sentence without a full stop at its end; a statement or a value
    /// that belongs to it stands in `change`.
    pub text: String,
    /// The change itself.
    #[serde(flatten)]
    pub change: Fix,
}

/// A change that mends something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fix {
    /// Add a statement to a role's trust policy.
    TrustStatement {
        /// The role's account.
        account: AccountId,
        /// The role's ARN.
        role: String,
        /// The statement to add, as JSON.
        statement: Json,
    },
    /// Take a statement out of a role's trust policy.
    RemoveTrustStatement {
        /// The role's account.
        account: AccountId,
        /// The role's ARN.
        role: String,
        /// The statement, as it stands there.
        statement: Json,
    },
    /// Make a role with this trust policy, and with the permissions that the stacks need.
    CreateRole {
        /// The account whose policy or setting changes.
        account: AccountId,
        /// The role's ARN.
        role: String,
        /// Its trust policy.
        trust_policy: Json,
    },
    /// Add a statement to a policy of a user or a role.
    IdentityStatement {
        /// The account of the user or role.
        account: AccountId,
        /// The ARN of the user or role.
        principal: String,
        /// The statement to add, as JSON.
        statement: Json,
    },
    /// Take a statement out of a policy of a user or a role.
    RemoveIdentityStatement {
        /// The account of the user or role.
        account: AccountId,
        /// The ARN of the user or role.
        principal: String,
        /// The name or the ARN of the policy.
        policy: String,
        /// The statement, as it stands there.
        statement: Json,
    },
    /// Add a statement to the policy that bounds a user or a role.
    BoundaryStatement {
        /// The account of the user or role.
        account: AccountId,
        /// The ARN of the user or role.
        principal: String,
        /// The ARN of the policy, if it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
        /// The statement to add, as JSON.
        statement: Json,
    },
    /// Add a statement to the file that `session-policy` names.
    SessionPolicyStatement {
        /// The statement to add, as JSON.
        statement: Json,
    },
    /// Change a key of the environment file.
    EnvironmentFile {
        /// The keys that lead there, from the top; an account in short form becomes a long one.
        path: Vec<String>,
        /// Its value; absent if the key is to be left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
    },
    /// Enable a Region of an account.
    EnableRegion {
        /// The account whose policy or setting changes.
        account: AccountId,
        /// The Region to enable.
        region: Region,
    },
    /// Something that a person does.
    ByHand {},
}

impl Fix {
    /// Returns the statement, policy or value that belongs to the change.
    pub fn content(&self) -> Option<&Json> {
        match self {
            Self::TrustStatement { statement, .. }
            | Self::RemoveTrustStatement { statement, .. }
            | Self::IdentityStatement { statement, .. }
            | Self::RemoveIdentityStatement { statement, .. }
            | Self::BoundaryStatement { statement, .. }
            | Self::SessionPolicyStatement { statement } => Some(statement),
            Self::CreateRole { trust_policy, .. } => Some(trust_policy),
            Self::EnvironmentFile { .. } | Self::EnableRegion { .. } | Self::ByHand {} => None,
        }
    }
}

impl Finding {
    /// Returns a finding for which nothing is known to mend it yet.
    pub fn new(side: Side, cause: Cause, certainty: Certainty, message: impl Into<String>) -> Self {
        Self { side, cause, certainty, message: message.into(), remedy: None }
    }

    /// Returns the finding with what mends it.
    pub fn with_remedy(self, text: impl Into<String>, change: Fix) -> Self {
        Self { remedy: Some(Remedy { text: text.into(), change }), ..self }
    }

    /// Returns the finding in one line: what is so, and what mends it.
    pub fn in_short(&self) -> String {
        let hedge = match self.certainty {
            Certainty::Known => "",
            Certainty::Likely => "likely: ",
            Certainty::Unread => "perhaps: ",
        };
        let Some(Remedy { text, change }) = &self.remedy else {
            return format!("{hedge}{}", self.message);
        };
        match change.content() {
            Some(content) => format!("{hedge}{}: {text}: {content}", self.message),
            None => format!("{hedge}{}: {text}", self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_is_one_flat_remedy_in_json_and_reads_back() {
        let change = Fix::EnvironmentFile {
            path: vec!["accounts".into(), "dev".into(), "assume-role".into(), "duration".into()],
            value: Some(json!("1h")),
        };
        let finding = Finding::new(Side::File, Cause::SessionTooLong, Certainty::Known, "too long")
            .with_remedy("ask for an hour", change);
        let written = json!(finding);
        assert_eq!(
            written,
            json!({
                "side": "file", "cause": "session-too-long", "certainty": "known",
                "message": "too long",
                "remedy": {
                    "text": "ask for an hour", "kind": "environment-file",
                    "path": ["accounts", "dev", "assume-role", "duration"], "value": "1h",
                },
            })
        );
        assert_eq!(serde_json::from_value::<Finding>(written).ok(), Some(finding));
    }

    #[test]
    fn a_finding_in_short_says_how_sure_it_is_and_holds_its_statement() {
        let change = Fix::TrustStatement {
            account: "100000000001".parse().expect("an id"),
            role: "r".to_owned(),
            statement: json!({ "Effect": "Allow" }),
        };
        let finding = Finding::new(Side::Target, Cause::NotTrusted, Certainty::Likely, "not named")
            .with_remedy("add this to its trust policy", change);
        assert_eq!(
            finding.in_short(),
            r#"likely: not named: add this to its trust policy: {"Effect":"Allow"}"#
        );
    }
}
