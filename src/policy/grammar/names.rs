//! What the statements of a policy are called and which actions they name.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::policy::elements::texts;

/// Says that two statements have one id.
pub(super) fn repeated_sid(statements: &[Json]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut all = sids(statements).filter(|sid| !sid.is_empty());
    (!all.all(|sid| seen.insert(sid)))
        .then(|| "Statement IDs (SID) in a single policy must be unique.".to_owned())
}

/// Returns what is wrong with an id of a statement of a policy that is not a trust policy.
///
/// Source: the IAM user guide, "IAM JSON policy elements: Sid".
pub(super) fn sid_fault(statements: &[Json]) -> Option<String> {
    let is_plain = |sid: &str| sid.chars().all(|letter| letter.is_ascii_alphanumeric());
    (!sids(statements).all(is_plain)).then(|| {
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
         expression [0-9A-Za-z]*"
            .to_owned()
    })
}

fn sids(statements: &[Json]) -> impl Iterator<Item = &str> {
    statements.iter().filter_map(|statement| statement["Sid"].as_str())
}

/// Says that a statement is about no action.
pub(super) fn missing_actions(statement: &Json) -> Option<String> {
    let is_missing = |element: &str| match &statement[element] {
        Json::Null => true,
        Json::Array(actions) => actions.is_empty(),
        _ => false,
    };
    (is_missing("Action") && is_missing("NotAction"))
        .then(|| "Policy statement must contain actions.".to_owned())
}

/// Returns what is wrong with how a statement names actions.
pub(super) fn action_fault(statement: &Json) -> Option<String> {
    actions(statement).iter().find_map(|action| {
        let mut parts = action.split(':');
        let (vendor, colons) = (parts.next().unwrap_or_default(), parts.count());
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
        match colons {
            0 if vendor != "*" => Some(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    .to_owned(),
            ),
            0 | 1 if vendor == "*" || vendor.chars().all(is_letter) => None,
            0 | 1 => Some(format!("Vendor {vendor} is not valid")),
            _ => Some("Actions/Condition can contain only one colon.".to_owned()),
        }
    })
}

/// Returns what is wrong with the actions of a trust policy: all of them are of STS.
pub(super) fn trust_action_fault(statement: &Json) -> Option<String> {
    let is_of_sts = |action: &String| {
        let vendor = action.split(':').next().unwrap_or_default();
        vendor.eq_ignore_ascii_case("sts")
    };
    (!texts(&statement["Action"]).iter().all(is_of_sts))
        .then(|| "AssumeRole policy may only specify STS AssumeRole actions.".to_owned())
}

fn actions(statement: &Json) -> Vec<String> {
    [texts(&statement["Action"]), texts(&statement["NotAction"])].concat()
}
