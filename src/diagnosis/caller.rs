//! Who asks to assume a role, and what the conditions of policies can see of the request.

use std::collections::BTreeMap;

use crate::cloud::{ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION};
use crate::name::{AccountId, RoleArn};
use crate::policy::RequestContext;

/// Whoever signed the refused call: an account, user or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The ARN that STS tells.
    pub arn: String,
    /// The account of its credentials.
    pub account: AccountId,
    /// What policies name: the ARN of the user, the role or the root.
    pub principal: String,
    /// Whether the path of the principal is known: a session's ARN does not tell that of its role,
    /// which is then taken to have none.
    pub is_path_known: bool,
    /// What the principal is.
    pub kind: CallerKind,
    /// Whether a second factor was proven; absent if nobody here can tell.
    pub has_second_factor: Option<bool>,
}

/// What a caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// The root of its account.
    Root,
    /// A user of this name.
    User(String),
    /// A session in the role of this name.
    Role(String),
    /// Something else, such as a federated user.
    Other,
}

impl Caller {
    /// Returns the caller of this ARN.
    pub fn of(arn: &str, account: &AccountId) -> Self {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let partition = parts.get(1).copied().unwrap_or("aws");
        let resource = parts.get(5).copied().unwrap_or_default();
        let (first, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let (kind, principal) = match first {
            "root" => (CallerKind::Root, arn.to_owned()),
            "user" => {
                let name = rest.rsplit('/').next().unwrap_or_default();
                (CallerKind::User(name.to_owned()), arn.to_owned())
            }
            "assumed-role" => {
                let name = rest.split('/').next().unwrap_or_default();
                let role = format!("arn:{partition}:iam::{account}:role/{name}");
                (CallerKind::Role(name.to_owned()), role)
            }
            _ => (CallerKind::Other, arn.to_owned()),
        };
        let (arn, account) = (arn.to_owned(), account.clone());
        let is_path_known = !matches!(kind, CallerKind::Role(_));
        Self { arn, account, principal, is_path_known, kind, has_second_factor: None }
    }

    /// Says who the caller is by what policies name.
    pub fn named(&self) -> String {
        match &self.kind {
            CallerKind::Role(name) if !self.is_path_known => {
                format!("the role `{name}` of account {}", self.account)
            }
            _ => self.principal.clone(),
        }
    }

    /// Whether the caller is a session of the role of this ARN. A name is given once in an account,
    /// whatever its path.
    pub fn is_of_role(&self, arn: &str) -> bool {
        let CallerKind::Role(name) = &self.kind else { return false };
        let roles = format!("arn:{}:iam::{}:role/", self.partition(), self.account);
        let path = arn.strip_prefix(roles.as_str());
        path.is_some_and(|path| path.rsplit('/').next() == Some(name.as_str()))
    }

    /// Returns the partition of AWS that the caller is in.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct RefusedRequest {
    /// The ARN of the refused role.
    pub role: RoleArn,
    /// The external id that is sent, if one is.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: String,
    /// The session's tags.
    pub tags: BTreeMap<String, String>,
    /// Who is behind the session.
    pub source_identity: Option<String>,
    /// The Region in which it is asked for, if it is known.
    pub region: Option<String>,
}

impl RefusedRequest {
    /// Returns the actions that both sides must allow.
    pub fn actions(&self) -> Vec<&'static str> {
        let mut actions = vec![ASSUME_ROLE];
        if !self.tags.is_empty() {
            actions.push(TAG_SESSION);
        }
        if self.source_identity.is_some() {
            actions.push(SET_SOURCE_IDENTITY);
        }
        actions
    }
}

/// Returns what is known here of a caller's request; every tag of it is.
pub fn request_context(caller: &Caller, asked: &RefusedRequest) -> RequestContext {
    let mut context = RequestContext::lacking(&["aws:requesttag/"]);
    if caller.is_path_known {
        context.put("aws:PrincipalArn", &caller.principal);
    }
    context.put("aws:PrincipalAccount", caller.account.as_str());
    context.put("aws:SecureTransport", "true");
    context.put("aws:PrincipalIsAWSService", "false");
    context.put("aws:ViaAWSService", "false");
    context.put("sts:RoleSessionName", &asked.session_name);
    if let Some(region) = &asked.region {
        context.put("aws:RequestedRegion", region);
    }
    match &caller.kind {
        CallerKind::Root => context.put("aws:PrincipalType", "Account"),
        CallerKind::User(name) => {
            context.put("aws:PrincipalType", "User");
            context.put("aws:username", name);
        }
        CallerKind::Role(_) => context.put("aws:PrincipalType", "AssumedRole"),
        CallerKind::Other => {}
    }
    context.put_all("sts:ExternalId", asked.external_id.iter().cloned().collect());
    context.put_all("sts:SourceIdentity", asked.source_identity.iter().cloned().collect());
    context.put_all("sts:TransitiveTagKeys", Vec::new());
    context.put_request_tags(&asked.tags);
    match caller.has_second_factor {
        Some(true) => context.put("aws:MultiFactorAuthPresent", "true"),
        Some(false) => {
            context.put_all("aws:MultiFactorAuthPresent", Vec::new());
            context.put_all("aws:MultiFactorAuthAge", Vec::new());
        }
        None => {}
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_arn_tells_what_policies_name() {
        let account = "999999999999".parse().expect("an id");
        for (arn, principal) in [
            ("arn:aws:iam::999999999999:root", "arn:aws:iam::999999999999:root"),
            ("arn:aws:iam::999999999999:user/a/ann", "arn:aws:iam::999999999999:user/a/ann"),
            (
                "arn:aws-cn:sts::999999999999:assumed-role/ci/run",
                "arn:aws-cn:iam::999999999999:role/ci",
            ),
        ] {
            assert_eq!(Caller::of(arn, &account).principal, principal);
        }
        let ann = Caller::of("arn:aws:iam::999999999999:user/a/ann", &account);
        assert_eq!(ann.kind, CallerKind::User("ann".to_owned()));
    }
}
