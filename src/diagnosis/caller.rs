//! Who asks to assume a role, and what the conditions of policies can see of the request.

use std::collections::BTreeMap;

use crate::name::{AccountId, RoleArn};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The ARN that STS tells.
    pub arn: String,
    /// The account.
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
pub struct Asked {
    /// The role.
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

impl Asked {
    /// Returns the actions that both sides must allow.
    pub fn actions(&self) -> Vec<&'static str> {
        let mut actions = vec![ASSUME];
        if !self.tags.is_empty() {
            actions.push(TAG);
        }
        if self.source_identity.is_some() {
            actions.push(NAME_SOURCE);
        }
        actions
    }
}

/// Assuming a role.
pub const ASSUME: &str = "sts:AssumeRole";
/// Giving its session tags.
pub const TAG: &str = "sts:TagSession";
/// Saying who is behind the session.
pub const NAME_SOURCE: &str = "sts:SetSourceIdentity";

/// What a request has under the keys that conditions ask for; keys are in lower case.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<String, Vec<String>>);

/// What a request has under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// These values.
    Values(&'a [String]),
    /// Nothing, and that is certain.
    Absent,
    /// Nobody here can tell.
    Unknown,
}

impl Facts {
    /// Returns what the request of a caller has.
    pub fn of(caller: &Caller, asked: &Asked) -> Self {
        let mut facts = Self::default();
        if caller.is_path_known {
            facts.put("aws:principalarn", &caller.principal);
        }
        facts.put("aws:principalaccount", caller.account.as_str());
        facts.put("aws:securetransport", "true");
        facts.put("aws:principalisawsservice", "false");
        facts.put("aws:viaawsservice", "false");
        facts.put("sts:rolesessionname", &asked.session_name);
        if let Some(region) = &asked.region {
            facts.put("aws:requestedregion", region);
        }
        match &caller.kind {
            CallerKind::Root => facts.put("aws:principaltype", "Account"),
            CallerKind::User(name) => {
                facts.put("aws:principaltype", "User");
                facts.put("aws:username", name);
            }
            CallerKind::Role(_) => facts.put("aws:principaltype", "AssumedRole"),
            CallerKind::Other => {}
        }
        let external_id = asked.external_id.iter().cloned().collect();
        facts.0.insert("sts:externalid".to_owned(), external_id);
        let source_identity = asked.source_identity.iter().cloned().collect();
        facts.0.insert("sts:sourceidentity".to_owned(), source_identity);
        facts.0.insert("sts:transitivetagkeys".to_owned(), Vec::new());
        facts.0.insert("aws:tagkeys".to_owned(), asked.tags.keys().cloned().collect());
        for (key, value) in &asked.tags {
            facts.put(&format!("aws:requesttag/{}", key.to_ascii_lowercase()), value);
        }
        match caller.has_second_factor {
            Some(true) => facts.put("aws:multifactorauthpresent", "true"),
            Some(false) => {
                facts.0.insert("aws:multifactorauthpresent".to_owned(), Vec::new());
                facts.0.insert("aws:multifactorauthage".to_owned(), Vec::new());
            }
            None => {}
        }
        facts
    }

    /// Returns what the request has under a key.
    pub fn find(&self, key: &str) -> Fact<'_> {
        match self.0.get(key) {
            Some(values) if values.is_empty() => Fact::Absent,
            Some(values) => Fact::Values(values),
            // Every tag of the request is known.
            None if key.starts_with("aws:requesttag/") => Fact::Absent,
            None => Fact::Unknown,
        }
    }

    fn put(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), vec![value.to_owned()]);
    }
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
