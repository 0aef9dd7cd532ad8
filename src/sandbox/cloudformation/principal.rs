//! The principal of an operation: on whose behalf CloudFormation makes, changes and deletes resources.
//!
//! Source: the CloudFormation user guide, "CloudFormation service role": without one, it is a session of
//! whoever asked for the operation; a stack keeps its role for later operations, which need not pass it.

use crate::policy::RequestContext;
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{self, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::SandboxAccount;

/// The service that assumes service roles.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// Returns the service role of an operation: the one that the request passes, else the one that its stack keeps.
///
/// # Errors
/// If the caller may not pass it, or CloudFormation cannot assume it.
pub fn service_role(
    call: &QueryCall<'_>,
    kept: Option<&String>,
) -> Result<Option<String>, Refusal> {
    let passed = call.form.optional("RoleARN");
    if let Some(role) = passed {
        let wanted = NeededPermission::new("iam:PassRole", role);
        let complete = |context: &mut RequestContext| {
            context.put("iam:PassedToService", CLOUDFORMATION);
        };
        call.access().check(&wanted, complete)?;
    }
    let role = passed.map(str::to_owned).or_else(|| kept.cloned());
    match &role {
        Some(arn) if !is_usable(call.store.account(&call.caller.account), arn) => {
            Err(Refusal::validation(unusable(arn)))
        }
        _ => Ok(role),
    }
}

/// Returns on whose behalf an operation runs that the caller asks for.
pub fn of(call: &QueryCall<'_>, role: Option<&String>) -> SignedCaller {
    let Some(arn) = role else { return call.caller.clone() };
    let account = call.store.account(&call.caller.account);
    let id = account.roles.values().find(|role| role.arn == *arn).map(|role| role.id.clone());
    call.caller.as_cloudformation_in(arn, id.unwrap_or_default())
}

/// Whether CloudFormation can assume a role of an account.
pub fn is_usable(account: &SandboxAccount, arn: &str) -> bool {
    account
        .roles
        .values()
        .any(|role| role.arn == arn && iam::admits_service(role.trust.latest(), CLOUDFORMATION))
}

/// Returns what CloudFormation says of a role that it cannot assume.
pub fn unusable(arn: &str) -> String {
    format!("Role {arn} is invalid or cannot be assumed")
}
