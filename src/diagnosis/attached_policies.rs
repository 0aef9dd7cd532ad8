//! The policies attached to a user or a role, its groups and its permissions boundary, read one by one.

use super::applicable::{about, unmet};
use super::caller::{Caller, CallerKind, RefusedRequest, request_context};
use super::evidence::PolicyDecision;
use super::iam_reply::document;
use crate::cloud::{CallError, Iam};
use crate::policy::{Condition, Effect, Policy};

/// The most policies that are read for one caller.
const MOST_POLICIES: usize = 60;

/// The policies attached to a user or a role, each with its name or ARN.
#[derive(Debug, Default)]
pub struct AttachedPolicies {
    /// The identity-based policies, inline and managed.
    pub identity: Vec<(String, Policy)>,
    /// The permissions boundary.
    pub boundary: Option<(String, Policy)>,
}

impl AttachedPolicies {
    /// Returns what the policies say of an action.
    pub fn decide(&self, caller: &Caller, asked: &RefusedRequest, action: &str) -> PolicyDecision {
        let context = request_context(caller, asked);
        let resource = asked.role.as_str();
        let mut doubts = Vec::new();
        for (name, policy) in self.identity.iter().chain(&self.boundary) {
            let about = about(policy, action, resource, &context);
            for (denial, written) in about.filter(|(one, _)| one.effect == Effect::Deny) {
                let (unmet, unknown) = unmet(denial, &context);
                if !unmet.is_empty() {
                    continue;
                }
                if unknown.is_empty() {
                    return PolicyDecision::Denied(Some((name.clone(), written.clone())));
                }
                doubts.extend(keys(unknown));
            }
        }
        let allowance = |policies: &[(String, Policy)]| {
            let about =
                policies.iter().flat_map(|(_, policy)| about(policy, action, resource, &context));
            let allowing = about.filter(|(one, _)| one.effect == Effect::Allow);
            allowing.fold(PolicyDecision::NotAllowed, |found, (statement, _)| {
                let (unmet, unknown) = unmet(statement, &context);
                nearer(found, allowed_if(unmet, unknown))
            })
        };
        let bounds = self.boundary.as_slice();
        match allowance(&self.identity) {
            found @ (PolicyDecision::Allowed | PolicyDecision::Unclear(_)) => {
                match allowance(bounds) {
                    PolicyDecision::NotAllowed if bounds.is_empty() => doubted(found, doubts),
                    PolicyDecision::NotAllowed => {
                        PolicyDecision::OutsideBoundary(bounds.first().map(|(arn, _)| arn.clone()))
                    }
                    PolicyDecision::Allowed => doubted(found, doubts),
                    other => other,
                }
            }
            found => found,
        }
    }
}

fn allowed_if(unmet: Vec<Condition>, unknown: Vec<Condition>) -> PolicyDecision {
    match (unmet.is_empty(), unknown.is_empty()) {
        (false, _) => PolicyDecision::Unmet(unmet),
        (true, false) => PolicyDecision::Unclear(keys(unknown)),
        (true, true) => PolicyDecision::Allowed,
    }
}

/// What may be forbidden is not surely allowed.
fn doubted(found: PolicyDecision, doubts: Vec<String>) -> PolicyDecision {
    if found == PolicyDecision::Allowed && !doubts.is_empty() {
        PolicyDecision::Unclear(doubts)
    } else {
        found
    }
}

/// Returns which of two comes nearer to allowing it.
fn nearer(one: PolicyDecision, other: PolicyDecision) -> PolicyDecision {
    let distance = |own: &PolicyDecision| match own {
        PolicyDecision::Allowed => 0,
        PolicyDecision::Unclear(_) => 1,
        PolicyDecision::Unmet(unmet) => 1 + unmet.len(),
        PolicyDecision::NotAllowed
        | PolicyDecision::Denied(_)
        | PolicyDecision::OutsideBoundary(_)
        | PolicyDecision::OrganizationRefuses => usize::MAX,
    };
    if distance(&other) < distance(&one) { other } else { one }
}

fn keys(conditions: Vec<Condition>) -> Vec<String> {
    conditions.into_iter().map(|condition| condition.key).collect()
}

/// Reads the policies of a caller.
///
/// # Errors
/// When one of them cannot be read.
pub async fn read(iam: &Iam, caller: &Caller) -> Result<AttachedPolicies, CallError> {
    let mut held = AttachedPolicies::default();
    let boundary = match &caller.kind {
        CallerKind::User(name) => {
            of_user(iam, name, &mut held).await?;
            let reply =
                iam.ask("iam:GetUser", || iam.client.get_user().user_name(name).send()).await?;
            reply.user.and_then(|user| user.permissions_boundary)
        }
        CallerKind::Role(name) => {
            of_role(iam, name, &mut held).await?;
            let reply =
                iam.ask("iam:GetRole", || iam.client.get_role().role_name(name).send()).await?;
            reply.role.and_then(|role| role.permissions_boundary)
        }
        CallerKind::Root | CallerKind::Other => None,
    };
    if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn) {
        held.boundary = Some((arn.clone(), managed(iam, &arn).await?));
    }
    Ok(held)
}

async fn of_role(iam: &Iam, role: &str, held: &mut AttachedPolicies) -> Result<(), CallError> {
    let client = &iam.client;
    let listed = iam
        .ask("iam:ListRolePolicies", || client.list_role_policies().role_name(role).send())
        .await?;
    for name in listed.policy_names.into_iter().take(MOST_POLICIES) {
        let get = || client.get_role_policy().role_name(role).policy_name(&name).send();
        let reply = iam.ask("iam:GetRolePolicy", get).await?;
        held.identity.push((name, read_document(&reply.policy_document)));
    }
    let list = || client.list_attached_role_policies().role_name(role).send();
    let attached = iam.ask("iam:ListAttachedRolePolicies", list).await?;
    let arns = attached.attached_policies.into_iter().flatten();
    add_managed(iam, arns.filter_map(|one| one.policy_arn).collect(), held).await
}

async fn of_user(iam: &Iam, user: &str, held: &mut AttachedPolicies) -> Result<(), CallError> {
    let client = &iam.client;
    let listed = iam
        .ask("iam:ListUserPolicies", || client.list_user_policies().user_name(user).send())
        .await?;
    for name in listed.policy_names.into_iter().take(MOST_POLICIES) {
        let get = || client.get_user_policy().user_name(user).policy_name(&name).send();
        let reply = iam.ask("iam:GetUserPolicy", get).await?;
        held.identity.push((name, read_document(&reply.policy_document)));
    }
    let list = || client.list_attached_user_policies().user_name(user).send();
    let attached = iam.ask("iam:ListAttachedUserPolicies", list).await?;
    let arns = attached.attached_policies.into_iter().flatten();
    add_managed(iam, arns.filter_map(|one| one.policy_arn).collect(), held).await?;
    let list = || client.list_groups_for_user().user_name(user).send();
    for group in iam.ask("iam:ListGroupsForUser", list).await?.groups {
        of_group(iam, &group.group_name, held).await?;
    }
    Ok(())
}

async fn of_group(iam: &Iam, group: &str, held: &mut AttachedPolicies) -> Result<(), CallError> {
    let client = &iam.client;
    let list = || client.list_group_policies().group_name(group).send();
    let listed = iam.ask("iam:ListGroupPolicies", list).await?;
    for name in listed.policy_names.into_iter().take(MOST_POLICIES) {
        let get = || client.get_group_policy().group_name(group).policy_name(&name).send();
        let reply = iam.ask("iam:GetGroupPolicy", get).await?;
        held.identity.push((name, read_document(&reply.policy_document)));
    }
    let list = || client.list_attached_group_policies().group_name(group).send();
    let attached = iam.ask("iam:ListAttachedGroupPolicies", list).await?;
    let arns = attached.attached_policies.into_iter().flatten();
    add_managed(iam, arns.filter_map(|one| one.policy_arn).collect(), held).await
}

async fn add_managed(
    iam: &Iam,
    arns: Vec<String>,
    held: &mut AttachedPolicies,
) -> Result<(), CallError> {
    for arn in arns.into_iter().take(MOST_POLICIES) {
        let policy = managed(iam, &arn).await?;
        held.identity.push((arn, policy));
    }
    Ok(())
}

async fn managed(iam: &Iam, arn: &str) -> Result<Policy, CallError> {
    let client = &iam.client;
    let reply = iam.ask("iam:GetPolicy", || client.get_policy().policy_arn(arn).send()).await?;
    let version = reply.policy.and_then(|policy| policy.default_version_id).unwrap_or_default();
    let get = || client.get_policy_version().policy_arn(arn).version_id(&version).send();
    let reply = iam.ask("iam:GetPolicyVersion", get).await?;
    let document = reply.policy_version.and_then(|version| version.document);
    Ok(read_document(&document.unwrap_or_default()))
}

fn read_document(encoded: &str) -> Policy {
    document(encoded).map(Policy::from).unwrap_or_default()
}
