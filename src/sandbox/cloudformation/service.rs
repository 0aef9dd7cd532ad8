//! The services behind resources: what they take, what they refuse, what they make of it.

use jiff::Timestamp;

use super::embedded;
use super::made_up::{MadeUp, is_made_up, is_made_up_text};
use super::resource_facts::Facts;
use super::resource_type::ResourceType;
use super::resource_types;
use super::service_refusal::ServiceRefusal;
use super::stack::{Resource, StoredStack};
use super::taken_names;
use crate::sandbox::codepipeline;
use crate::sandbox::iam::{self, IamFault};
use crate::sandbox::s3::is_bucket_name;
use crate::sandbox::world::{
    OwnersByBucket, SandboxAccount, Store, StoredBucket, StoredParameter, TakenName, name_key,
};

/// Gives a resource that is to be made its name and its ids; returns the name.
pub fn identify(
    account: &mut SandboxAccount,
    stack: &StoredStack,
    logical_id: &str,
    resource: &mut Resource,
) -> String {
    let kind = resource_types::of(&resource.resource_type);
    let given = kind.name.and_then(|property| resource.properties[property].as_str());
    let name = match given {
        Some(name) => name.to_owned(),
        None => kind.generated_name(&stack.name, logical_id, &account.fresh_id(12)),
    };
    resource.token = account.fresh_uuid();
    resource.name = kind.name.is_some().then(|| name.clone());
    let facts = facts(stack, &name, resource);
    resource.physical_id = match kind.is_modelled() {
        true => kind.physical_id(&facts),
        false => MadeUp { type_name: &resource.resource_type, facts }.physical_id(),
    };
    name
}

/// Makes a resource, under its name and ids.
///
/// # Errors
/// If the service refuses, in the words of a status reason.
pub fn make(
    account: &mut SandboxAccount,
    owners: &mut OwnersByBucket,
    stack: &StoredStack,
    name: &str,
    resource: &Resource,
) -> Result<(), String> {
    let kind = resource_types::of(&resource.resource_type);
    check(account, resource)?;
    if kind.name.is_some() {
        taken_names::check(account, owners, stack, kind, name)?;
    }
    let id = resource.physical_id.clone();
    if kind.type_name == codepipeline::ACTION_TYPE
        && codepipeline::has_action_type(account, &stack.region, &resource.properties)
    {
        return Err(taken_names::already_exists(account, kind, &id));
    }
    if kind.name.is_some() {
        let key = name_key(kind.type_name, kind.is_regional.then_some(&stack.region), name);
        account.names.insert(key, TakenName { id, stack: Some(stack.id.clone()) });
    }
    if kind.type_name == "AWS::S3::Bucket" {
        owners.insert(name.to_owned(), account.id.clone());
        let bucket = StoredBucket { region: stack.region.clone(), objects: Default::default() };
        account.buckets.insert(name.to_owned(), bucket);
    }
    Ok(())
}

/// Makes a resource what its properties say: its attributes, and what others have of it.
pub fn settle(
    account: &mut SandboxAccount,
    others: &Store,
    stack: &StoredStack,
    resource: &mut Resource,
    at: Timestamp,
) {
    let kind = resource_types::of(&resource.resource_type);
    let name = resource.name.clone().unwrap_or_else(|| resource.physical_id.clone());
    match account.stacks.get(&resource.physical_id) {
        Some(nested) if embedded::is_carried_out(resource) => embedded::settle(nested, resource),
        _ => resource.attributes = kind.attributes_of(&facts(stack, &name, resource)),
    }
    iam::settle(account, resource, at);
    match kind.type_name {
        "AWS::IAM::Role" => iam::pin(account, others, &name),
        "AWS::SSM::Parameter" => settle_parameter(account, stack, &name, resource, at),
        codepipeline::ACTION_TYPE => {
            codepipeline::put_action_type(account, &stack.region, &resource.properties);
        }
        _ => {}
    }
}

/// Gives a parameter of the parameter store the value that a stack wants.
fn settle_parameter(
    account: &mut SandboxAccount,
    stack: &StoredStack,
    name: &str,
    resource: &Resource,
    at: Timestamp,
) {
    let text = |property: &str| resource.properties[property].as_str().unwrap_or_default();
    let (kind, value) = (text("Type"), text("Value"));
    let key = name_key("AWS::SSM::Parameter", Some(&stack.region), name);
    let parameter = match account.parameters.get(&key) {
        Some(standing) if standing.value == value => return,
        Some(standing) => standing.with_value(value, at),
        None => StoredParameter { kind: kind.into(), value: value.into(), version: 1, changed: at },
    };
    account.parameters.insert(key, parameter);
}

/// Ends a resource and frees its name.
///
/// # Errors
/// If the service refuses, in the words of a status reason.
pub fn end(
    account: &mut SandboxAccount,
    owners: &mut OwnersByBucket,
    stack: &StoredStack,
    resource: &Resource,
) -> Result<(), String> {
    let kind = resource_types::of(&resource.resource_type);
    if let Some(refused) = still_needed(account, kind, resource) {
        return Err(refused.reason(account));
    }
    iam::end(account, resource);
    if kind.type_name == codepipeline::ACTION_TYPE {
        codepipeline::remove_action_type(account, &stack.region, &resource.properties);
    }
    let Some(name) = &resource.name else { return Ok(()) };
    if kind.type_name == "AWS::S3::Bucket" {
        if account.buckets.get(name).is_some_and(|bucket| !bucket.objects.is_empty()) {
            let message = "The bucket you tried to delete is not empty".to_owned();
            return Err(ServiceRefusal {
                service: "S3".into(),
                status: 409,
                message,
                code: "GeneralServiceException",
            }
            .reason(account));
        }
        account.buckets.remove(name);
        owners.remove(name);
    }
    let key = name_key(kind.type_name, kind.is_regional.then_some(&stack.region), name);
    account.parameters.remove(&key);
    account.names.remove(&key);
    Ok(())
}

/// Returns why a resource cannot go yet, if it cannot: keys that others made for a user keep it.
fn still_needed(
    account: &SandboxAccount,
    kind: &ResourceType,
    resource: &Resource,
) -> Option<ServiceRefusal> {
    let name = resource.name.as_ref().filter(|_| kind.type_name == "AWS::IAM::User")?;
    let has_keys = account.users.get(name).is_some_and(|user| !user.keys.is_empty());
    let message = "Cannot delete entity, must delete access keys first.".to_owned();
    has_keys.then_some(ServiceRefusal {
        service: "Iam".into(),
        status: 409,
        message,
        code: "ResourceConflict",
    })
}

/// Checks the properties of a resource that is to be made or changed.
///
/// # Errors
/// If the service refuses them, in the words of a status reason.
pub fn check(account: &mut SandboxAccount, resource: &Resource) -> Result<(), String> {
    let refused = match resource.resource_type.as_str() {
        "AWS::S3::Bucket" => resource.properties["BucketName"]
            .as_str()
            .filter(|name| !is_bucket_name(name) && !is_made_up_text(name))
            .map(|_| ServiceRefusal::invalid("S3", "The specified bucket is not valid.")),
        // What a macro makes of a policy is not known, nor what made-up names stand for.
        _ if is_made_up(&resource.properties) => None,
        iam if iam.starts_with("AWS::IAM::") => iam_fault(account, resource),
        _ => None,
    };
    refused.map_or(Ok(()), |refused| Err(refused.reason(account)))
}

/// Checks that those exist whom a role's trust policy names.
///
/// # Errors
/// If one does not, in the words of a status reason.
pub fn check_principals(
    account: &mut SandboxAccount,
    others: &Store,
    resource: &Resource,
) -> Result<(), String> {
    let trust = &resource.properties["AssumeRolePolicyDocument"];
    if is_made_up(trust) {
        return Ok(());
    }
    match iam::invalid_principal(&iam::policy_of(trust), account, others) {
        Some(message) => Err(ServiceRefusal::invalid("Iam", message).reason(account)),
        None => Ok(()),
    }
}

/// Returns why IAM does not take the properties of one of its resources, if it does not.
fn iam_fault(account: &SandboxAccount, resource: &Resource) -> Option<ServiceRefusal> {
    match iam::fault(account, &resource.resource_type, &resource.properties)? {
        IamFault::Invalid(message) => Some(ServiceRefusal::invalid("Iam", message)),
        IamFault::Missing(message) => Some(not_found(message)),
    }
}

/// Returns what follows from a resource and its stack.
pub fn facts<'a>(stack: &'a StoredStack, name: &'a str, resource: &'a Resource) -> Facts<'a> {
    Facts {
        account: &stack.account,
        region: &stack.region,
        name,
        token: &resource.token,
        properties: &resource.properties,
    }
}

fn not_found(message: String) -> ServiceRefusal {
    ServiceRefusal { service: "Iam".into(), status: 404, message, code: "NotFound" }
}
