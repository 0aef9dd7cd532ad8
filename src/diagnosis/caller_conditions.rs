//! Conditions of the caller's own policies that are not met: they are met, or changed by who knows why
//! they stand there. No remedy goes around them.

use serde_json::Value as Json;

use super::evidence::{Evidence, PolicyDecision};
use super::trust_conditions::{external_id, second_factor_for};
use crate::event::{Cause, Certainty, Finding, Fix, Side};
use crate::policy::{Condition, EXTERNAL_ID};

/// Whether a statement holds under conditions only.
pub fn is_conditional(statement: &Json) -> bool {
    !Condition::all_of(&statement["Condition"]).is_empty()
}

/// Returns what the conditions of the caller's own policies ask for and it does not meet.
pub fn conditions_unmet(evidence: &Evidence, action: &str, own: &PolicyDecision) -> Vec<Finding> {
    match own {
        PolicyDecision::Unmet(conditions) => {
            conditions.iter().map(|condition| unmet(evidence, action, condition)).collect()
        }
        PolicyDecision::Unclear(keys) => vec![unclear(evidence, action, keys)],
        PolicyDecision::Denied(Some((policy, statement))) if is_conditional(statement) => {
            vec![forbidden(evidence, action, policy, statement)]
        }
        PolicyDecision::Allowed
        | PolicyDecision::NotAllowed
        | PolicyDecision::Denied(_)
        | PolicyDecision::OutsideBoundary(_)
        | PolicyDecision::OrganizationRefuses => Vec::new(),
    }
}

fn unmet(evidence: &Evidence, action: &str, condition: &Condition) -> Finding {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    if condition.is_of_second_factor() {
        return second_factor(evidence, action, Certainty::Known);
    }
    let certainty = Certainty::Known;
    if condition.key == EXTERNAL_ID {
        let who = format!("a policy of {principal}");
        return external_id(evidence, &who, condition, !condition.is_negated, certainty);
    }
    let message = format!(
        "the policies of {principal} allow {action} on {role} only if {} is {}{}",
        condition.key,
        if condition.is_negated { "not " } else { "" },
        condition.wanted.join(" or "),
    );
    by_hand(Cause::ConditionNotMet, certainty, message, &condition.key)
}

fn unclear(evidence: &Evidence, action: &str, keys: &[String]) -> Finding {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let mut keys = keys.to_vec();
    keys.sort();
    keys.dedup();
    let keys = keys.join(", ");
    let message = format!(
        "whether the policies of {principal} allow {action} on {role} may hang on {keys}, which \
         cannot be told from here"
    );
    by_hand(Cause::ConditionNotMet, Certainty::Unread, message, &keys)
}

fn forbidden(evidence: &Evidence, action: &str, policy: &str, statement: &Json) -> Finding {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let conditions = Condition::all_of(&statement["Condition"]);
    let certainty = Certainty::Known;
    if conditions.iter().any(Condition::is_of_second_factor) {
        return second_factor(evidence, action, certainty);
    }
    if let Some(id) = conditions.iter().find(|one| one.key == EXTERNAL_ID) {
        let who = format!("a policy of {principal}");
        return external_id(evidence, &who, id, id.is_negated, certainty);
    }
    let keys: Vec<&str> = conditions.iter().map(|one| one.key.as_str()).collect();
    let keys = keys.join(", ");
    let message = format!(
        "the policy `{policy}` of {principal} forbids {action} on {role}, under a condition on {keys}"
    );
    by_hand(Cause::Denied, certainty, message, &keys)
}

fn second_factor(evidence: &Evidence, action: &str, certainty: Certainty) -> Finding {
    let (principal, role) = (evidence.caller.named(), &evidence.asked.role);
    let message =
        format!("the policies of {principal} ask for a second factor for {action} on {role}");
    second_factor_for(evidence, certainty, message).unwrap_or_else(|message| {
        by_hand(Cause::MfaNeeded, certainty, message, "the second factor")
    })
}

fn by_hand(cause: Cause, certainty: Certainty, message: String, what: &str) -> Finding {
    let text = format!(
        "come from where the condition on {what} lets it, or change that condition: it is a guard, \
         and a statement without it gives it up"
    );
    Finding::new(Side::Source, cause, certainty, message).with_remedy(text, Fix::ByHand {})
}
