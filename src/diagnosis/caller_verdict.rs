//! The verdict on the caller's side: what of its policies, boundary or organization refuses.

use super::applicable::PrincipalMatch;
use super::caller::CallerKind;
use super::caller_conditions::{conditions_unmet, is_conditional};
use super::evidence::{CallerSide, Evidence, PolicyDecision};
use super::trust_verdict::admission;
use crate::cloud::{DenyReason, StsRefusal};
use crate::event::{Cause, Certainty, Finding, Fix, Side};

/// Returns what keeps the caller's own side from allowing it.
pub fn findings(evidence: &Evidence) -> Vec<Finding> {
    if let Some(finding) = refusal(evidence) {
        return vec![finding];
    }
    let decided = match &evidence.own {
        CallerSide::Read(decided) => decided,
        // What STS explains, it decided on the role's side.
        CallerSide::Unread(_) if matches!(evidence.refusal, StsRefusal::Denied(_, Some(_))) => {
            return Vec::new();
        }
        CallerSide::Unread(why) => return vec![unread(evidence, why)],
    };
    let mut findings = Vec::new();
    let missing: Vec<&str> = decided
        .iter()
        .filter(|(action, own)| {
            *own == PolicyDecision::NotAllowed && !is_enough_to_be_named(evidence, action)
        })
        .map(|(action, _)| *action)
        .collect();
    if !missing.is_empty() {
        findings.push(not_allowed(evidence, &missing, Certainty::Known));
    }
    for (action, own) in decided {
        if let PolicyDecision::Unmet(_) | PolicyDecision::Unclear(_) = own
            && is_enough_to_be_named(evidence, action)
        {
            continue;
        }
        findings.extend(conditions_unmet(evidence, action, own));
        findings.extend(refused(evidence, action, own));
    }
    findings.dedup_by(|one, other| one.cause == other.cause && one.remedy == other.remedy);
    findings
}

/// Within an account, a trust policy that names the caller itself is enough.
fn is_enough_to_be_named(evidence: &Evidence, action: &str) -> bool {
    evidence.is_one_account()
        && admission(evidence, action).is_some_and(|named| named > PrincipalMatch::ByAccount)
}

/// Returns what STS says itself of the caller's side.
fn refusal(evidence: &Evidence) -> Option<Finding> {
    let StsRefusal::Denied(action, Some(reason)) = evidence.refusal else { return None };
    let is_read = matches!(evidence.own, CallerSide::Read(_));
    match reason {
        DenyReason::Organization => {
            let message = format!(
                "a policy of the organization refuses {action} on {} to {}",
                evidence.asked.role, evidence.caller.arn
            );
            let side = Side::Organization;
            let found = Finding::new(side, Cause::OrganizationPolicy, Certainty::Known, message);
            Some(found.with_remedy(
                format!("let the organization's policies allow {action} to it"),
                Fix::ByHand {},
            ))
        }
        DenyReason::CallersSession => {
            let message = format!(
                "the policy that the session of {} came with does not allow {action} on {}",
                evidence.caller.arn, evidence.asked.role
            );
            let found = Finding::new(Side::Source, Cause::NotAllowed, Certainty::Known, message);
            Some(
                found.with_remedy("open that session with a policy that allows it", Fix::ByHand {}),
            )
        }
        DenyReason::NotAllowed if !is_read => {
            Some(not_allowed(evidence, &[action], Certainty::Known))
        }
        DenyReason::Denied if !is_read => refused(evidence, action, &PolicyDecision::Denied(None)),
        DenyReason::Boundary if !is_read => {
            refused(evidence, action, &PolicyDecision::OutsideBoundary(None))
        }
        DenyReason::NotAllowed
        | DenyReason::Denied
        | DenyReason::Boundary
        | DenyReason::NotTrusted
        | DenyReason::TrustDenied => None,
    }
}

fn not_allowed(evidence: &Evidence, actions: &[&str], certainty: Certainty) -> Finding {
    let principal = evidence.caller.named();
    let message = format!(
        "the policies of {principal} do not allow {} on {}",
        actions.join(", "),
        evidence.asked.role
    );
    allowing(evidence, actions, Finding::new(Side::Source, Cause::NotAllowed, certainty, message))
}

fn allowing(evidence: &Evidence, actions: &[&str], finding: Finding) -> Finding {
    let principal = evidence.caller.named();
    let text = match &evidence.caller.kind {
        CallerKind::Role(name) if name.starts_with("AWSReservedSSO_") => {
            format!("add this statement to the permission set of {principal}")
        }
        _ => format!("add this statement to a policy of {principal}"),
    };
    let change = Fix::IdentityStatement {
        account: evidence.caller.account.clone(),
        principal: evidence.caller.principal.clone(),
        statement: evidence.own_statement(actions),
    };
    finding.with_remedy(text, change)
}

fn unread(evidence: &Evidence, why: &str) -> Finding {
    let actions = evidence.asked.actions();
    let message = format!(
        "whether the policies of {} allow {} on {} could not be read: {why}",
        evidence.caller.named(),
        actions.join(", "),
        evidence.asked.role
    );
    let cause = Cause::NotAllowed;
    let finding = Finding::new(Side::Source, cause, Certainty::Unread, message);
    allowing(evidence, &actions, finding)
}

fn refused(evidence: &Evidence, action: &str, own: &PolicyDecision) -> Option<Finding> {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let account = evidence.caller.account.clone();
    let known = |side, cause, message| Finding::new(side, cause, Certainty::Known, message);
    match own {
        PolicyDecision::Allowed
        | PolicyDecision::NotAllowed
        | PolicyDecision::Unmet(_)
        | PolicyDecision::Unclear(_) => None,
        PolicyDecision::Denied(None) => {
            let message = format!("a policy of {principal} forbids {action} on {role}");
            let found = known(Side::Source, Cause::Denied, message);
            let mut text = format!("except {role} from the statements that deny {action}");
            if evidence.caller.has_second_factor == Some(false) {
                text += "; if they ask for a second factor, set `source.mfa-serial` instead";
            }
            Some(found.with_remedy(text, Fix::ByHand {}))
        }
        PolicyDecision::Denied(Some((_, statement))) if is_conditional(statement) => None,
        PolicyDecision::Denied(Some((policy, statement))) => {
            let message =
                format!("the policy `{policy}` of {principal} forbids {action} on {role}");
            let change = Fix::RemoveIdentityStatement {
                account,
                principal: evidence.caller.principal.clone(),
                policy: policy.clone(),
                statement: statement.clone(),
            };
            Some(known(Side::Source, Cause::Denied, message).with_remedy(
                format!("take this statement out of `{policy}`, or except {role} from it"),
                change,
            ))
        }
        PolicyDecision::OutsideBoundary(policy) => {
            let bounded_by = policy.as_deref().unwrap_or("its permissions boundary");
            let message = format!(
                "{bounded_by}, which bounds {principal}, does not allow {action} on {role}"
            );
            let change = Fix::BoundaryStatement {
                account,
                principal: evidence.caller.principal.clone(),
                policy: policy.clone(),
                statement: evidence.own_statement(&evidence.asked.actions()),
            };
            Some(
                known(Side::Source, Cause::Boundary, message)
                    .with_remedy(format!("add this statement to {bounded_by}"), change),
            )
        }
        PolicyDecision::OrganizationRefuses => {
            let message = format!(
                "a service control policy does not allow {action} on {role} to account {account}"
            );
            let found = known(Side::Organization, Cause::OrganizationPolicy, message);
            Some(found.with_remedy(
                format!("let the organization's policies allow {action} to account {account}"),
                Fix::ByHand {},
            ))
        }
    }
}
