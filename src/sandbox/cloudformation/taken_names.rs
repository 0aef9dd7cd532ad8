//! The names of resources: what they may be, and whether somebody has them.

use super::made_up::is_made_up_text;
use super::resource_type::ResourceType;
use super::service_refusal::ServiceRefusal;
use super::stack::StoredStack;
use crate::name::Region;
use crate::sandbox::world::{OwnersByBucket, SandboxAccount, TakenName, name_key};

/// Checks a name that a resource is to have.
///
/// # Errors
/// If it is none, or somebody has it, in the words of a status reason.
pub fn check(
    account: &mut SandboxAccount,
    owners: &OwnersByBucket,
    stack: &StoredStack,
    kind: &ResourceType,
    name: &str,
) -> Result<(), String> {
    if is_made_up_text(name) {
        return check_is_free(account, owners, stack, kind, name);
    }
    if name.chars().count() > kind.longest {
        let message = format!("The name {name} is longer than {} characters", kind.longest);
        return Err(ServiceRefusal::invalid("", message).reason(account));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if kind.type_name.starts_with("AWS::IAM::") && !name.chars().all(is_plain) {
        let message = "The specified value for the name is invalid. It must contain only \
                       alphanumeric characters and/or the following: +=,.@_-";
        return Err(ServiceRefusal::invalid("Iam", message).reason(account));
    }
    check_is_free(account, owners, stack, kind, name)
}

/// Checks that nobody has a name.
fn check_is_free(
    account: &mut SandboxAccount,
    owners: &OwnersByBucket,
    stack: &StoredStack,
    kind: &ResourceType,
    name: &str,
) -> Result<(), String> {
    let key = name_key(kind.type_name, kind.is_regional.then_some(&stack.region), name);
    if let Some(TakenName { stack: Some(holder), .. }) = account.names.get(&key)
        && *holder != stack.id
    {
        return Err(format!("{name} already exists in stack {holder}"));
    }
    let is_taken = is_taken((account, owners), &stack.region, kind, name);
    if is_taken { Err(already_exists(account, kind, name)) } else { Ok(()) }
}

/// Whether somebody has a name, of an account or of all.
pub fn is_taken(
    (account, owners): (&SandboxAccount, &OwnersByBucket),
    region: &Region,
    kind: &ResourceType,
    name: &str,
) -> bool {
    let key = name_key(kind.type_name, kind.is_regional.then_some(region), name);
    account.names.contains_key(&key)
        || match kind.type_name {
            "AWS::IAM::Role" => account.roles.contains_key(name),
            "AWS::IAM::User" => account.users.contains_key(name),
            "AWS::IAM::Group" => account.groups.contains_key(name),
            _ => false,
        }
        || (kind.type_name == "AWS::S3::Bucket" && owners.contains_key(name))
}

/// Returns that something stands already, as its handler words it.
pub fn already_exists(account: &mut SandboxAccount, kind: &ResourceType, name: &str) -> String {
    let id = account.fresh_uuid();
    format!(
        "Resource handler returned message: \"Resource of type '{}' with identifier '{name}' \
         already exists.\" (RequestToken: {id}, HandlerErrorCode: AlreadyExists)",
        kind.type_name
    )
}
