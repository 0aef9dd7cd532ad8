//! Managed policies, their attachments, and boundaries.

use super::named::{self, no_such_entity};
use super::show;
use crate::policy::Policy;
use crate::sandbox::call::QueryCall;
use crate::sandbox::iam::authorizer::NeededPermission;
use crate::sandbox::iam::entity::path_of;
use crate::sandbox::iam::managed;
use crate::sandbox::wire::{Refusal, xml};

/// `ListAttachedRolePolicies` and its like.
pub fn list_attached(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let attached = named::permissions(call, &holder)?.attached.keys();
    let policy = |arn: &String| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        xml::text("PolicyName", name) + &xml::text("PolicyArn", arn)
    };
    Ok(show::whole(xml::list("AttachedPolicies", attached.map(policy))))
}

/// `AttachRolePolicy` and its like.
pub fn attach(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let arn = existing(call, "PolicyArn")?;
    let now = call.now;
    named::permissions_to_change(call, &holder)?.attach(&arn, None, now);
    Ok(String::new())
}

/// `DetachRolePolicy` and its like.
pub fn detach(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let arn = call.form.required("PolicyArn")?;
    let removed = named::permissions_to_change(call, &holder)?.attached.remove(arn);
    let missing = || no_such_entity(format!("Policy {arn} was not found."));
    removed.map(|_| String::new()).ok_or_else(missing)
}

/// `PutRolePermissionsBoundary` and its like.
pub fn put_boundary(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let arn = existing(call, "PermissionsBoundary")?;
    named::permissions_to_change(call, &holder)?.boundary = Some(arn);
    Ok(String::new())
}

/// `DeleteRolePermissionsBoundary` and its like.
pub fn delete_boundary(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    named::permissions_to_change(call, &holder)?.boundary = None;
    Ok(String::new())
}

fn existing(call: &QueryCall<'_>, member: &str) -> Result<String, Refusal> {
    let arn = call.form.required(member)?;
    let account = call.store.account(&call.caller.account);
    if managed::is_of_aws(arn) || account.policies.contains_key(arn) {
        return Ok(arn.to_owned());
    }
    Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

/// `GetPolicy`.
pub fn get(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let arn = call.form.required("PolicyArn")?;
    authorize("GetPolicy", call, arn)?;
    let account = call.store.account(&call.caller.account);
    let everyone = account.roles.values().map(|role| &role.permissions);
    let everyone = everyone.chain(account.users.values().map(|user| &user.permissions));
    let mut everyone = everyone.chain(account.groups.values().map(|group| &group.permissions));
    let attached = everyone.by_ref().filter(|p| p.attached.contains_key(arn)).count();
    let found = find(call, arn).ok_or_else(|| not_found(arn))?;
    let parts = [
        xml::text("PolicyName", found.name),
        xml::text("PolicyId", found.id),
        xml::text("Arn", arn),
        xml::text("Path", path_of(arn)),
        xml::text("DefaultVersionId", &found.version),
        xml::text("AttachmentCount", attached.to_string()),
        xml::text("IsAttachable", "true"),
        xml::optional("Description", found.description),
        show::date("CreateDate", found.created),
        show::date("UpdateDate", found.updated),
    ];
    Ok(xml::element("Policy", &parts.concat()))
}

/// `GetPolicyVersion`: only the latest is kept.
pub fn get_version(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let arn = call.form.required("PolicyArn")?;
    let version = call.form.required("VersionId")?;
    authorize("GetPolicyVersion", call, arn)?;
    let found = find(call, arn).ok_or_else(|| not_found(arn))?;
    if found.version != version {
        return Err(no_such_entity(format!(
            "Policy {arn} version {version} does not exist or is not attachable."
        )));
    }
    let parts = [
        show::document("Document", found.policy.document()),
        xml::text("VersionId", version),
        xml::text("IsDefaultVersion", "true"),
        show::date("CreateDate", found.updated),
    ];
    Ok(xml::element("PolicyVersion", &parts.concat()))
}

/// A managed policy, of AWS or of the account.
struct ContextValues<'a> {
    name: &'a str,
    id: &'a str,
    version: String,
    description: Option<&'a str>,
    policy: &'a Policy,
    created: jiff::Timestamp,
    updated: jiff::Timestamp,
}

fn find<'a>(call: &'a QueryCall<'_>, arn: &'a str) -> Option<ContextValues<'a>> {
    if let Some(policy) = managed::find(arn) {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let name = arn.rsplit('/').next().unwrap_or_default();
        let (id, version, description) = ("ANPAAWSMANAGEDPOLICY0", "v1".to_owned(), None);
        return Some(ContextValues {
            name,
            id,
            version,
            description,
            policy,
            created: at,
            updated: at,
        });
    }
    let managed = call.store.account(&call.caller.account).policies.get(arn)?;
    Some(ContextValues {
        name: &managed.name,
        id: &managed.id,
        version: format!("v{}", managed.version),
        description: managed.description.as_deref(),
        policy: managed.document.latest(),
        created: managed.created,
        updated: managed.document.since(),
    })
}

fn authorize(action: &str, call: &QueryCall<'_>, arn: &str) -> Result<(), Refusal> {
    let wanted = NeededPermission::new(format!("iam:{action}"), arn);
    call.authorize(&wanted.shown_as(format!("policy {arn}")))
}

fn not_found(arn: &str) -> Refusal {
    no_such_entity(format!("Policy {arn} was not found."))
}
