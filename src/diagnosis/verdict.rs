//! What is wrong, from everything that was read: the first cause first.

use serde_json::json;

use super::evidence::{CallerSide, Evidence, RoleSide};
use super::{caller_verdict, trust_verdict};
use crate::cloud::{DenyReason, StsRefusal};
use crate::event::{Cause, Certainty, Finding, Fix, Side};

/// Returns what keeps the caller out, the first cause first.
pub fn verdict(evidence: &Evidence) -> Vec<Finding> {
    match evidence.refusal {
        StsRefusal::LongerThanRole => return vec![longer_than_role(evidence)],
        StsRefusal::LongerThanChain => return vec![longer_than_chain(evidence)],
        StsRefusal::RootCaller => return vec![root_caller(evidence)],
        StsRefusal::SessionRefused => return vec![session_refused(evidence)],
        StsRefusal::RegionDisabled => return vec![region_disabled(evidence)],
        StsRefusal::Other => return Vec::new(),
        StsRefusal::Denied(..) => {}
    }
    if let Some(finding) = wrong_partition(evidence) {
        return vec![finding];
    }
    let mut findings = caller_verdict::findings(evidence);
    findings.extend(trust_verdict::findings(evidence, &findings));
    if findings.is_empty() {
        findings.push(nothing_left(evidence));
    }
    findings.sort_by_key(|finding| finding.certainty);
    findings
}

fn longer_than_role(evidence: &Evidence) -> Finding {
    let role = &evidence.asked.role;
    let (seconds, message) = match &evidence.role {
        RoleSide::Read(found) => {
            let seconds = found.longest_session_seconds;
            (seconds, format!("a session in {role} lasts {seconds} seconds at most"))
        }
        // No role can be set to less than an hour.
        RoleSide::Missing | RoleSide::Unread(_) => {
            (3600, format!("`duration` is longer than a session in {role} may last"))
        }
    };
    let change = evidence.in_file("duration", Some(json!(format!("{seconds}s"))));
    Finding::new(Side::File, Cause::SessionTooLong, Certainty::Known, message).with_remedy(
        format!(
            "set `duration` of `{}` to {seconds}s (sessions are renewed before they end), or \
             raise MaxSessionDuration of the role",
            evidence.target
        ),
        change,
    )
}

fn longer_than_chain(evidence: &Evidence) -> Finding {
    let message = format!(
        "{} is in a role's session, from which a further session lasts an hour at most",
        evidence.caller.arn
    );
    Finding::new(Side::File, Cause::ChainTooLong, Certainty::Known, message).with_remedy(
        format!(
            "set `duration` of `{}` to 1h: sessions are renewed before they end",
            evidence.target
        ),
        evidence.in_file("duration", Some(json!("1h"))),
    )
}

fn root_caller(evidence: &Evidence) -> Finding {
    let message =
        format!("{} is the root of its account: it cannot assume roles", evidence.caller.arn);
    Finding::new(Side::Source, Cause::RootCaller, Certainty::Known, message)
        .with_remedy("use the credentials of a user or a role", Fix::ByHand {})
}

fn session_refused(evidence: &Evidence) -> Finding {
    let message = format!("AWS does not take the session as it is asked for: {}", evidence.words);
    Finding::new(Side::File, Cause::SessionRefused, Certainty::Known, message).with_remedy(
        "mend the file that `session-policy` names, or leave it out",
        evidence.in_file("session-policy", None),
    )
}

fn region_disabled(evidence: &Evidence) -> Finding {
    let message = format!("STS is not enabled in the Region that is asked: {}", evidence.words);
    Finding::new(Side::Source, Cause::RegionNotEnabled, Certainty::Known, message).with_remedy(
        format!(
            "enable it in account {}, or name another Region first under `regions`",
            evidence.caller.account
        ),
        Fix::ByHand {},
    )
}

fn wrong_partition(evidence: &Evidence) -> Option<Finding> {
    let role = evidence.asked.role.as_str();
    let (own, of_role) = (evidence.caller.partition(), role.split(':').nth(1).unwrap_or_default());
    if own == of_role {
        return None;
    }
    let message = format!("{role} is in the partition {of_role}, but the caller is in {own}");
    let finding = Finding::new(Side::File, Cause::WrongPartition, Certainty::Known, message);
    if evidence.is_on_the_way {
        return Some(finding.with_remedy("mend the role under `via`", Fix::ByHand {}));
    }
    let mended = role.replacen(&format!("arn:{of_role}:"), &format!("arn:{own}:"), 1);
    let text = format!(
        "set `arn` under `assume-role` of `{}` to {mended}, or use credentials of that partition",
        evidence.target
    );
    Some(finding.with_remedy(text, evidence.in_file("arn", Some(json!(mended)))))
}

/// Both sides were read and both agree, and still the role is refused.
fn nothing_left(evidence: &Evidence) -> Finding {
    let is_said = matches!(evidence.refusal, StsRefusal::Denied(_, Some(DenyReason::Organization)));
    let certainty = if is_said { Certainty::Known } else { Certainty::Likely };
    let was_read =
        matches!(evidence.own, CallerSide::Read(_)) && matches!(evidence.role, RoleSide::Read(_));
    let message = if is_said || !was_read {
        format!("a policy of the organization refuses it: {}", evidence.words)
    } else {
        format!(
            "the policies of {} and the trust policy of {} both allow it, so something above them \
             refuses: a service or resource control policy of the organization; or one of them was \
             changed seconds ago",
            evidence.caller.named(),
            evidence.asked.role
        )
    };
    let text = format!(
        "let whoever keeps the organization's policies allow this to account {}, or wait a few \
         seconds if it was just changed",
        evidence.caller.account
    );
    Finding::new(Side::Organization, Cause::OrganizationPolicy, certainty, message)
        .with_remedy(text, Fix::ByHand {})
}
