//! `SimulatePrincipalPolicy`: what somebody's policies come to, without trying it.

use std::collections::BTreeSet;

use super::{named, show};
use crate::policy::{ContextValues, RequestContext};
use crate::sandbox::call::QueryCall;
use crate::sandbox::iam::authorizer::NeededPermission;
use crate::sandbox::iam::context::{self, ORGANIZATION};
use crate::sandbox::iam::grants::PolicyHolder;
use crate::sandbox::iam::rules::{Decision, Rules};
use crate::sandbox::iam::statements::{AccessRequest, Doubt};
use crate::sandbox::wire::{Refusal, xml};

/// Tells what the policies of a role, a user or a group come to, for each action and resource.
///
/// # Errors
/// If the caller may not ask, nobody has that ARN, or the request brings policies of its own.
pub fn simulate_principal_policy(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let form = call.form;
    for member in ["PolicyInputList", "PermissionsBoundaryPolicyInputList", "ResourcePolicy"] {
        if form.mentions(member) {
            return Err(Refusal::not_offered(format!("{member} of iam:SimulatePrincipalPolicy")));
        }
    }
    let source = form.required("PolicySourceArn")?;
    call.authorize(&NeededPermission::new("iam:SimulatePrincipalPolicy", source))?;
    let holder = holder_of(source)?;
    if named::arn_of(call, &holder).as_deref() != Some(source) {
        let message = format!("The entity with ARN {source} cannot be found.");
        return Err(named::no_such_entity(message));
    }
    let actions = form.texts("ActionNames");
    if actions.is_empty() {
        form.required("ActionNames")?;
    }
    let mut resources = form.texts("ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let until = call.access().until();
    let account = call.store.account(&call.caller.account);
    let rules = match &holder {
        PolicyHolder::Role(name) => Rules::of_role(name, account, until),
        PolicyHolder::User(name) => Rules::of_user(name, account, until),
        PolicyHolder::Group(name) => Rules::of_group(name, account, until),
    };
    let context = context_of(call, source, &holder, &rules);
    let results = actions.iter().flat_map(|action| {
        let (rules, context) = (&rules, &context);
        resources.iter().map(move |resource| {
            result(rules, &AccessRequest { action, resource, context, doubt: Doubt::Refuses })
        })
    });
    Ok(show::whole(xml::list("EvaluationResults", results)))
}

fn holder_of(arn: &str) -> Result<PolicyHolder, Refusal> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
    match resource.split('/').next() {
        Some("role") => Ok(PolicyHolder::Role(name)),
        Some("user") => Ok(PolicyHolder::User(name)),
        Some("group") => Ok(PolicyHolder::Group(name)),
        _ => Err(Refusal::bad_request(
            "InvalidInput",
            format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."),
        )),
    }
}

fn context_of(
    call: &QueryCall<'_>,
    source: &str,
    holder: &PolicyHolder,
    rules: &Rules<'_>,
) -> RequestContext {
    let mut context = context::empty();
    context.put("aws:PrincipalArn", source);
    context.put("aws:PrincipalAccount", call.caller.account.as_str());
    context.put("aws:PrincipalOrgID", ORGANIZATION);
    context.put("aws:CurrentTime", call.now.to_string());
    context.put("aws:EpochTime", call.now.as_second().to_string());
    context.put("aws:SecureTransport", "true");
    if let PolicyHolder::User(name) = holder {
        context.put("aws:username", name);
    }
    for (key, value) in &rules.tags {
        context.put(&format!("aws:PrincipalTag/{key}"), value);
    }
    for entry in call.form.list("ContextEntries") {
        if let Some(key) = entry.optional("ContextKeyName") {
            context.put_all(key, entry.texts("ContextKeyValues"));
        }
    }
    context
}

fn result(rules: &Rules<'_>, request: &AccessRequest<'_>) -> String {
    let decision = match rules.decide(request) {
        Decision::Allowed => "allowed",
        Decision::Denied(_) => "explicitDeny",
        Decision::NotAllowed(_) => "implicitDeny",
    };
    let is_missing = |key: &&str| !matches!(request.context.find(key), ContextValues::Values(_));
    let missing: BTreeSet<&str> =
        rules.policies().flat_map(|policy| policy.condition_keys()).filter(is_missing).collect();
    let boundary = rules.are_bounded().then(|| {
        let allows = rules.bounds(request) == Decision::Allowed;
        let detail = xml::text("AllowedByPermissionsBoundary", allows.to_string());
        xml::element("PermissionsBoundaryDecisionDetail", &detail)
    });
    [
        xml::text("EvalActionName", request.action),
        xml::text("EvalResourceName", request.resource),
        xml::text("EvalDecision", decision),
        xml::element("MatchedStatements", ""),
        xml::texts("MissingContextValues", missing),
        boundary.unwrap_or_default(),
    ]
    .concat()
}
