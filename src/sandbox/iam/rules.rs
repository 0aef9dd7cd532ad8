//! What somebody may do: the policies that count for one caller, and what they come to.
//!
//! Source: the IAM user guide, "Policy evaluation logic".

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::entity::Permissions;
use super::managed;
use super::statements::{AccessRequest, says};
use crate::policy::{Effect, Policy};
use crate::sandbox::caller::{AssumedRole, Identity, SignedCaller};
use crate::sandbox::world::SandboxAccount;

/// The policies that count for one caller.
#[derive(Clone, Debug, Default)]
pub struct Rules<'a> {
    /// What its own policies say; nothing for an account's root, who may do everything.
    identity: Option<Vec<&'a Policy>>,
    /// What bounds it, if anything does.
    boundary: Option<Vec<&'a Policy>>,
    /// What its session is narrowed to, if it is.
    session: Option<Vec<Cow<'a, Policy>>>,
    pub tags: BTreeMap<String, String>,
}

/// What the policies come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Allowed,
    /// A policy forbids it.
    Denied(Layer),
    /// No policy allows it.
    NotAllowed(Layer),
}

/// Which of the policies decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Those of the user, its groups or the role.
    Identity,
    /// The one that bounds it.
    Boundary,
    /// The one its session came with.
    AssumedRole,
}

impl<'a> Rules<'a> {
    /// Returns what counts for a caller, who is in `account`, if all that was set until `until`
    /// does.
    pub fn of(caller: &'a SignedCaller, account: &'a SandboxAccount, until: Timestamp) -> Self {
        match &caller.identity {
            Identity::Root => Self::default(),
            Identity::User(user) => Self::of_user(&user.name, account, until),
            Identity::AssumedRole(session) => {
                let rules = Self::of_role(session.role_name(), account, until);
                let mut tags = rules.tags;
                for (key, value) in &session.tags {
                    // A session's tag takes the place of the role's, whatever its case.
                    tags.retain(|other, _| !other.eq_ignore_ascii_case(key));
                    tags.insert(key.clone(), value.clone());
                }
                Self { session: narrowed_to(session, account, until), tags, ..rules }
            }
        }
    }

    /// Returns what counts for a role of an account.
    pub fn of_role(name: &str, account: &'a SandboxAccount, until: Timestamp) -> Self {
        let Some(role) = account.roles.get(name) else { return Self::nothing() };
        Self {
            identity: Some(policies(&role.permissions, account, until).collect()),
            boundary: boundary(&role.permissions, account, until),
            session: None,
            tags: role.tags.clone(),
        }
    }

    /// Returns what counts for a user of an account, in its groups.
    pub fn of_user(name: &str, account: &'a SandboxAccount, until: Timestamp) -> Self {
        let Some(user) = account.users.get(name) else { return Self::nothing() };
        let groups = user.groups.keys().filter_map(|group| account.groups.get(group));
        let permissions = std::iter::once(&user.permissions).chain(groups.map(|g| &g.permissions));
        Self {
            identity: Some(permissions.flat_map(|p| policies(p, account, until)).collect()),
            boundary: boundary(&user.permissions, account, until),
            session: None,
            tags: user.tags.clone(),
        }
    }

    /// Returns what counts for a group's users, as far as the group goes.
    pub fn of_group(name: &str, account: &'a SandboxAccount, until: Timestamp) -> Self {
        let group = account.groups.get(name);
        let policies = group.map(|group| policies(&group.permissions, account, until).collect());
        Self { identity: Some(policies.unwrap_or_default()), ..Self::default() }
    }

    fn nothing() -> Self {
        Self { identity: Some(Vec::new()), ..Self::default() }
    }

    /// Whether nothing limits the caller, whatever the request is: an account's root, or an
    /// administrator whom no policy forbids anything.
    pub fn allow_everything(&self) -> bool {
        let Some(identity) = &self.identity else { return true };
        self.boundary.is_none()
            && self.session.is_none()
            && identity.iter().any(|policy| policy.allows_everything)
            && !identity.iter().any(|policy| policy.denies)
    }

    /// Returns what the policies come to.
    pub fn decide(&self, request: &AccessRequest<'_>) -> Decision {
        if let Some(layer) = self.denial(request) {
            return Decision::Denied(layer);
        }
        let allows = |policy: &Policy| says(policy, Effect::Allow, request);
        if self.identity.as_ref().is_some_and(|all| !all.iter().any(|policy| allows(policy))) {
            return Decision::NotAllowed(Layer::Identity);
        }
        self.bounds(request)
    }

    /// Returns what the limits on a caller's own policies come to: what is allowed elsewhere may
    /// still not be allowed within them.
    pub fn bounds(&self, request: &AccessRequest<'_>) -> Decision {
        let allows = |policy: &Policy| says(policy, Effect::Allow, request);
        if self.boundary.as_ref().is_some_and(|all| !all.iter().any(|policy| allows(policy))) {
            return Decision::NotAllowed(Layer::Boundary);
        }
        if self.session.as_ref().is_some_and(|all| !all.iter().any(|policy| allows(policy))) {
            return Decision::NotAllowed(Layer::AssumedRole);
        }
        Decision::Allowed
    }

    /// Returns which policies forbid something, if any do.
    pub fn denial(&self, request: &AccessRequest<'_>) -> Option<Layer> {
        let denies = |policy: &Policy| says(policy, Effect::Deny, request);
        let of = |policies: &Option<Vec<&Policy>>| {
            policies.iter().flatten().any(|policy| denies(policy))
        };
        if of(&self.identity) {
            Some(Layer::Identity)
        } else if of(&self.boundary) {
            Some(Layer::Boundary)
        } else {
            self.session.iter().flatten().any(|p| denies(p)).then_some(Layer::AssumedRole)
        }
    }

    /// Whether a boundary is set.
    pub fn are_bounded(&self) -> bool {
        self.boundary.is_some()
    }

    /// Returns every policy that counts.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let plain = self.identity.iter().chain(&self.boundary).flatten().copied();
        plain.chain(self.session.iter().flatten().map(|policy| &**policy))
    }
}

impl Decision {
    /// Returns why something may not be done, as AWS words it after the resource.
    pub fn reason(self, action: &str) -> String {
        match self {
            Self::Allowed => String::new(),
            Self::Denied(layer) => format!("with an explicit deny in {}", layer.with_article()),
            Self::NotAllowed(layer) => {
                format!("because no {} allows the {action} action", layer.name())
            }
        }
    }
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::AssumedRole => "session policy",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Identity => "an identity-based policy",
            Self::Boundary => "a permissions boundary",
            Self::AssumedRole => "a session policy",
        }
    }
}

fn policies<'a>(
    permissions: &'a Permissions,
    account: &'a SandboxAccount,
    until: Timestamp,
) -> impl Iterator<Item = &'a Policy> {
    let inline = permissions.inline.values().filter_map(move |p| p.document.counting(until));
    let attached = permissions.attached.iter().filter(move |(_, a)| a.since <= until);
    inline.chain(attached.filter_map(move |(arn, _)| managed_policy(arn, account, until)))
}

/// Returns a managed policy, of AWS or of the account.
fn managed_policy<'a>(
    arn: &str,
    account: &'a SandboxAccount,
    until: Timestamp,
) -> Option<&'a Policy> {
    if managed::is_of_aws(arn) {
        return managed::find(arn);
    }
    account.policies.get(arn)?.document.counting(until)
}

fn boundary<'a>(
    permissions: &Permissions,
    account: &'a SandboxAccount,
    until: Timestamp,
) -> Option<Vec<&'a Policy>> {
    let arn = permissions.boundary.as_ref()?;
    Some(managed_policy(arn, account, until).into_iter().collect())
}

/// Returns what a session is narrowed to, if it is: what any of its policies allows.
fn narrowed_to<'a>(
    session: &AssumedRole,
    account: &'a SandboxAccount,
    until: Timestamp,
) -> Option<Vec<Cow<'a, Policy>>> {
    if session.policy.is_none() && session.policy_arns.is_empty() {
        return None;
    }
    let arns = session.policy_arns.iter();
    let managed = arns.filter_map(|arn| managed_policy(arn, account, until)).map(Cow::Borrowed);
    Some(session.policy.iter().cloned().map(Cow::Owned).chain(managed).collect())
}
