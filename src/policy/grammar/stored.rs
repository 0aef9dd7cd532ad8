//! The order in which IAM looks at a document, and what a document is stored as.

use serde_json::Value as Json;

use super::shape::is_well_formed;
use super::{legacy, names, resource};
use crate::policy::elements::statements;

/// What a policy document is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// A managed policy.
    Managed,
    /// An inline policy of a role, a user or a group, or the policy of a session.
    Inline,
    /// A role's trust policy.
    Trust,
}

/// Returns why IAM does not take a document, as its message.
pub fn fault(document: &Json, used_as: PolicyUse) -> Option<String> {
    if !is_well_formed(document) {
        return Some("Syntax errors in policy.".to_owned());
    }
    if used_as == PolicyUse::Managed && document["Version"] != "2012-10-17" {
        return Some("Policy document must be version 2012-10-17 or greater.".to_owned());
    }
    let statements = statements(document);
    let resource_fault = statements.iter().find_map(resource::format_fault);
    let fails = "The policy failed legacy parsing";
    let is_read = |statement| legacy::reads(statement, resource_fault.is_none());
    if !statements.iter().all(is_read) {
        return Some(fails.to_owned());
    }
    names::repeated_sid(statements)
        .or_else(|| names::sid_fault(statements).filter(|_| used_as != PolicyUse::Trust))
        .or_else(|| statements.iter().find_map(names::missing_actions))
        .or(resource_fault)
        .or_else(|| statements.iter().find_map(names::action_fault))
        .or_else(|| statements.iter().find_map(|statement| use_fault(statement, used_as)))
}

/// Returns what is wrong with a statement for what its policy is stored as.
fn use_fault(statement: &Json, used_as: PolicyUse) -> Option<String> {
    let has_principal = has_either(statement, ["Principal", "NotPrincipal"]);
    match used_as {
        PolicyUse::Trust if has_either(statement, ["Resource", "NotResource"]) => {
            Some("Has prohibited field Resource".to_owned())
        }
        PolicyUse::Trust if !has_principal => Some("Missing required field Principal".to_owned()),
        PolicyUse::Trust => names::trust_action_fault(statement),
        PolicyUse::Managed | PolicyUse::Inline if has_principal => {
            Some("Policy document should not specify a principal.".to_owned())
        }
        PolicyUse::Managed | PolicyUse::Inline => resource::missing(statement),
    }
}

fn has_either(statement: &Json, elements: [&str; 2]) -> bool {
    elements.iter().any(|element| !statement[*element].is_null())
}
