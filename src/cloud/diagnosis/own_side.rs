//! Reads what the caller's own policies say: simulated by IAM, else read one by one.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};

use super::super::refusal::CallError;
use super::caller::{Asked, Caller, CallerKind};
use super::case::{Own, OwnSide};
use super::held::{self, Held};
use super::iam::{Iam, asked, why};

/// Reads what the policies of a caller say of what is asked.
pub async fn read(iam: &Iam, caller: &Caller, asked: &Asked) -> OwnSide {
    let actions = asked.actions();
    match caller.kind {
        // A root has no policies of its own and may do everything.
        CallerKind::Root => {
            return OwnSide::Read(actions.into_iter().map(|one| (one, Own::Allowed)).collect());
        }
        CallerKind::Other => {
            return OwnSide::Unread("it is neither a user nor a role".to_owned());
        }
        CallerKind::User(_) | CallerKind::Role(_) => {}
    }
    let simulated = simulated(iam, caller, asked, &actions).await;
    let is_clear = |decided: &[(&str, Own)]| {
        decided.iter().all(|(_, own)| matches!(own, Own::Allowed | Own::OrganizationRefuses))
    };
    match simulated {
        Ok(decided) if is_clear(&decided) => OwnSide::Read(decided),
        // A simulation does not show the statement that denies, or which policy is the boundary.
        Ok(decided) => OwnSide::Read(match held::read(iam, caller).await {
            Ok(held) => {
                decided.into_iter().map(|one| detailed(one, &held, caller, asked)).collect()
            }
            Err(_) => decided,
        }),
        Err(error) => match held::read(iam, caller).await {
            Ok(held) => {
                let decide = |action| (action, held.decide(caller, asked, action));
                OwnSide::Read(actions.into_iter().map(decide).collect())
            }
            Err(_) => OwnSide::Unread(why(&error)),
        },
    }
}

fn detailed(
    (action, own): (&'static str, Own),
    held: &Held,
    caller: &Caller,
    asked: &Asked,
) -> (&'static str, Own) {
    let read = held.decide(caller, asked, action);
    let is_more = match (&own, &read) {
        (Own::Denied(None), Own::Denied(Some(_))) => true,
        // What neither the policies nor the boundary allow is first not allowed by the policies.
        (Own::OutsideBoundary(_), Own::OutsideBoundary(_) | Own::NotAllowed) => true,
        _ => false,
    };
    (action, if is_more { read } else { own })
}

async fn simulated(
    iam: &Iam,
    caller: &Caller,
    asked: &Asked,
    actions: &[&'static str],
) -> Result<Vec<(&'static str, Own)>, CallError> {
    let entries = context(caller, asked);
    let simulate = || {
        iam.client
            .simulate_principal_policy()
            .policy_source_arn(&caller.principal)
            .set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()))
            .resource_arns(asked.role.as_str())
            .set_context_entries((!entries.is_empty()).then(|| entries.clone()))
    };
    let reply = asked!(iam, "iam:SimulatePrincipalPolicy", simulate())?;
    let results = reply.evaluation_results.unwrap_or_default();
    let of = |action: &str| results.iter().find(|result| result.eval_action_name == action);
    Ok(actions.iter().map(|&action| (action, of(action).map_or(Own::Allowed, own))).collect())
}

fn own(result: &EvaluationResult) -> Own {
    let by_organization = result.organizations_decision_detail.as_ref();
    let by_boundary = result.permissions_boundary_decision_detail.as_ref();
    match result.eval_decision {
        Decision::Allowed => Own::Allowed,
        _ if by_organization.is_some_and(|detail| !detail.allowed_by_organizations) => {
            Own::OrganizationRefuses
        }
        Decision::ExplicitDeny => Own::Denied(None),
        _ if by_boundary.is_some_and(|detail| !detail.allowed_by_permissions_boundary) => {
            Own::OutsideBoundary(None)
        }
        _ => Own::NotAllowed,
    }
}

fn context(caller: &Caller, asked: &Asked) -> Vec<ContextEntry> {
    let entry = |key: &str, kind: ContextKeyTypeEnum, value: &str| {
        let entry = ContextEntry::builder().context_key_name(key).context_key_type(kind);
        entry.context_key_values(value).build()
    };
    let external_id = asked.external_id.as_deref();
    let external_id = external_id.map(|id| entry("sts:ExternalId", ContextKeyTypeEnum::String, id));
    let second_factor = caller
        .has_second_factor
        .filter(|has| *has)
        .map(|_| entry("aws:MultiFactorAuthPresent", ContextKeyTypeEnum::Boolean, "true"));
    external_id.into_iter().chain(second_factor).collect()
}
