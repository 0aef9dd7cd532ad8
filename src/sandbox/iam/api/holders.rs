//! Roles, users and groups: read, created and deleted.

use std::collections::BTreeMap;

use super::named::{self, conflict};
use super::show;
use crate::policy::Policy;
use crate::policy::grammar::PolicyUse;
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::Identity;
use crate::sandbox::iam::authorizer::NeededPermission;
use crate::sandbox::iam::entity::{Group, Permissions, Role, User};
use crate::sandbox::iam::grants::{PolicyHolder, policy_of, unique_id};
use crate::sandbox::iam::policy_syntax::policy_fault;
use crate::sandbox::iam::principals::{invalid_principal, pin, shown};
use crate::sandbox::iam::propagation::Propagating;
use crate::sandbox::wire::form::Form;
use crate::sandbox::wire::query::request_tags;
use crate::sandbox::wire::{Refusal, xml};

/// `GetRole`, `GetUser`, `GetGroup`.
pub fn get(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let names_nobody = call.form.optional("UserName").is_none();
    if action == "GetUser" && call.caller.identity == Identity::Root && names_nobody {
        let account = call.caller.account.as_str();
        let parts = [xml::text("UserId", account), xml::text("Arn", call.caller.arn())];
        return Ok(xml::element("User", &(parts.concat() + &show::date("CreateDate", call.now))));
    }
    let holder = named::holder(action, call)?;
    let account = call.store.account(&call.caller.account);
    Ok(match &holder {
        PolicyHolder::Role(name) => {
            let role = &account.roles[name];
            xml::element("Role", &show::role(name, role, &shown(role, account, call.store)))
        }
        PolicyHolder::User(name) => xml::element("User", &show::user(name, &account.users[name])),
        PolicyHolder::Group(name) => {
            let is_in = |(_, user): &(&String, &User)| user.groups.contains_key(name);
            let users =
                account.users.iter().filter(is_in).map(|(name, user)| show::user(name, user));
            let group = xml::element("Group", &show::group(name, &account.groups[name]));
            show::whole(group + &xml::list("Users", users))
        }
    })
}

/// `ListRoles`, `ListUsers`.
pub fn list(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let kind = if action == "ListRoles" { "role" } else { "user" };
    let (partition, id) = (call.caller.partition(), &call.caller.account);
    let all = format!("arn:{partition}:iam::{id}:{kind}/");
    call.authorize(&NeededPermission::new(format!("iam:{action}"), all))?;
    let account = call.store.account(&call.caller.account);
    let role =
        |(name, role): (&String, &Role)| show::role(name, role, &shown(role, account, call.store));
    Ok(show::whole(if action == "ListRoles" {
        xml::list("Roles", account.roles.iter().map(role))
    } else {
        xml::list("Users", account.users.iter().map(|(name, user)| show::user(name, user)))
    }))
}

/// `CreateRole`.
pub fn create_role(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::wanted_holder("CreateRole", call)?;
    let arn = may_create("CreateRole", call, &holder)?;
    let trust = trust_of(call, "AssumeRolePolicyDocument")?;
    let (account, _) = call.store.change(&call.caller.account);
    let role = Role {
        arn,
        id: unique_id("AROA", &account.fresh_uuid()),
        trust: Propagating::new(trust, call.now),
        longest_session_seconds: longest_session(call.form)?.unwrap_or(3600),
        permissions: Permissions {
            boundary: call.form.optional("PermissionsBoundary").map(str::to_owned),
            ..Permissions::default()
        },
        tags: request_tags(call.form),
        description: call.form.optional("Description").map(str::to_owned),
        created: call.now,
        pinned: BTreeMap::new(),
    };
    let (_, name) = named::kind_and_name(&holder);
    let shown = xml::element("Role", &show::role(name, &role, role.trust.latest().document()));
    account.roles.insert(name.to_owned(), role);
    pin_anew(call, name);
    Ok(shown)
}

/// `CreateUser`, `CreateGroup`.
pub fn create_plain(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let member = if action == "CreateUser" { "UserName" } else { "GroupName" };
    call.form.required(member)?;
    let holder = named::wanted_holder(action, call)?;
    let arn = may_create(action, call, &holder)?;
    let created = call.now;
    let boundary = call.form.optional("PermissionsBoundary").map(str::to_owned);
    let permissions = Permissions { boundary, ..Permissions::default() };
    let tags = request_tags(call.form);
    let (account, _) = call.store.change(&call.caller.account);
    let uuid = account.fresh_uuid();
    let (_, name) = named::kind_and_name(&holder);
    if action == "CreateGroup" {
        let group = Group { arn, id: unique_id("AGPA", &uuid), permissions, created };
        let shown = xml::element("Group", &show::group(name, &group));
        account.groups.insert(name.to_owned(), group);
        return Ok(shown);
    }
    let (groups, keys) = (BTreeMap::new(), BTreeMap::new());
    let user = User { arn, id: unique_id("AIDA", &uuid), permissions, groups, keys, tags, created };
    let shown = xml::element("User", &show::user(name, &user));
    account.users.insert(name.to_owned(), user);
    Ok(shown)
}

/// Returns the ARN of a new role, user or group, if the caller may make it and none is named so.
fn may_create(
    action: &str,
    call: &QueryCall<'_>,
    holder: &PolicyHolder,
) -> Result<String, Refusal> {
    let arn = named::new_arn(call, holder);
    call.authorize(&NeededPermission::new(format!("iam:{action}"), &arn))?;
    if named::arn_of(call, holder).is_none() {
        return Ok(arn);
    }
    let (kind, name) = match holder {
        PolicyHolder::Role(name) => ("Role", name),
        PolicyHolder::User(name) => ("User", name),
        PolicyHolder::Group(name) => ("Group", name),
    };
    Err(conflict("EntityAlreadyExists", format!("{kind} with name {name} already exists.")))
}

/// `DeleteRole`, `DeleteUser`, `DeleteGroup`.
pub fn delete(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let permissions = named::permissions(call, &holder)?;
    let conflicts = |what: &str| {
        Err(conflict("DeleteConflict", format!("Cannot delete entity, must {what} first.")))
    };
    if !permissions.attached.is_empty() {
        return conflicts("detach all policies");
    }
    if !permissions.inline.is_empty() {
        return conflicts("delete policies");
    }
    let (account, _) = call.store.change(&call.caller.account);
    match &holder {
        PolicyHolder::Role(name) => {
            account.roles.remove(name);
        }
        PolicyHolder::User(name) if !account.users[name].keys.is_empty() => {
            return conflicts("delete access keys");
        }
        PolicyHolder::User(name) if !account.users[name].groups.is_empty() => {
            return conflicts("remove users from group");
        }
        PolicyHolder::User(name) => {
            account.users.remove(name);
        }
        PolicyHolder::Group(name)
            if account.users.values().any(|u| u.groups.contains_key(name)) =>
        {
            return conflicts("remove users from group");
        }
        PolicyHolder::Group(name) => {
            account.groups.remove(name);
        }
    }
    Ok(String::new())
}

/// `UpdateAssumeRolePolicy`.
pub fn update_trust(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let PolicyHolder::Role(name) = named::holder("UpdateAssumeRolePolicy", call)? else {
        unreachable!("the action names a role")
    };
    let trust = trust_of(call, "PolicyDocument")?;
    let (account, _) = call.store.change(&call.caller.account);
    let role = account.roles.get_mut(&name).expect("the role was found");
    role.set_trust(trust, call.now);
    pin_anew(call, &name);
    Ok(String::new())
}

/// Looks up whom a role's trust policy names, as IAM does whenever one is stored.
fn pin_anew(call: &mut QueryCall<'_>, name: &str) {
    call.store.work_on(&call.caller.account, |account, _, others| {
        account.roles.get_mut(name).expect("the role was found").pinned.clear();
        pin(account, others, name);
    });
}

/// `UpdateRole`.
pub fn update_role(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder("UpdateRole", call)?;
    let seconds = longest_session(call.form)?;
    let (_, name) = named::kind_and_name(&holder);
    let (account, _) = call.store.change(&call.caller.account);
    let role = account.roles.get_mut(name).expect("the role was found");
    role.longest_session_seconds = seconds.unwrap_or(3600);
    role.description = call.form.optional("Description").map(str::to_owned);
    // The answer holds an empty result.
    Ok(" ".to_owned())
}

/// `ListGroupsForUser`.
pub fn list_groups_for_user(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = PolicyHolder::User(named::user_name(call)?);
    named::authorize("ListGroupsForUser", call, &holder)?;
    named::permissions(call, &holder)?;
    let account = call.store.account(&call.caller.account);
    let (_, name) = named::kind_and_name(&holder);
    let groups = account.users[name].groups.keys();
    let groups = groups.filter_map(|name| Some(show::group(name, account.groups.get(name)?)));
    Ok(show::whole(xml::list("Groups", groups)))
}

/// `AddUserToGroup`, `RemoveUserFromGroup`.
pub fn change_membership(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let group = call.form.required("GroupName")?.to_owned();
    named::authorize(action, call, &PolicyHolder::Group(group.clone()))?;
    let user = PolicyHolder::User(call.form.required("UserName")?.to_owned());
    named::permissions(call, &PolicyHolder::Group(group.clone()))?;
    named::permissions(call, &user)?;
    let (account, _) = call.store.change(&call.caller.account);
    let (_, name) = named::kind_and_name(&user);
    let groups = &mut account.users.get_mut(name).expect("the user was found").groups;
    if action == "AddUserToGroup" {
        groups.entry(group).or_insert(None);
    } else {
        groups.remove(&group);
    }
    Ok(String::new())
}

fn trust_of(call: &QueryCall<'_>, member: &str) -> Result<Policy, Refusal> {
    let text = serde_json::Value::from(call.form.required(member)?);
    let malformed = |fault: &str| Refusal::bad_request("MalformedPolicyDocument", fault);
    if let Some(fault) = policy_fault(&text, PolicyUse::Trust) {
        return Err(malformed(&fault));
    }
    let policy = policy_of(&text);
    match invalid_principal(&policy, call.store.account(&call.caller.account), call.store) {
        Some(fault) => Err(malformed(&fault)),
        None => Ok(policy),
    }
}

fn longest_session(form: &Form) -> Result<Option<u32>, Refusal> {
    match form.number("MaxSessionDuration")? {
        Some(seconds) if !(3600..=43_200).contains(&seconds) => Err(Refusal::constraint(
            &seconds.to_string(),
            "maxSessionDuration",
            "have value between 3600 and 43200",
        )),
        seconds => Ok(seconds),
    }
}
