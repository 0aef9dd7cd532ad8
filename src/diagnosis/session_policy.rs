//! What a session policy leaves out of the actions that `apply` needs.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::applicable::about;
use super::needs::{NeededActions, by_actions, is_certain};
use super::statement::statement;
use crate::event::{Cause, Certainty, Finding, Fix, Side};
use crate::policy::{Effect, Policy, RequestContext};

/// Returns what a session policy leaves out or forbids. Its conditions cannot be
/// told beforehand: those of what it allows are taken to be met, those of what it forbids are not.
pub fn left_out_by(policy: Option<&str>, needs: &NeededActions, target: &str) -> Vec<Finding> {
    let Some(policy) = policy.and_then(|text| serde_json::from_str::<Json>(text).ok()) else {
        return Vec::new();
    };
    let policy = Policy::from(policy);
    let context = RequestContext::default();
    let is_forbidden = |action: &str, resource: &str| {
        let mut about = about(&policy, action, resource, &context);
        about.any(|(one, _)| one.effect == Effect::Deny && one.conditions.is_empty())
    };
    let is_left_out = |action: &str, resource: &str| {
        let mut about = about(&policy, action, resource, &context);
        !is_forbidden(action, resource) && !about.any(|(one, _)| one.effect == Effect::Allow)
    };
    let found = |message: String| {
        Finding::new(Side::File, Cause::MissingPermission, Certainty::Known, message)
    };
    let said = |verb: &str, actions: &BTreeSet<&str>, resources: &[&str]| {
        let actions: Vec<&str> = actions.iter().copied().collect();
        found(format!(
            "the `session-policy` of `{target}` {verb} {} on {}",
            actions.join(", "),
            resources.join(", ")
        ))
    };
    let left_out = surely(needs, is_left_out);
    let left_out = by_actions(&left_out).into_iter().map(|(actions, resources)| {
        said("leaves out", &actions, &resources).with_remedy(
            "add this statement to the file that `session-policy` names",
            Fix::SessionPolicyStatement { statement: statement(&actions, &resources) },
        )
    });
    let forbidden = surely(needs, is_forbidden);
    let forbidden = by_actions(&forbidden).into_iter().map(|(actions, resources)| {
        said("forbids", &actions, &resources).with_remedy(
            "except them from the statement that denies them, in the file that `session-policy` \
             names",
            Fix::ByHand {},
        )
    });
    left_out.chain(forbidden).collect()
}

/// Returns what `apply` surely needs of all that is refused so.
fn surely(needs: &NeededActions, is_refused: impl Fn(&str, &str) -> bool) -> NeededActions {
    let refused = needs.iter().filter_map(|(place, actions)| {
        let is_refused = |action: &&&str| is_refused(action, &place.resource);
        let refused: BTreeSet<&'static str> = actions.iter().filter(is_refused).copied().collect();
        let surely = refused.iter().filter(|action| is_certain(action, &refused));
        let surely: BTreeSet<&'static str> = surely.copied().collect();
        (!surely.is_empty()).then(|| (place.clone(), surely))
    });
    refused.collect()
}
