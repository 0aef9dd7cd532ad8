//! Access keys of users.

use super::named::{self, conflict, no_such_entity};
use super::show;
use crate::sandbox::call::QueryCall;
use crate::sandbox::iam::entity::{AccessKey, User};
use crate::sandbox::iam::grants::PolicyHolder;
use crate::sandbox::wire::{Refusal, xml};

/// The most access keys a user may have.
const MOST_KEYS: usize = 2;

/// `CreateAccessKey`.
pub fn create(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = user("CreateAccessKey", call)?;
    let now = call.now;
    let (account, _) = call.store.change(&call.caller.account);
    let id = account.fresh_key_id();
    let user = account.users.get_mut(&name).expect("the user was found");
    if user.keys.len() >= MOST_KEYS {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
        return Err(conflict("LimitExceeded", message));
    }
    user.keys.insert(id.clone(), AccessKey { is_active: true, created: now });
    let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(40).collect();
    let parts = [
        xml::text("UserName", &name),
        xml::text("AccessKeyId", &id),
        xml::text("Status", "Active"),
        xml::text("SecretAccessKey", secret),
        show::date("CreateDate", now),
    ];
    Ok(xml::element("AccessKey", &parts.concat()))
}

/// `UpdateAccessKey`.
pub fn update(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = user("UpdateAccessKey", call)?;
    let id = call.form.required("AccessKeyId")?;
    let is_active = call.form.required("Status")? == "Active";
    let key = user_to_change(call, &name).keys.get_mut(id).ok_or_else(|| missing(id))?;
    key.is_active = is_active;
    Ok(String::new())
}

/// `DeleteAccessKey`.
pub fn delete(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = user("DeleteAccessKey", call)?;
    let id = call.form.required("AccessKeyId")?;
    let removed = user_to_change(call, &name).keys.remove(id);
    removed.map(|_| String::new()).ok_or_else(|| missing(id))
}

/// `ListAccessKeys`.
pub fn list(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let name = user("ListAccessKeys", call)?;
    let keys = &call.store.account(&call.caller.account).users[&name].keys;
    let shown = keys.iter().map(|(id, key)| {
        [
            xml::text("UserName", &name),
            xml::text("AccessKeyId", id),
            xml::text("Status", if key.is_active { "Active" } else { "Inactive" }),
            show::date("CreateDate", key.created),
        ]
        .concat()
    });
    Ok(show::whole(xml::list("AccessKeyMetadata", shown)))
}

/// Returns the user whose keys a call is about.
fn user(action: &str, call: &QueryCall<'_>) -> Result<String, Refusal> {
    let name = named::user_name(call)?;
    let holder = PolicyHolder::User(name.clone());
    named::authorize(action, call, &holder)?;
    named::permissions(call, &holder)?;
    Ok(name)
}

fn user_to_change<'a>(call: &'a mut QueryCall<'_>, name: &str) -> &'a mut User {
    let (account, _) = call.store.change(&call.caller.account);
    account.users.get_mut(name).expect("the user was found")
}

fn missing(id: &str) -> Refusal {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}
