//! The verdict on the role's side: what of its trust policy refuses.

use serde_json::{Value as Json, json};

use super::applicable::PrincipalMatch;
use super::evidence::{CallerSide, Evidence, FoundRole, PolicyDecision, RoleSide};
use super::trust::{Trust, explain};
use super::trust_conditions::{external_id, unmet_condition};
use crate::cloud::{ASSUME_ROLE, TAG_SESSION};
use crate::cloud::{DenyReason, StsRefusal};
use crate::event::{Cause, Certainty, Finding, Fix, Side};
use crate::policy::{Condition, EXTERNAL_ID};

/// Returns how directly the role's trust policy names the caller, if it was read and admits it.
pub fn admission(evidence: &Evidence, action: &str) -> Option<PrincipalMatch> {
    let RoleSide::Read(found) = &evidence.role else { return None };
    match explain(&found.trust, &evidence.caller, &evidence.asked, action) {
        Trust::Admits(named) => Some(named),
        Trust::Perhaps(_) | Trust::Denies { .. } | Trust::Unnamed | Trust::Unmet(_) => None,
    }
}

/// Returns what keeps the role from letting the caller in; `own` is what its own side was found to
/// come to.
pub fn findings(evidence: &Evidence, own: &[Finding]) -> Vec<Finding> {
    match &evidence.role {
        RoleSide::Missing => vec![missing(evidence, Certainty::Known)],
        RoleSide::Unread(why) => unread(evidence, own, why),
        RoleSide::Read(found) if found.arn != evidence.asked.role.as_str() => {
            vec![path(evidence, found)]
        }
        RoleSide::Read(found) => {
            // Where STS names a further action, it found nothing wrong with the first.
            let refused = match evidence.refusal {
                StsRefusal::Denied(action, _) if action != ASSUME_ROLE => Some(action),
                _ => None,
            };
            let is_open = |action: &&str| refused.is_none() || *action != ASSUME_ROLE;
            let actions = evidence.asked.actions();
            let actions = actions.into_iter().filter(is_open);
            let mut findings: Vec<Finding> =
                actions.flat_map(|action| explained(evidence, found, action)).collect();
            findings.dedup_by(|one, other| one.message == other.message);
            findings
        }
    }
}

fn missing(evidence: &Evidence, certainty: Certainty) -> Finding {
    let role = &evidence.asked.role;
    let message = match certainty {
        Certainty::Known => {
            format!("there is no role `{}` in account {}", role.role_name(), role.account())
        }
        Certainty::Likely | Certainty::Unread => format!("whether {role} exists could not be read"),
    };
    let finding = Finding::new(Side::Target, Cause::RoleMissing, certainty, message);
    if evidence.is_masked() {
        let text = format!(
            "make the role {role} with the trust policy that `xdeploy doctor` shows, or name an \
             existing one under `assume-role`"
        );
        return finding.with_remedy(text, Fix::ByHand {});
    }
    let statement = evidence.trust_statement(&evidence.asked.actions());
    let change = Fix::CreateRole {
        account: role.account(),
        role: role.to_string(),
        trust_policy: json!({ "Version": "2012-10-17", "Statement": [statement] }),
    };
    let text = format!(
        "make the role {role} with this trust policy, or name an existing one under `assume-role`"
    );
    finding.with_remedy(text, change)
}

fn path(evidence: &Evidence, found: &FoundRole) -> Finding {
    let message = format!("the role stands under another path: {}", found.arn);
    let finding = Finding::new(Side::File, Cause::RolePath, Certainty::Known, message);
    if evidence.is_on_the_way {
        let text = format!("name {} under `via`", found.arn);
        return finding.with_remedy(text, Fix::ByHand {});
    }
    let text = format!("set `arn` under `assume-role` of `{}` to {}", evidence.target, found.arn);
    finding.with_remedy(text, evidence.in_file("arn", Some(json!(found.arn))))
}

fn unread(evidence: &Evidence, own: &[Finding], why: &str) -> Vec<Finding> {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let actions = evidence.asked.actions();
    let allows = match &evidence.own {
        CallerSide::Read(decided) => decided.iter().all(|(_, own)| *own == PolicyDecision::Allowed),
        CallerSide::Unread(_) => false,
    };
    if let StsRefusal::Denied(action, reason) = evidence.refusal {
        let is_said = matches!(reason, Some(DenyReason::NotTrusted | DenyReason::TrustDenied));
        if is_said {
            let message =
                format!("the trust policy of {role} does not allow {action} to {principal}");
            let finding =
                not_trusted(evidence, cause_of(action), Certainty::Known, message, &actions);
            return vec![finding];
        }
        if action != ASSUME_ROLE {
            let certainty = if allows { Certainty::Likely } else { Certainty::Unread };
            let message = format!(
                "the trust policy of {role} does not allow {action} to {principal}, as far as can \
                 be told without reading it ({why})"
            );
            return vec![not_trusted(evidence, cause_of(action), certainty, message, &actions)];
        }
    }
    // Who is refused on the own side for certain may be welcome in the role.
    if own.iter().any(|finding| finding.certainty == Certainty::Known) {
        return Vec::new();
    }
    let external_id = match &evidence.asked.external_id {
        Some(_) => "or asks for another external id than the file has",
        None if evidence.is_on_the_way => {
            "or asks for an external id, which is not sent on the way"
        }
        None => "or asks for an external id, and the file has none",
    };
    let (certainty, message) = if allows {
        let message = format!(
            "{principal} may assume {role}, so the role refuses: its trust policy does not name \
             the caller, {external_id}; it could not be read ({why})"
        );
        (Certainty::Likely, message)
    } else {
        let message = format!(
            "the trust policy of {role} does not name {principal}, {external_id}; it could not be \
             read ({why})"
        );
        (Certainty::Unread, message)
    };
    let trusting = not_trusted(evidence, Cause::NotTrusted, certainty, message, &actions);
    vec![trusting, missing(evidence, Certainty::Unread)]
}

fn cause_of(action: &str) -> Cause {
    match action {
        ASSUME_ROLE => Cause::NotTrusted,
        TAG_SESSION => Cause::TagsNotAllowed,
        _ => Cause::SourceIdentityNotAllowed,
    }
}

fn not_trusted(
    evidence: &Evidence,
    cause: Cause,
    certainty: Certainty,
    message: String,
    actions: &[&str],
) -> Finding {
    let role = &evidence.asked.role;
    let text = if evidence.is_masked() {
        format!("add the statement that `xdeploy doctor` shows to the trust policy of {role}")
    } else {
        format!("add this statement to the trust policy of {role}")
    };
    Finding::new(Side::Target, cause, certainty, message)
        .with_remedy(text, evidence.trusting(actions))
}

fn explained(evidence: &Evidence, found: &FoundRole, action: &str) -> Vec<Finding> {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    match explain(&found.trust, &evidence.caller, &evidence.asked, action) {
        Trust::Admits(_) => Vec::new(),
        Trust::Unnamed => {
            let mut message = format!(
                "no statement of the trust policy of {role} allows {action} to {principal}"
            );
            if action == ASSUME_ROLE && names_somebody_gone(found) {
                message += "; it names somebody who is gone by an id: who was made anew under the \
                            name is not trusted for it";
            }
            vec![not_trusted(evidence, cause_of(action), Certainty::Known, message, &[action])]
        }
        Trust::Unmet(unmet) => unmet
            .iter()
            .map(|condition| unmet_condition(evidence, condition, Certainty::Known))
            .collect(),
        Trust::Perhaps(unknown) => unknown
            .iter()
            .map(|condition| unmet_condition(evidence, condition, Certainty::Likely))
            .collect(),
        Trust::Denies { statement, is_certain } => {
            let certainty = if is_certain { Certainty::Known } else { Certainty::Likely };
            vec![forbidden(evidence, action, statement, certainty)]
        }
    }
}

/// A denial under a condition is a guard: what does not meet it is mended, not the guard.
fn forbidden(evidence: &Evidence, action: &str, statement: Json, certainty: Certainty) -> Finding {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let conditions = Condition::all_of(&statement["Condition"]);
    if let Some(factor) = conditions.iter().find(|one| one.is_of_second_factor()) {
        return unmet_condition(evidence, factor, certainty);
    }
    if let Some(id) = conditions.iter().find(|one| one.key == EXTERNAL_ID) {
        return external_id(
            evidence,
            &format!("the trust policy of {role}"),
            id,
            id.is_negated,
            certainty,
        );
    }
    let message = format!("the trust policy of {role} forbids {action} to {principal}");
    let finding = Finding::new(Side::Target, Cause::Denied, certainty, message);
    if !conditions.is_empty() || !statement["NotPrincipal"].is_null() {
        let keys: Vec<&str> = conditions.iter().map(|one| one.key.as_str()).collect();
        let what = if keys.is_empty() { "`NotPrincipal`".to_owned() } else { keys.join(", ") };
        let text = format!(
            "come from where its denial on {what} does not hold, or except the caller from it: \
             without it, whoever it keeps out gets in"
        );
        return finding.with_remedy(text, Fix::ByHand {});
    }
    let change =
        Fix::RemoveTrustStatement { account: role.account(), role: role.to_string(), statement };
    let text = format!("take this statement out of the trust policy of {role}");
    finding.with_remedy(text, change)
}

/// IAM shows whom it cannot find any more by a unique id.
fn names_somebody_gone(found: &FoundRole) -> bool {
    let is_id = |name: &str| name.starts_with("AROA") || name.starts_with("AIDA");
    found.trust.principals().any(is_id)
}
