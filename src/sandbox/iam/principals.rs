//! Whether those whom a trust policy names exist, and who they are.
//!
//! IAM refuses to store a trust policy that names a role or a user who does not exist. Here that
//! goes for accounts the sandbox knows something of; of others it cannot tell. What it stores is
//! the unique id behind a name: who is made anew under that name later is somebody else. Source:
//! the IAM user guide, "AWS JSON policy elements: Principal".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::entity::Role;
use crate::name::AccountId;
use crate::policy::Policy;
use crate::sandbox::world::{SandboxAccount, Store};

/// The role or user behind an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Behind {
    /// The role or user with this unique id.
    Somebody(String),
    Nobody,
    /// It names no role and no user, or one of an account of which nothing is known.
    Untold,
}

/// Returns what is wrong with the principals of a trust policy, if anything is; `own` is the
/// account of its role.
pub fn invalid_principal(policy: &Policy, own: &SandboxAccount, others: &Store) -> Option<String> {
    let missing = policy.principals().find(|name| behind(name, own, others) == Behind::Nobody)?;
    Some(format!("Invalid principal in policy: \"AWS\":\"{missing}\""))
}

/// Remembers who is behind the names in the trust policy of an account's role, unless that is
/// remembered already.
pub fn pin(own: &mut SandboxAccount, others: &Store, role: &str) {
    let Some(role_now) = own.roles.get(role) else { return };
    let names = role_now.trust.latest().principals();
    let ids: BTreeMap<String, String> = names
        .filter_map(|name| match (role_now.pinned.get(name), behind(name, own, others)) {
            (Some(id), _) => Some((name.to_owned(), id.clone())),
            (None, Behind::Somebody(id)) => Some((name.to_owned(), id)),
            (None, Behind::Nobody | Behind::Untold) => None,
        })
        .collect();
    own.roles.get_mut(role).expect("the role stands").pinned = ids;
}

/// Returns a role's trust policy as IAM shows it: accounts by their roots, and those who are gone by
/// their unique ids.
pub fn shown(role: &Role, own: &SandboxAccount, others: &Store) -> Json {
    let rename = |name: &mut Json| {
        let Some(text) = name.as_str() else { return };
        if text.parse::<AccountId>().is_ok() {
            let partition = role.arn.split(':').nth(1).unwrap_or("aws");
            *name = format!("arn:{partition}:iam::{text}:root").into();
        } else if let Some(id) = role.pinned.get(text)
            && behind(text, own, others) != Behind::Somebody(id.clone())
        {
            *name = id.clone().into();
        }
    };
    let mut document = role.trust.latest().document().clone();
    let statements = match document.get_mut("Statement") {
        Some(Json::Array(statements)) => statements.as_mut_slice(),
        Some(statement) => std::slice::from_mut(statement),
        None => &mut [],
    };
    for statement in statements {
        match statement.get_mut("Principal").and_then(|principal| principal.get_mut("AWS")) {
            Some(Json::Array(names)) => names.iter_mut().for_each(rename),
            Some(name) => rename(name),
            None => {}
        }
    }
    document
}

fn behind(name: &str, own: &SandboxAccount, others: &Store) -> Behind {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts[..] else { return Behind::Untold };
    let Ok(id) = account.parse::<AccountId>() else { return Behind::Untold };
    if id == own.id {
        return look_up(own, resource, name);
    }
    let Some(account) = others.peek(&id) else { return Behind::Untold };
    let is_empty = account.roles.is_empty() && account.users.is_empty();
    if is_empty && account.stacks.is_empty() {
        return Behind::Untold;
    }
    look_up(&account, resource, name)
}

fn look_up(account: &SandboxAccount, resource: &str, arn: &str) -> Behind {
    let id = match resource.split('/').next() {
        Some("role") => account.roles.values().find(|role| role.arn == arn).map(|role| &role.id),
        Some("user") => account.users.values().find(|user| user.arn == arn).map(|user| &user.id),
        _ => return Behind::Untold,
    };
    id.map_or(Behind::Nobody, |id| Behind::Somebody(id.clone()))
}
