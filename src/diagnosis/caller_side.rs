//! Reads what the caller's own policies say: simulated by IAM, else read one by one.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};

use super::attached_policies;
use super::caller::{Caller, CallerKind, RefusedRequest};
use super::evidence::{CallerSide, PolicyDecision};
use super::iam_reply::why;
use super::simulation::entry;
use crate::cloud::{CallError, Iam};

/// Reads what the policies of a caller say of what is asked.
pub async fn read(iam: &Iam, caller: &Caller, asked: &RefusedRequest) -> CallerSide {
    let actions = asked.actions();
    match caller.kind {
        // A root has no policies of its own and may do everything.
        CallerKind::Root => {
            return CallerSide::Read(
                actions.into_iter().map(|one| (one, PolicyDecision::Allowed)).collect(),
            );
        }
        CallerKind::Other => {
            return CallerSide::Unread("it is neither a user nor a role".to_owned());
        }
        CallerKind::User(_) | CallerKind::Role(_) => {}
    }
    let simulated = simulated(iam, caller, asked, &actions).await;
    let is_clear = |decided: &[Simulated]| {
        decided.iter().all(|one| {
            matches!(one.own, PolicyDecision::Allowed | PolicyDecision::OrganizationRefuses)
        })
    };
    match simulated {
        Ok(decided) if is_clear(&decided) => {
            CallerSide::Read(decided.into_iter().map(|one| (one.action, one.own)).collect())
        }
        // A simulation does not show the statement that denies, or which policy is the boundary.
        Ok(decided) => {
            let held = attached_policies::read(iam, caller).await.ok();
            let settle = |one: Simulated| {
                let read = held.as_ref().map(|held| held.decide(caller, asked, one.action));
                (one.action, settled(one.own, one.wanting, read))
            };
            CallerSide::Read(decided.into_iter().map(settle).collect())
        }
        Err(error) => match attached_policies::read(iam, caller).await {
            Ok(held) => {
                let decide = |action| (action, held.decide(caller, asked, action));
                CallerSide::Read(actions.into_iter().map(decide).collect())
            }
            Err(_) => CallerSide::Unread(why(&error)),
        },
    }
}

/// What a simulation comes to for an action, and the condition keys that it lacked.
struct Simulated {
    action: &'static str,
    own: PolicyDecision,
    wanting: Vec<String>,
}

/// Returns what is so, from what was simulated and what was read.
fn settled(
    simulated: PolicyDecision,
    wanting: Vec<String>,
    read: Option<PolicyDecision>,
) -> PolicyDecision {
    match (simulated, read) {
        (own @ (PolicyDecision::Allowed | PolicyDecision::OrganizationRefuses), _) => own,
        // For want of a key the simulation may be wrong.
        (_, None | Some(PolicyDecision::Allowed)) if !wanting.is_empty() => PolicyDecision::Unclear(wanting),
        (_, Some(read)) if !wanting.is_empty() => read,
        (PolicyDecision::Denied(None), Some(read @ PolicyDecision::Denied(Some(_))))
        | (PolicyDecision::NotAllowed, Some(read @ PolicyDecision::Unmet(_)))
        // What neither the policies nor the boundary allow is first not allowed by the policies.
        | (
            PolicyDecision::OutsideBoundary(_),
            Some(read @ (PolicyDecision::OutsideBoundary(_) | PolicyDecision::NotAllowed | PolicyDecision::Unmet(_))),
        ) => read,
        (own, _) => own,
    }
}

async fn simulated(
    iam: &Iam,
    caller: &Caller,
    asked: &RefusedRequest,
    actions: &[&'static str],
) -> Result<Vec<Simulated>, CallError> {
    let entries = context(caller, asked);
    let simulate = || {
        iam.client
            .simulate_principal_policy()
            .policy_source_arn(&caller.principal)
            .set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()))
            .resource_arns(asked.role.as_str())
            .set_context_entries(Some(entries.clone()))
            .send()
    };
    let reply = iam.ask("iam:SimulatePrincipalPolicy", simulate).await?;
    let results = reply.evaluation_results.unwrap_or_default();
    let of = |action: &str| results.iter().find(|result| result.eval_action_name == action);
    let decided = actions.iter().map(|&action| {
        let result = of(action);
        let own = result.map_or(PolicyDecision::Allowed, own);
        let wanting = result.map(|result| result.missing_context_values().to_vec());
        Simulated { action, own, wanting: wanting.unwrap_or_default() }
    });
    Ok(decided.collect())
}

fn own(result: &EvaluationResult) -> PolicyDecision {
    let by_organization = result.organizations_decision_detail.as_ref();
    let by_boundary = result.permissions_boundary_decision_detail.as_ref();
    match result.eval_decision {
        Decision::Allowed => PolicyDecision::Allowed,
        _ if by_organization.is_some_and(|detail| !detail.allowed_by_organizations) => {
            PolicyDecision::OrganizationRefuses
        }
        Decision::ExplicitDeny => PolicyDecision::Denied(None),
        _ if by_boundary.is_some_and(|detail| !detail.allowed_by_permissions_boundary) => {
            PolicyDecision::OutsideBoundary(None)
        }
        _ => PolicyDecision::NotAllowed,
    }
}

/// Returns what the conditions of policies can see of what is asked.
fn context(caller: &Caller, asked: &RefusedRequest) -> Vec<ContextEntry> {
    let text = ContextKeyTypeEnum::String;
    let one = |key: &str, value: &str| entry(key, text.clone(), [value]);
    let mut entries = vec![one("sts:RoleSessionName", &asked.session_name)];
    for (key, value) in [
        ("aws:RequestedRegion", &asked.region),
        ("sts:ExternalId", &asked.external_id),
        ("sts:SourceIdentity", &asked.source_identity),
    ] {
        entries.extend(value.as_deref().map(|value| one(key, value)));
    }
    for (key, value) in &asked.tags {
        entries.push(one(&format!("aws:RequestTag/{key}"), value));
    }
    if !asked.tags.is_empty() {
        let keys = asked.tags.keys().map(String::as_str);
        entries.push(entry("aws:TagKeys", ContextKeyTypeEnum::StringList, keys));
    }
    if caller.has_second_factor == Some(true) {
        entries.push(entry("aws:MultiFactorAuthPresent", ContextKeyTypeEnum::Boolean, ["true"]));
    }
    entries
}
