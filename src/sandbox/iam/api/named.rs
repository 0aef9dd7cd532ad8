//! Whom a call speaks of, and whether the caller may do it to them.

use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::Identity;
use crate::sandbox::iam::authorizer::NeededPermission;
use crate::sandbox::iam::entity::Permissions;
use crate::sandbox::iam::faults::{no_group, no_role, no_user};
use crate::sandbox::iam::grants::{PolicyHolder, permissions_of};
use crate::sandbox::wire::Refusal;

/// Returns the role, user or group that a call names, if it exists and the caller may.
///
/// # Errors
/// If the caller may not, or nobody is named so.
pub fn holder(action: &str, call: &QueryCall<'_>) -> Result<PolicyHolder, Refusal> {
    let holder = wanted_holder(action, call)?;
    authorize(action, call, &holder)?;
    match arn_of(call, &holder) {
        Some(_) => Ok(holder),
        None => Err(missing(&holder)),
    }
}

/// Returns the role, user or group that a call names, whether it exists or not.
///
/// # Errors
/// If the call names none.
pub fn wanted_holder(action: &str, call: &QueryCall<'_>) -> Result<PolicyHolder, Refusal> {
    let named = |member: &str| call.form.required(member).map(str::to_owned);
    if action.contains("Group") {
        Ok(PolicyHolder::Group(named("GroupName")?))
    } else if action.contains("Role") {
        Ok(PolicyHolder::Role(named("RoleName")?))
    } else {
        Ok(PolicyHolder::User(user_name(call)?))
    }
}

/// Returns the user that a call names, or the calling user if it names none.
///
/// # Errors
/// If it names none and the caller is no user.
pub fn user_name(call: &QueryCall<'_>) -> Result<String, Refusal> {
    match (call.form.optional("UserName"), &call.caller.identity) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Identity::User(user)) => Ok(user.name.clone()),
        (None, Identity::Root | Identity::AssumedRole(_)) => {
            Err(Refusal::validation("Must specify userName when calling with non-User credentials"))
        }
    }
}

/// Checks that the caller may do something to a role, a user or a group.
///
/// # Errors
/// If it may not; the refusal calls it as IAM does.
pub fn authorize(action: &str, call: &QueryCall<'_>, holder: &PolicyHolder) -> Result<(), Refusal> {
    let (kind, name) = kind_and_name(holder);
    let arn = arn_of(call, holder).unwrap_or_else(|| new_arn(call, holder));
    let wanted = NeededPermission::new(format!("iam:{action}"), arn);
    call.authorize(&wanted.shown_as(format!("{kind} {name}")))
}

/// Returns the ARN that a new role, user or group gets.
pub fn new_arn(call: &QueryCall<'_>, holder: &PolicyHolder) -> String {
    let (kind, name) = kind_and_name(holder);
    let path = call.form.optional("Path").unwrap_or("/");
    format!("arn:{}:iam::{}:{kind}{path}{name}", call.caller.partition(), call.caller.account)
}

/// Returns the ARN of a role, a user or a group that exists.
pub fn arn_of(call: &QueryCall<'_>, holder: &PolicyHolder) -> Option<String> {
    let account = call.store.account(&call.caller.account);
    match holder {
        PolicyHolder::Role(name) => account.roles.get(name).map(|role| role.arn.clone()),
        PolicyHolder::User(name) => account.users.get(name).map(|user| user.arn.clone()),
        PolicyHolder::Group(name) => account.groups.get(name).map(|group| group.arn.clone()),
    }
}

/// Returns what kind a holder is of, as ARNs have it, and its name.
pub fn kind_and_name(holder: &PolicyHolder) -> (&'static str, &str) {
    match holder {
        PolicyHolder::Role(name) => ("role", name),
        PolicyHolder::User(name) => ("user", name),
        PolicyHolder::Group(name) => ("group", name),
    }
}

/// Returns what a role, a user or a group may do by itself.
///
/// # Errors
/// If it is not there.
pub fn permissions<'a>(
    call: &'a QueryCall<'_>,
    holder: &PolicyHolder,
) -> Result<&'a Permissions, Refusal> {
    let account = call.store.account(&call.caller.account);
    let found = match holder {
        PolicyHolder::Role(name) => account.roles.get(name).map(|role| &role.permissions),
        PolicyHolder::User(name) => account.users.get(name).map(|user| &user.permissions),
        PolicyHolder::Group(name) => account.groups.get(name).map(|group| &group.permissions),
    };
    found.ok_or_else(|| missing(holder))
}

/// Returns what a role, a user or a group may do by itself, to be changed.
///
/// # Errors
/// If it is not there.
pub fn permissions_to_change<'a>(
    call: &'a mut QueryCall<'_>,
    holder: &PolicyHolder,
) -> Result<&'a mut Permissions, Refusal> {
    let (account, _) = call.store.change(&call.caller.account);
    permissions_of(account, holder).ok_or_else(|| missing(holder))
}

fn missing(holder: &PolicyHolder) -> Refusal {
    no_such_entity(match holder {
        PolicyHolder::Role(name) => no_role(name),
        PolicyHolder::User(name) => no_user(name),
        PolicyHolder::Group(name) => no_group(name),
    })
}

/// Returns the answer to a call about something that is not there.
pub fn no_such_entity(message: impl Into<String>) -> Refusal {
    Refusal { status: 404, code: "NoSuchEntity", message: message.into() }
}

/// Returns the answer to a call that what stands does not bear.
pub fn conflict(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status: 409, code, message: message.into() }
}
