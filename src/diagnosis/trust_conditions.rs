//! Conditions of a role's trust policy that are not met: they are met, or changed by who knows
//! why they stand there. No remedy goes around them.

use serde_json::json;

use super::caller::CallerKind;
use super::evidence::Evidence;
use crate::event::{Cause, Certainty, Finding, Fix, Side};
use crate::policy::{Condition, EXTERNAL_ID};

/// Returns what meets a condition of the role's trust policy, or who may change it.
pub fn unmet_condition(
    evidence: &Evidence,
    condition: &Condition,
    certainty: Certainty,
) -> Finding {
    if condition.is_of_second_factor() {
        return second_factor(evidence, certainty);
    }
    if condition.key == EXTERNAL_ID {
        let who = format!("the trust policy of {}", evidence.asked.role);
        return external_id(evidence, &who, condition, !condition.is_negated, certainty);
    }
    let key = condition.key.as_str();
    let is_organization = matches!(key, "aws:principalorgid" | "aws:principalorgpaths");
    let cause = if is_organization { Cause::OrganizationCondition } else { Cause::ConditionNotMet };
    let is_so = match certainty {
        Certainty::Known => "is not so",
        Certainty::Likely | Certainty::Unread => "could not be seen to be so",
    };
    let message = format!(
        "the trust policy of {} wants {key} {}{}, which {is_so} for {}",
        evidence.asked.role,
        if condition.is_negated { "not to be " } else { "to be " },
        condition.wanted.join(" or "),
        evidence.caller.named()
    );
    let text = format!(
        "come from where {key} is so, or change this condition of the trust policy: it is a guard, \
         and a statement without it lets in whom it keeps out"
    );
    conditions_unmet(cause, certainty, message, text)
}

/// What the role's guards ask for is met, or the guard is changed by who knows why it stands there.
fn conditions_unmet(cause: Cause, certainty: Certainty, message: String, text: String) -> Finding {
    Finding::new(Side::Target, cause, certainty, message).with_remedy(text, Fix::ByHand {})
}

/// Returns how the external id that `who` asks for is given. `is_wanted` says whether one of the texts
/// that the condition names lets the caller in.
pub fn external_id(
    evidence: &Evidence,
    who: &str,
    condition: &Condition,
    is_wanted: bool,
    certainty: Certainty,
) -> Finding {
    let role = &evidence.asked.role;
    let (cause, what) = match &evidence.asked.external_id {
        Some(_) => (Cause::ExternalIdWrong, "another external id than the file has"),
        None if evidence.is_on_the_way => {
            (Cause::ExternalIdMissing, "an external id, which is not sent to roles on the way")
        }
        None => (Cause::ExternalIdMissing, "an external id, and the file has none"),
    };
    let message = format!("{who} asks for {what}");
    if evidence.is_on_the_way {
        let text = format!(
            "take another way than {role} under `via`, or change the condition on its external id: \
             it guards against those who are tricked into entering it for others"
        );
        return conditions_unmet(cause, certainty, message, text);
    }
    let key = format!("`external-id` under `assume-role` of `{}`", evidence.target);
    let plain = |wanted: &&String| !wanted.contains(['*', '?', '$']);
    let finding = Finding::new(Side::File, cause, certainty, message);
    match condition.wanted.iter().find(plain) {
        Some(_) if !evidence.shows_external_ids => finding.with_remedy(
            format!("set {key} to what is asked for (`xdeploy doctor` shows it)"),
            Fix::ByHand {},
        ),
        Some(wanted) if is_wanted && condition.is_comparison() => finding.with_remedy(
            format!("set {key} to what is asked for"),
            evidence.in_file("external-id", Some(json!(wanted))),
        ),
        _ => finding.with_remedy(
            format!("set {key} to a text that fits what is asked for"),
            Fix::ByHand {},
        ),
    }
}

fn second_factor(evidence: &Evidence, certainty: Certainty) -> Finding {
    let role = &evidence.asked.role;
    let message = format!("the trust policy of {role} asks for a second factor");
    second_factor_for(evidence, certainty, message).unwrap_or_else(|message| {
        let text = format!(
            "come to {role} straight from a user with `source.mfa-serial`, or change the condition: \
             without it, stolen keys are enough to enter the role"
        );
        conditions_unmet(Cause::MfaNeeded, certainty, message, text)
    })
}

/// Returns how a user proves a second factor.
///
/// # Errors
/// With the message, if the caller is none.
pub fn second_factor_for(
    evidence: &Evidence,
    certainty: Certainty,
    message: String,
) -> Result<Finding, String> {
    let caller = &evidence.caller;
    let CallerKind::User(name) = &caller.kind else {
        return Err(format!("{message}, which {} cannot prove here", caller.named()));
    };
    let serial = format!("arn:{}:iam::{}:mfa/{name}", caller.partition(), caller.account);
    let path = ["source", "mfa-serial"].map(str::to_owned).to_vec();
    let text = format!(
        "set `source.mfa-serial` to the MFA device of the user (most often {serial}); its code is \
         asked for, or given with --mfa-code"
    );
    let change = Fix::EnvironmentFile { path, value: Some(json!(serial)) };
    let finding = Finding::new(Side::Source, Cause::MfaNeeded, certainty, message);
    Ok(finding.with_remedy(text, change))
}
