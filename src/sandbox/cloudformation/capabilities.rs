//! What a request must acknowledge before its template may make IAM resources.
//!
//! Source: the CloudFormation API reference, `CreateStack`, parameter `Capabilities`.

use serde_json::Value as Json;

use super::definition::Definition;
use super::template::entries;
use super::transform::is_transformed;
use crate::sandbox::wire::Refusal;

/// The types that need acknowledgement.
const GATED: [&str; 11] = [
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::UserToGroupAddition",
];

/// Returns the resource types that need acknowledgement, and the capability that gives it.
pub fn needed(template: &Json) -> Option<(&'static str, Vec<&str>)> {
    let gated = || {
        entries(template, "Resources").filter(|(_, resource)| {
            resource["Type"].as_str().is_some_and(|name| GATED.contains(&name))
        })
    };
    let mut types: Vec<&str> =
        gated().filter_map(|(_, resource)| resource["Type"].as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let is_named = gated().any(|(_, resource)| is_named(resource));
    let capability = if is_named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" };
    (!types.is_empty()).then_some((capability, types))
}

/// A name makes a difference where the resource is made, not where it is referred to.
fn is_named(resource: &Json) -> bool {
    let own = match resource["Type"].as_str() {
        Some("AWS::IAM::Role") => "RoleName",
        Some("AWS::IAM::User") => "UserName",
        Some("AWS::IAM::Group") => "GroupName",
        Some("AWS::IAM::ManagedPolicy") => "ManagedPolicyName",
        Some("AWS::IAM::InstanceProfile") => "InstanceProfileName",
        _ => return false,
    };
    !resource["Properties"][own].is_null()
}

/// Checks that a request that is carried out at once acknowledges that macros change its template.
///
/// # Errors
/// If it does not.
pub fn check_expansion(definition: &Definition) -> Result<(), Refusal> {
    let capability = "CAPABILITY_AUTO_EXPAND";
    let is_given = definition.capabilities.iter().any(|given| given == capability);
    if is_given || !is_transformed(&definition.template) {
        return Ok(());
    }
    Err(insufficient(capability))
}

/// Checks that a request acknowledges what its template needs.
///
/// # Errors
/// If it does not, or names a capability that does not exist.
pub fn check(template: &Json, given: &[String]) -> Result<(), Refusal> {
    let known = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
    if let Some(unknown) = given.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::constraint(
            &format!("[{unknown}]"),
            "capabilities",
            "satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_IAM, \
             CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]]",
        ));
    }
    let Some((capability, _)) = needed(template) else { return Ok(()) };
    let is_given = |name: &str| given.iter().any(|given| given == name);
    if is_given(capability) || is_given("CAPABILITY_NAMED_IAM") {
        return Ok(());
    }
    Err(insufficient(capability))
}

fn insufficient(capability: &str) -> Refusal {
    let message = format!("Requires capabilities : [{capability}]");
    Refusal::bad_request("InsufficientCapabilitiesException", message)
}
