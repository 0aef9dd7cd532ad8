//! What a role's trust policy says to a caller, and where it comes nearest to letting it in.

use serde_json::Value as Json;

use super::applicable::{PrincipalMatch, about, principal_match, unmet};
use super::caller::{Caller, RefusedRequest, request_context};
use crate::policy::{Condition, Effect, Policy};

/// What a trust policy says to a caller who wants to do something with the role.
#[derive(Clone, Debug, PartialEq)]
pub enum Trust {
    /// It lets the caller in, named so directly.
    Admits(PrincipalMatch),
    /// It lets the caller in if these conditions are met, which cannot be told from here.
    Perhaps(Vec<Condition>),
    /// A statement forbids it.
    Denies {
        /// The statement that denies, as it was written.
        statement: Json,
        /// Whether it certainly applies.
        is_certain: bool,
    },
    /// No statement allows the action to the caller.
    Unnamed,
    /// A statement names the caller, and these conditions are not met.
    Unmet(Vec<Condition>),
}

/// Explains what a trust policy says to a caller about an action.
pub fn explain(policy: &Policy, caller: &Caller, asked: &RefusedRequest, action: &str) -> Trust {
    let context = request_context(caller, asked);
    let resource = asked.role.as_str();
    let mut allowed = Trust::Unnamed;
    let mut denied = None;
    for (statement, written) in about(policy, action, resource, &context) {
        let Some(named) = principal_match(&statement.principals, caller) else { continue };
        let (unmet, unknown) = unmet(statement, &context);
        match statement.effect {
            Effect::Allow => allowed = nearer(allowed, outcome(named, unmet, unknown)),
            Effect::Deny if unmet.is_empty() => {
                denied = stronger(denied, written, unknown.is_empty());
            }
            Effect::Deny => {}
        }
    }
    match denied {
        Some((statement, true)) => Trust::Denies { statement, is_certain: true },
        // What may apply explains a refusal only if nothing else does.
        Some((statement, false)) if matches!(allowed, Trust::Admits(_)) => {
            Trust::Denies { statement, is_certain: false }
        }
        Some(_) | None => allowed,
    }
}

fn outcome(named: PrincipalMatch, unmet: Vec<Condition>, unknown: Vec<Condition>) -> Trust {
    match (unmet.is_empty(), unknown.is_empty()) {
        (true, true) => Trust::Admits(named),
        (true, false) => Trust::Perhaps(unknown),
        (false, _) => Trust::Unmet(unmet),
    }
}

/// Returns which of two comes nearer to letting the caller in.
fn nearer(one: Trust, other: Trust) -> Trust {
    let distance = |trust: &Trust| match trust {
        Trust::Admits(named) => (0, PrincipalMatch::InPerson as usize - *named as usize),
        Trust::Perhaps(unknown) => (1, unknown.len()),
        Trust::Unmet(unmet) => (2, unmet.len()),
        Trust::Unnamed | Trust::Denies { .. } => (3, 0),
    };
    if distance(&other) < distance(&one) { other } else { one }
}

fn stronger(
    found: Option<(Json, bool)>,
    statement: &Json,
    is_certain: bool,
) -> Option<(Json, bool)> {
    match found {
        Some((_, true)) => found,
        Some(_) if !is_certain => found,
        Some(_) | None => Some((statement.clone(), is_certain)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::ASSUME_ROLE;

    fn asked(external_id: Option<&str>) -> RefusedRequest {
        RefusedRequest {
            role: "arn:aws:iam::100000000001:role/deployer".parse().expect("an ARN"),
            external_id: external_id.map(str::to_owned),
            session_name: "run".to_owned(),
            tags: Default::default(),
            source_identity: None,
            region: None,
        }
    }

    fn ann() -> Caller {
        let account = "999999999999".parse().expect("an id");
        let caller = Caller::of("arn:aws:iam::999999999999:user/ann", &account);
        Caller { has_second_factor: Some(false), ..caller }
    }

    fn explained(statements: &Json, external_id: Option<&str>) -> Trust {
        let policy = Policy::from(json!({ "Statement": statements }));
        explain(&policy, &ann(), &asked(external_id), ASSUME_ROLE)
    }

    fn allow(principal: &str, condition: &Json) -> Json {
        json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": principal },
                "Condition": condition })
    }

    #[test]
    fn a_trust_policy_names_a_caller_by_account_or_in_person() {
        let by_account = allow("arn:aws:iam::999999999999:root", &Json::Null);
        let in_person = allow("arn:aws:iam::999999999999:user/ann", &Json::Null);
        assert_eq!(explained(&by_account, None), Trust::Admits(PrincipalMatch::ByAccount));
        assert_eq!(
            explained(&json!([by_account, in_person]), None),
            Trust::Admits(PrincipalMatch::InPerson)
        );
        assert_eq!(explained(&allow("888888888888", &Json::Null), None), Trust::Unnamed);
        assert_eq!(explained(&json!([]), None), Trust::Unnamed);
        let saml =
            json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": "*" });
        assert_eq!(explained(&saml, None), Trust::Unnamed);
    }

    #[test]
    fn the_statement_that_comes_nearest_tells_what_is_not_met() {
        let far = allow(
            "*",
            &json!({ "StringEquals": { "sts:ExternalId": "a" },
                    "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        );
        let near = allow("*", &json!({ "StringEquals": { "sts:ExternalId": ["b", "c"] } }));
        for external_id in [None, Some("x")] {
            let Trust::Unmet(unmet) = explained(&json!([far, near]), external_id) else {
                panic!("a condition is not met")
            };
            assert_eq!(unmet.len(), 1);
            assert_eq!(
                (unmet[0].key.as_str(), unmet[0].wanted[0].as_str()),
                ("sts:externalid", "b")
            );
        }
        assert_eq!(
            explained(&json!([far, near]), Some("c")),
            Trust::Admits(PrincipalMatch::InPerson)
        );
    }

    #[test]
    fn what_cannot_be_told_from_here_is_said_to_be_so() {
        let organization = allow("*", &json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }));
        let Trust::Perhaps(unknown) = explained(&organization, None) else { panic!("unknown") };
        assert_eq!(unknown[0].key, "aws:principalorgid");
        let numbers = allow("*", &json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "60" } }));
        assert!(matches!(explained(&numbers, None), Trust::Unmet(_)), "there is no second factor");
    }

    #[test]
    fn a_denial_wins_and_one_that_may_apply_explains_only_what_nothing_else_does() {
        let open = allow("*", &Json::Null);
        let deny = |condition: Json| json!({ "Effect": "Deny", "Action": "sts:*", "Principal": "*", "Condition": condition });
        let certain = deny(json!({ "StringNotEquals": { "sts:ExternalId": "a" } }));
        assert!(matches!(
            explained(&json!([open, certain]), None),
            Trust::Denies { is_certain: true, .. }
        ));
        assert_eq!(
            explained(&json!([open, certain]), Some("a")),
            Trust::Admits(PrincipalMatch::InPerson)
        );
        let unknown = deny(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }));
        assert!(matches!(
            explained(&json!([open, unknown]), None),
            Trust::Denies { is_certain: false, .. }
        ));
        assert_eq!(explained(&json!([unknown]), None), Trust::Unnamed);
    }
}
