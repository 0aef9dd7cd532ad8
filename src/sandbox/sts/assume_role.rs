//! `AssumeRole`: both sides must agree.
//!
//! The role's trust policy must let the caller in. In another account, the caller's own policies
//! must allow it as well; in the same account, they must if the trust policy names the account
//! only. Source: the IAM user guide, "Cross-account policy evaluation logic" and "Policy evaluation
//! logic for requests within a single account".

use std::time::Duration;

use super::assume_role_request::AssumeRoleRequest;
use super::credentials::{credentials, session_key};
use super::second_factor;
use crate::policy::RequestContext;
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::AssumedRole;
use crate::sandbox::cloudformation;
use crate::sandbox::iam::{
    AccessRequest, Admission, Decision, Doubt, NeededPermission, Role, Rules, admission, denied,
    put_second_factor,
};
use crate::sandbox::wire::query::request_tags;
use crate::sandbox::wire::{Refusal, xml};

/// The longest session of a role that a session assumes.
const LONGEST_CHAINED_SECONDS: u32 = 3600;

/// What a token's size is measured by. AWS does not say how long tokens may be.
const LONGEST_TOKEN_BYTES: usize = 16_384;

/// Enters a role.
///
/// # Errors
/// If either side does not let the caller, or the request is not as STS wants it.
pub fn assume_role(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let mut asked = AssumeRoleRequest::read(call.form)?;
    let second_factor = second_factor::proven(call)?;
    if let Some(session) = call.caller.session() {
        refuse_other_source(call, session, &asked)?;
        asked.inherit(session)?;
    }
    let account = asked.role.account();
    cloudformation::bring_up_to_date(call.store, &account, call.now, call.settings)?;
    let rules = call.access().rules();
    let mut context = call.access().context(&rules);
    if let Some(proven) = second_factor {
        put_second_factor(&mut context, proven, call.now);
    }
    say_what_is_asked(&mut context, call, &asked);
    let role = call.store.account(&account).roles.get(asked.role.role_name());
    let role = role.filter(|role| role.arn == asked.role.as_str());
    for action in asked.actions() {
        let request = AccessRequest {
            action,
            resource: asked.role.as_str(),
            context: &context,
            doubt: Doubt::Refuses,
        };
        agree(call, role, &rules, &request)?;
    }
    let role = role.expect("nobody is let into a role that is missing");
    check_length(call, role, asked.seconds)?;
    let session = AssumedRole {
        key: session_key(&account),
        account,
        role_arn: role.arn.clone(),
        role_id: role.id.clone(),
        name: asked.name,
        expires: call.now + Duration::from_secs(asked.seconds.into()),
        policy: asked.policy,
        policy_arns: asked.policy_arns,
        tags: asked.tags,
        transitive: asked.transitive,
        source_identity: asked.source_identity,
    };
    Ok(entered(&session, asked.packed_percent))
}

/// A source identity stays what it is once it is set.
fn refuse_other_source(
    call: &QueryCall<'_>,
    session: &AssumedRole,
    asked: &AssumeRoleRequest,
) -> Result<(), Refusal> {
    let (Some(wanted), Some(standing)) = (&asked.source_identity, &session.source_identity) else {
        return Ok(());
    };
    if wanted == standing {
        return Ok(());
    }
    let wanted = NeededPermission::new("sts:SetSourceIdentity", asked.role.as_str());
    Err(denied(call.caller, &wanted, None))
}

fn say_what_is_asked(
    context: &mut RequestContext,
    call: &QueryCall<'_>,
    asked: &AssumeRoleRequest,
) {
    context.put("sts:RoleSessionName", &asked.name);
    if let Some(external_id) = call.form.optional("ExternalId") {
        context.put("sts:ExternalId", external_id);
    }
    if let Some(source_identity) = &asked.source_identity {
        context.put("sts:SourceIdentity", source_identity);
    }
    context.put_all("sts:TransitiveTagKeys", asked.transitive.iter().cloned().collect());
    context.put("aws:ResourceAccount", asked.role.account().as_str());
    context.put_request_tags(&request_tags(call.form));
}

/// Checks that both sides let the caller do something with a role.
fn agree(
    call: &QueryCall<'_>,
    role: Option<&Role>,
    rules: &Rules<'_>,
    request: &AccessRequest<'_>,
) -> Result<(), Refusal> {
    let until = call.access().until();
    let admission = role.map(|role| admission(role, until, call.caller, request));
    let own = rules.decide(request);
    let is_same_account = request.resource.split(':').nth(4) == Some(call.caller.account.as_str());
    // What the role itself refuses, it does not explain.
    let reason = match (admission.unwrap_or(Admission::Unnamed), own) {
        (Admission::Denied, _) => None,
        (_, Decision::Denied(layer)) => Some(Decision::Denied(layer)),
        (Admission::Unnamed, _) => None,
        (Admission::InPerson, Decision::NotAllowed(_)) if is_same_account => return Ok(()),
        (Admission::ByRole, Decision::NotAllowed(_)) if is_same_account => {
            Some(rules.bounds(request))
        }
        (_, own) => Some(own),
    };
    if reason == Some(Decision::Allowed) {
        return Ok(());
    }
    // Between accounts, nobody is told whose side refuses.
    let reason = reason.filter(|_| is_same_account);
    Err(denied(call.caller, &NeededPermission::new(request.action, request.resource), reason))
}

fn check_length(call: &QueryCall<'_>, role: &Role, seconds: u32) -> Result<(), Refusal> {
    if call.caller.session().is_some() && seconds > LONGEST_CHAINED_SECONDS {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds > role.longest_session_seconds {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(())
}

fn entered(session: &AssumedRole, packed_percent: Option<usize>) -> String {
    let token = session.token();
    let percent = (token.len() * 100).div_ceil(LONGEST_TOKEN_BYTES).min(100);
    let user = [
        xml::text("AssumedRoleId", format!("{}:{}", session.role_id, session.name)),
        xml::text("Arn", session.arn()),
    ];
    [
        xml::element("AssumedRoleUser", &user.concat()),
        credentials(&session.key, &token, session.expires),
        xml::optional("PackedPolicySize", packed_percent.map(|percent| percent.to_string())),
        xml::optional("SourceIdentity", session.source_identity.as_ref()),
        xml::text("SessionTokenUtilization", percent.to_string()),
        xml::text("SessionTokenSize", token.len().to_string()),
    ]
    .concat()
}
