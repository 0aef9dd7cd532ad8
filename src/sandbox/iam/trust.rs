//! Trust policies: who may assume a role, and who may not.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Principal" and "Policy evaluation logic".

use jiff::Timestamp;

use super::context;
use super::entity::Role;
use super::statements::{AccessRequest, Doubt, applying};
use crate::policy::{Effect, Policy, Principals};
use crate::sandbox::caller::{Identity, SignedCaller};

/// Whether a trust policy lets a caller in, and how directly it names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// It forbids it.
    Denied,
    /// It does not name the caller.
    Unnamed,
    /// It names the caller's account, which decides for itself who of it comes.
    ByAccount,
    /// It names the caller's role.
    ByRole,
    /// It names the caller itself, or everybody.
    InPerson,
}

/// Returns how a role's trust policy takes a caller's request, if what was set until `until` counts.
pub fn admission(
    role: &Role,
    until: Timestamp,
    caller: &SignedCaller,
    request: &AccessRequest<'_>,
) -> Admission {
    let Some(policy) = role.trust.counting(until) else { return Admission::Unnamed };
    let named = |effect| {
        let statements = applying(policy, effect, request);
        let named = statements.filter_map(|s| how_named(&s.principals, role, caller));
        named.max()
    };
    match (named(Effect::Deny), named(Effect::Allow)) {
        (Some(_), _) => Admission::Denied,
        (None, admission) => admission.unwrap_or(Admission::Unnamed),
    }
}

/// Whether a trust policy lets an AWS service, such as `cloudformation.amazonaws.com`, assume its
/// role.
pub fn admits_service(policy: &Policy, service: &str) -> bool {
    let context = context::empty();
    let request = AccessRequest {
        action: "sts:AssumeRole",
        resource: "*",
        context: &context,
        doubt: Doubt::Refuses,
    };
    applying(policy, Effect::Allow, &request)
        .any(|statement| statement.principals.services.iter().any(|name| name == service))
}

fn how_named(principals: &Principals, role: &Role, caller: &SignedCaller) -> Option<Admission> {
    // Whoever took a name over is not the one who was named.
    let is_same = |name: &&String| role.pinned.get(*name).is_none_or(|id| *id == own_id(caller));
    let names = principals.aws.iter().filter(is_same);
    let named = names.filter_map(|name| how_one_names(name, caller)).max();
    match (principals.is_negated, named) {
        (false, named) => named,
        (true, Some(_)) => None,
        (true, None) => Some(Admission::ByAccount),
    }
}

/// Returns the unique id of the user or role behind a caller.
fn own_id(caller: &SignedCaller) -> String {
    match &caller.identity {
        Identity::AssumedRole(session) => session.role_id.clone(),
        Identity::Root | Identity::User(_) => caller.user_id(),
    }
}

fn how_one_names(name: &str, caller: &SignedCaller) -> Option<Admission> {
    let root = || format!("arn:{}:iam::{}:root", caller.partition(), caller.account);
    if name == "*" {
        Some(Admission::InPerson)
    } else if name == caller.account.as_str() || name == root() {
        Some(Admission::ByAccount)
    } else if let Identity::AssumedRole(session) = &caller.identity {
        let by_role = (name == session.role_arn).then_some(Admission::ByRole);
        by_role.or_else(|| (name == session.arn()).then_some(Admission::InPerson))
    } else {
        (name == caller.principal_arn()).then_some(Admission::InPerson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::iam::entity::Permissions;
    use crate::sandbox::iam::propagation::Propagating;
    use serde_json::{Value as Json, json};

    fn caller() -> SignedCaller {
        SignedCaller {
            account: "999999999999".parse().unwrap(),
            identity: Identity::Root,
            region: "eu-central-1".parse().unwrap(),
            service: "sts".into(),
            second_factor: Default::default(),
        }
    }

    fn admits(principal: &Json, condition: &Json, external_id: Option<&str>) -> bool {
        let policy = json!({ "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": principal, "Condition": condition,
        }] });
        let mut context = context::empty();
        if let Some(external_id) = external_id {
            context.put("sts:ExternalId", external_id);
        }
        let request = AccessRequest {
            action: "sts:AssumeRole",
            resource: "*",
            context: &context,
            doubt: Doubt::Refuses,
        };
        let role = Role {
            arn: "arn:aws:iam::100000000001:role/r".into(),
            id: "AROA1".into(),
            trust: Propagating::new(policy.into(), Timestamp::MIN),
            longest_session_seconds: 3600,
            permissions: Permissions::default(),
            tags: Default::default(),
            description: None,
            created: Timestamp::MIN,
            pinned: Default::default(),
        };
        admission(&role, Timestamp::UNIX_EPOCH, &caller(), &request) > Admission::Unnamed
    }

    #[test]
    fn an_account_is_named_by_its_id_its_root_or_a_star() {
        for (principal, is_admitted) in [
            ("999999999999", true),
            ("arn:aws:iam::999999999999:root", true),
            ("*", true),
            ("888888888888", false),
            ("arn:aws:iam::999999999999:role/other", false),
        ] {
            let named = json!({ "AWS": principal });
            assert_eq!(admits(&named, &Json::Null, None), is_admitted, "{principal}");
        }
        assert!(admits(&json!("*"), &Json::Null, None));
    }

    #[test]
    fn an_external_id_must_be_the_one_asked_for() {
        let wanted = || json!({ "StringEquals": { "sts:ExternalId": ["a", "b"] } });
        assert!(admits(&json!("*"), &wanted(), Some("b")));
        assert!(!admits(&json!("*"), &wanted(), Some("c")));
        assert!(!admits(&json!("*"), &wanted(), None));
    }
}
