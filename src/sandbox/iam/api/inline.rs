//! Inline policies of roles, users and groups.

use super::named::{self, no_such_entity};
use super::show;
use crate::policy::grammar::PolicyUse;
use crate::sandbox::call::QueryCall;
use crate::sandbox::iam::grants::{PolicyHolder, policy_of};
use crate::sandbox::iam::policy_syntax::policy_fault;
use crate::sandbox::wire::{Refusal, xml};

/// `ListRolePolicies` and its like.
pub fn list(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let names = named::permissions(call, &holder)?.inline.keys();
    Ok(show::whole(xml::texts("PolicyNames", names)))
}

/// `GetRolePolicy` and its like.
pub fn get(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let name = call.form.required("PolicyName")?;
    let permissions = named::permissions(call, &holder)?;
    let inline = permissions.inline.get(name).ok_or_else(|| missing(&holder, name))?;
    let member = match &holder {
        PolicyHolder::Role(_) => "RoleName",
        PolicyHolder::User(_) => "UserName",
        PolicyHolder::Group(_) => "GroupName",
    };
    let (_, holder) = named::kind_and_name(&holder);
    Ok([
        xml::text(member, holder),
        xml::text("PolicyName", name),
        show::document("PolicyDocument", inline.document.latest().document()),
    ]
    .concat())
}

/// `PutRolePolicy` and its like.
pub fn put(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let name = call.form.required("PolicyName")?;
    let text = serde_json::Value::from(call.form.required("PolicyDocument")?);
    if let Some(fault) = policy_fault(&text, PolicyUse::Inline) {
        return Err(Refusal::bad_request("MalformedPolicyDocument", fault));
    }
    let (policy, now) = (policy_of(&text), call.now);
    named::permissions_to_change(call, &holder)?.put(name, policy, None, now);
    Ok(String::new())
}

/// `DeleteRolePolicy` and its like.
pub fn delete(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let holder = named::holder(action, call)?;
    let name = call.form.required("PolicyName")?;
    let removed = named::permissions_to_change(call, &holder)?.inline.remove(name);
    removed.map(|_| String::new()).ok_or_else(|| missing(&holder, name))
}

fn missing(holder: &PolicyHolder, name: &str) -> Refusal {
    let (kind, _) = named::kind_and_name(holder);
    no_such_entity(format!("The {kind} policy with name {name} cannot be found."))
}
