//! What the caller's own side comes to.

use super::applicable::Named;
use super::caller::CallerKind;
use super::case::{Case, Own, OwnSide};
use super::own_guards::{guarded, is_conditional};
use super::said::{Reason, Said};
use super::trust_verdict::admission;
use crate::event::{Cause, Certainty, Finding, Fix, Side};

/// Returns what keeps the caller's own side from allowing it.
pub fn findings(case: &Case) -> Vec<Finding> {
    if let Some(finding) = said(case) {
        return vec![finding];
    }
    let decided = match &case.own {
        OwnSide::Read(decided) => decided,
        // What STS explains, it decided on the role's side.
        OwnSide::Unread(_) if matches!(case.said, Said::Denied(_, Some(_))) => return Vec::new(),
        OwnSide::Unread(why) => return vec![unread(case, why)],
    };
    let mut findings = Vec::new();
    let missing: Vec<&str> = decided
        .iter()
        .filter(|(action, own)| *own == Own::NotAllowed && !is_enough_to_be_named(case, action))
        .map(|(action, _)| *action)
        .collect();
    if !missing.is_empty() {
        findings.push(not_allowed(case, &missing, Certainty::Known));
    }
    for (action, own) in decided {
        if let Own::Unmet(_) | Own::Unclear(_) = own
            && is_enough_to_be_named(case, action)
        {
            continue;
        }
        findings.extend(guarded(case, action, own));
        findings.extend(refused(case, action, own));
    }
    findings.dedup_by(|one, other| one.cause == other.cause && one.remedy == other.remedy);
    findings
}

/// Within an account, a trust policy that names the caller itself is enough.
fn is_enough_to_be_named(case: &Case, action: &str) -> bool {
    case.is_one_account() && admission(case, action).is_some_and(|named| named > Named::ByAccount)
}

/// Returns what STS says itself of the caller's side.
fn said(case: &Case) -> Option<Finding> {
    let Said::Denied(action, Some(reason)) = case.said else { return None };
    let is_read = matches!(case.own, OwnSide::Read(_));
    match reason {
        Reason::Organization => {
            let message = format!(
                "a policy of the organization refuses {action} on {} to {}",
                case.asked.role, case.caller.arn
            );
            let side = Side::Organization;
            let found = Finding::new(side, Cause::OrganizationPolicy, Certainty::Known, message);
            Some(found.with_remedy(
                format!("let the organization's policies allow {action} to it"),
                Fix::ByHand {},
            ))
        }
        Reason::CallersSession => {
            let message = format!(
                "the policy that the session of {} came with does not allow {action} on {}",
                case.caller.arn, case.asked.role
            );
            let found = Finding::new(Side::Source, Cause::NotAllowed, Certainty::Known, message);
            Some(
                found.with_remedy("open that session with a policy that allows it", Fix::ByHand {}),
            )
        }
        Reason::NotAllowed if !is_read => Some(not_allowed(case, &[action], Certainty::Known)),
        Reason::Denied if !is_read => refused(case, action, &Own::Denied(None)),
        Reason::Boundary if !is_read => refused(case, action, &Own::OutsideBoundary(None)),
        Reason::NotAllowed
        | Reason::Denied
        | Reason::Boundary
        | Reason::NotTrusted
        | Reason::TrustDenied => None,
    }
}

fn not_allowed(case: &Case, actions: &[&str], certainty: Certainty) -> Finding {
    let principal = case.caller.named();
    let message = format!(
        "the policies of {principal} do not allow {} on {}",
        actions.join(", "),
        case.asked.role
    );
    allowing(case, actions, Finding::new(Side::Source, Cause::NotAllowed, certainty, message))
}

fn allowing(case: &Case, actions: &[&str], finding: Finding) -> Finding {
    let principal = case.caller.named();
    let text = match &case.caller.kind {
        CallerKind::Role(name) if name.starts_with("AWSReservedSSO_") => {
            format!("add this statement to the permission set of {principal}")
        }
        _ => format!("add this statement to a policy of {principal}"),
    };
    let change = Fix::IdentityStatement {
        account: case.caller.account.clone(),
        principal: case.caller.principal.clone(),
        statement: case.own_statement(actions),
    };
    finding.with_remedy(text, change)
}

fn unread(case: &Case, why: &str) -> Finding {
    let actions = case.asked.actions();
    let message = format!(
        "whether the policies of {} allow {} on {} could not be read: {why}",
        case.caller.named(),
        actions.join(", "),
        case.asked.role
    );
    let cause = Cause::NotAllowed;
    let finding = Finding::new(Side::Source, cause, Certainty::Unread, message);
    allowing(case, &actions, finding)
}

fn refused(case: &Case, action: &str, own: &Own) -> Option<Finding> {
    let (principal, role) = (case.caller.named(), &case.asked.role);
    let account = case.caller.account.clone();
    let known = |side, cause, message| Finding::new(side, cause, Certainty::Known, message);
    match own {
        Own::Allowed | Own::NotAllowed | Own::Unmet(_) | Own::Unclear(_) => None,
        Own::Denied(None) => {
            let message = format!("a policy of {principal} forbids {action} on {role}");
            let found = known(Side::Source, Cause::Denied, message);
            let mut text = format!("except {role} from the statements that deny {action}");
            if case.caller.has_second_factor == Some(false) {
                text += "; if they ask for a second factor, set `source.mfa-serial` instead";
            }
            Some(found.with_remedy(text, Fix::ByHand {}))
        }
        Own::Denied(Some((_, statement))) if is_conditional(statement) => None,
        Own::Denied(Some((policy, statement))) => {
            let message =
                format!("the policy `{policy}` of {principal} forbids {action} on {role}");
            let change = Fix::RemoveIdentityStatement {
                account,
                principal: case.caller.principal.clone(),
                policy: policy.clone(),
                statement: statement.clone(),
            };
            Some(known(Side::Source, Cause::Denied, message).with_remedy(
                format!("take this statement out of `{policy}`, or except {role} from it"),
                change,
            ))
        }
        Own::OutsideBoundary(policy) => {
            let bounded_by = policy.as_deref().unwrap_or("its permissions boundary");
            let message = format!(
                "{bounded_by}, which bounds {principal}, does not allow {action} on {role}"
            );
            let change = Fix::BoundaryStatement {
                account,
                principal: case.caller.principal.clone(),
                policy: policy.clone(),
                statement: case.own_statement(&case.asked.actions()),
            };
            Some(
                known(Side::Source, Cause::Boundary, message)
                    .with_remedy(format!("add this statement to {bounded_by}"), change),
            )
        }
        Own::OrganizationRefuses => {
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
