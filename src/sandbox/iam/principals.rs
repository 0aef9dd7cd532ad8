//! Whether those whom a trust policy names exist.
//!
//! IAM refuses to store a trust policy that names a role or a user who does not exist. Here that
//! goes for accounts the sandbox knows something of; of others it cannot tell.

use super::super::account::Account;
use super::super::store::Store;
use super::policy::Policy;
use crate::name::AccountId;

/// Returns what is wrong with the principals of a trust policy, if anything is; `own` is the
/// account of its role.
pub fn invalid_principal(policy: &Policy, own: &Account, others: &Store) -> Option<String> {
    let missing = policy.principals().find(|name| !stands(name, own, others))?;
    Some(format!("Invalid principal in policy: \"AWS\":\"{missing}\""))
}

fn stands(name: &str, own: &Account, others: &Store) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts[..] else { return true };
    let Ok(id) = account.parse::<AccountId>() else { return true };
    if id == own.id {
        return holds(own, resource, name);
    }
    let Some(account) = others.peek(&id) else { return true };
    let is_known = !(account.roles.is_empty() && account.users.is_empty());
    !is_known && account.stacks.is_empty() || holds(&account, resource, name)
}

fn holds(account: &Account, resource: &str, arn: &str) -> bool {
    match resource.split('/').next() {
        Some("role") => account.roles.values().any(|role| role.arn == arn),
        Some("user") => account.users.values().any(|user| user.arn == arn),
        _ => true,
    }
}
