//! A call that was refused for want of permission, as IAM words it.

use crate::foreign;

/// Who refuses, as far as IAM says.
///
/// Source: the IAM user guide, "Troubleshoot access denied error messages".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PolicyKind {
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    Endpoint,
    Resource,
    Identity,
}

const POLICIES: [(&str, PolicyKind); 7] = [
    ("service control policy", PolicyKind::ServiceControl),
    ("resource control policy", PolicyKind::ResourceControl),
    ("permissions boundary", PolicyKind::Boundary),
    ("session policy", PolicyKind::Session),
    ("vpc endpoint policy", PolicyKind::Endpoint),
    ("resource-based policy", PolicyKind::Resource),
    ("identity-based policy", PolicyKind::Identity),
];

/// A call that was refused for want of permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was refused, such as `iam:CreateRole`.
    pub action: String,
    /// On what, where IAM says it.
    pub resource: Option<String>,
    /// The role that was refused.
    role: Option<String>,
    policy: Option<PolicyKind>,
    /// The id of the policy that refuses, such as `p-kfhxcsd9`.
    policy_id: Option<String>,
    /// Whether a policy denies it, rather than none allowing it.
    is_explicit: bool,
}

impl Denial {
    /// Returns the denial that `text` tells of, if it does.
    pub fn read(text: &str) -> Option<Self> {
        let (before, after) = text
            .split_once("not authorized to perform: ")
            .or_else(|| text.split_once("permission to call "))
            .or_else(|| text.strip_prefix("API: ").map(|rest| ("", rest)))?;
        let action = after.split_whitespace().next()?.trim_end_matches(['.', ',']);
        if !is_action(action) || (before.is_empty() && !after.ends_with("Access Denied")) {
            return None;
        }
        let resource = after.split_once(" on resource: ").and_then(|(_, rest)| {
            rest.split_whitespace().next().map(|word| word.trim_matches('"').to_owned())
        });
        let explicit = after.split_once("explicit deny").map(|(_, by)| by);
        let by = explicit.or_else(|| after.split_once("because no ").map(|(_, by)| by));
        let lower = by.unwrap_or_default().to_ascii_lowercase();
        let named = POLICIES.iter().filter_map(|(name, policy)| Some((lower.find(name)?, policy)));
        let policy = named.min_by_key(|(at, _)| *at).map(|(_, policy)| *policy);
        let policy_id = by.and_then(|by| by.split_once(": arn:")).and_then(|(_, arn)| {
            let arn = arn.split([' ', ',', ';', ')']).next()?;
            arn.rsplit('/').next().map(|id| id.trim_end_matches('.').to_owned())
        });
        let role = before.split_once("assumed-role/").and_then(|(_, role)| role.split('/').next());
        Some(Self {
            action: action.to_owned(),
            resource,
            role: role.map(str::to_owned),
            policy,
            policy_id,
            is_explicit: explicit.is_some(),
        })
    }

    /// Returns it in words: `iam:CreateRole denied by a service control policy`.
    pub fn title(&self) -> String {
        // Only a resource's own policy says more of the resource than of who asks.
        let resource =
            self.resource.as_deref().filter(|_| self.policy == Some(PolicyKind::Resource));
        let on = resource.map(|resource| format!(" on {}", resource_of(resource)));
        let by = self.by().unwrap_or_default();
        format!("{}{} denied{by}", self.action, on.unwrap_or_default())
    }

    /// Returns who denies it and why, as far as IAM says: ` by a service control policy`.
    pub fn by(&self) -> Option<String> {
        let name = |policy: PolicyKind| match policy {
            PolicyKind::ServiceControl => "service control policy",
            PolicyKind::ResourceControl => "resource control policy",
            PolicyKind::Boundary => "permissions boundary",
            PolicyKind::Session => "session policy",
            PolicyKind::Endpoint => "VPC endpoint policy",
            PolicyKind::Resource => "resource-based policy",
            PolicyKind::Identity => "identity-based policy",
        };
        match (self.policy, self.is_explicit, &self.policy_id) {
            (Some(policy), true, Some(id)) => Some(format!(" by the {} {id}", name(policy))),
            (Some(PolicyKind::Identity), true, None) => {
                Some(" by an identity-based policy".to_owned())
            }
            (Some(policy), true, None) => Some(format!(" by a {}", name(policy))),
            (Some(PolicyKind::Boundary), false, _) => {
                Some(": the permissions boundary does not allow it".to_owned())
            }
            (Some(policy), false, _) => Some(format!(": no {} allows it", name(policy))),
            (None, true, _) => Some(" by an explicit deny".to_owned()),
            (None, false, _) => None,
        }
    }

    /// Returns what mends it, where IAM says enough.
    pub fn remedy(&self) -> Option<String> {
        let action = &self.action;
        let id = self.policy_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        let role = match &self.role {
            Some(role) => format!("the role {}", foreign::one_line(role)),
            None => "the caller".to_owned(),
        };
        let remedy = match (self.policy?, self.is_explicit) {
            (PolicyKind::ServiceControl, true) => format!(
                "let the organization's service control policy{id} allow {action}, or except {role}"
            ),
            (PolicyKind::ServiceControl, false) => {
                format!("let a service control policy of the organization allow {action}")
            }
            (PolicyKind::ResourceControl, _) => {
                format!("let the organization's resource control policy{id} allow {action}")
            }
            (PolicyKind::Boundary, _) => {
                format!("allow {action} in the permissions boundary of {role}")
            }
            (PolicyKind::Session, true) => {
                format!("take the deny of {action} out of the session policy")
            }
            (PolicyKind::Session, false) => format!("allow {action} in the session policy"),
            (PolicyKind::Endpoint, _) => {
                format!("allow {action} in the policy of the VPC endpoint")
            }
            (PolicyKind::Resource, true) => {
                format!("take the deny of {action} out of the resource's own policy")
            }
            (PolicyKind::Resource, false) => {
                format!("allow {action} to {role} in the resource's own policy")
            }
            (PolicyKind::Identity, true) => {
                format!("take the deny of {action} out of the policies{id} of {role}")
            }
            (PolicyKind::Identity, false) => format!("allow {action} in a policy of {role}"),
        };
        Some(remedy)
    }
}

/// Returns the part of an ARN that names a resource in its account.
pub fn resource_of(arn: &str) -> &str {
    match arn.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        Some(resource) if !resource.is_empty() => resource,
        Some(_) | None => arn,
    }
}

/// Whether a word is an action, such as `s3:PutBucketPolicy`.
fn is_action(word: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '*')
    };
    word.split_once(':').is_some_and(|(service, action)| is_name(service) && is_name(action))
}
