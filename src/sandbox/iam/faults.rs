//! What IAM finds wrong with what is to be stored: policies, and names that lead nowhere.

use serde_json::Value as Json;

use super::managed;
use super::policy_syntax::policy_fault;
use crate::policy::grammar::PolicyUse;
use crate::policy::texts;
use crate::sandbox::world::SandboxAccount;

/// Why IAM does not store something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IamFault {
    /// Something in it is wrong.
    Invalid(String),
    /// It speaks of something that is not there.
    Missing(String),
}

/// Returns what is wrong with the properties of an IAM resource of an account, if anything is.
pub fn fault(account: &SandboxAccount, resource_type: &str, properties: &Json) -> Option<IamFault> {
    let trust = &properties["AssumeRolePolicyDocument"];
    if let Some(fault) = policy_fault(trust, PolicyUse::Trust) {
        return Some(IamFault::Invalid(fault));
    }
    let used_as = match resource_type {
        "AWS::IAM::ManagedPolicy" => PolicyUse::Managed,
        _ => PolicyUse::Inline,
    };
    let inline = properties["Policies"].as_array().into_iter().flatten();
    let documents = inline.map(|policy| &policy["PolicyDocument"]);
    for document in documents.chain([&properties["PolicyDocument"]]) {
        if let Some(fault) = policy_fault(document, used_as) {
            return Some(IamFault::Invalid(fault));
        }
    }
    let seconds = properties["MaxSessionDuration"].as_str().map(|text| text.parse::<u32>());
    if seconds.is_some_and(|seconds| !matches!(seconds, Ok(3600..=43_200))) {
        return Some(IamFault::Invalid(
            "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy \
             constraint: Member must have value between 3600 and 43200"
                .to_owned(),
        ));
    }
    missing_policy(account, properties)
        .or_else(|| missing_holder(account, resource_type, properties))
}

fn missing_policy(account: &SandboxAccount, properties: &Json) -> Option<IamFault> {
    let boundary = texts(&properties["PermissionsBoundary"]);
    let mut arns = texts(&properties["ManagedPolicyArns"]).into_iter().chain(boundary);
    // A policy's name is taken half-way through its making.
    let stands = |arn: &String| {
        managed::is_of_aws(arn)
            || account.policies.contains_key(arn)
            || account.names.values().any(|named| named.id == *arn)
    };
    let missing = arns.find(|arn| !stands(arn))?;
    Some(IamFault::Missing(format!("Policy {missing} does not exist or is not attachable.")))
}

/// Returns the first role, user or group that is spoken of and not there.
fn missing_holder(
    account: &SandboxAccount,
    resource_type: &str,
    properties: &Json,
) -> Option<IamFault> {
    let named = |list: &str, one: &str, own: &str| {
        let one = if resource_type == own { Vec::new() } else { texts(&properties[one]) };
        texts(&properties[list]).into_iter().chain(one)
    };
    let role = named("Roles", "RoleName", "AWS::IAM::Role")
        .find(|name| !account.roles.contains_key(name))
        .map(|name| no_role(&name));
    let user = || {
        named("Users", "UserName", "AWS::IAM::User")
            .find(|name| !account.users.contains_key(name))
            .map(|name| no_user(&name))
    };
    let group = || {
        named("Groups", "GroupName", "AWS::IAM::Group")
            .find(|name| !account.groups.contains_key(name))
            .map(|name| no_group(&name))
    };
    role.or_else(user).or_else(group).map(IamFault::Missing)
}

/// Says that a role is not there.
pub fn no_role(name: &str) -> String {
    format!("The role with name {name} cannot be found.")
}

/// Says that a user is not there.
pub fn no_user(name: &str) -> String {
    format!("The user with name {name} cannot be found.")
}

/// Says that a group is not there.
pub fn no_group(name: &str) -> String {
    format!("The group with name {name} cannot be found.")
}
