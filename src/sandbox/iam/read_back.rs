//! What IAM holds of a stack's resource now, as the resource's own properties say it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::entity::{Grantor, Permissions};
use super::grants::policy_of;
use crate::policy::{Policy, texts};
use crate::sandbox::cloudformation::Resource;
use crate::sandbox::world::SandboxAccount;

/// Returns the properties that a template gives of a resource, as IAM has them now; nothing if the resource is
/// gone. What other resources gave it is theirs.
pub fn read_back(account: &SandboxAccount, resource: &Resource) -> Option<Json> {
    let mut found = Found { resource, properties: resource.properties.as_object()?.clone() };
    let name = resource.name.as_deref().unwrap_or_default();
    match resource.resource_type.as_str() {
        "AWS::IAM::Role" => {
            let role = account.roles.get(name)?;
            let trust = found.document("AssumeRolePolicyDocument", role.trust.latest());
            found.put("AssumeRolePolicyDocument", Some(trust));
            let seconds = role.longest_session_seconds.to_string();
            found.put("MaxSessionDuration", Some(seconds.into()));
            found.put("Description", role.description.clone().map(Json::String));
            found.tags(&role.tags);
            found.permissions(&role.permissions);
        }
        "AWS::IAM::User" => {
            let user = account.users.get(name)?;
            let groups = user.groups.iter().filter(|(_, by)| found.is_own(by));
            let groups: Vec<&String> = groups.map(|(group, _)| group).collect();
            found.put("Groups", Some(json!(groups)));
            found.tags(&user.tags);
            found.permissions(&user.permissions);
        }
        "AWS::IAM::Group" => found.permissions(&account.groups.get(name)?.permissions),
        "AWS::IAM::ManagedPolicy" => {
            let policy = account.policies.get(&resource.physical_id)?.document.latest();
            found.put("PolicyDocument", Some(found.document("PolicyDocument", policy)));
        }
        "AWS::IAM::Policy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::GroupPolicy" => {
            found.inline_policy(account)?;
        }
        "AWS::IAM::AccessKey" => {
            let user = account.users.get(resource.properties["UserName"].as_str()?)?;
            let key = user.keys.get(&resource.physical_id)?;
            let status = if key.is_active { "Active" } else { "Inactive" };
            found.put("Status", Some(status.into()));
        }
        _ => {}
    }
    Some(Json::Object(found.properties))
}

struct Found<'a> {
    resource: &'a Resource,
    properties: Map<String, Json>,
}

impl Found<'_> {
    /// Gives a property the value that IAM has, if the template gives it one.
    fn put(&mut self, name: &str, value: Option<Json>) {
        if !self.properties.contains_key(name) {
            return;
        }
        match value {
            Some(value) => self.properties.insert(name.to_owned(), value),
            None => self.properties.remove(name),
        };
    }

    /// Returns a document as the template writes it, if it says the same.
    fn document(&self, property: &str, policy: &Policy) -> Json {
        same_or(&self.resource.properties[property], policy)
    }

    /// Whether this resource gave something, or a call did.
    fn is_own(&self, grantor: &Grantor) -> bool {
        grantor.as_ref().is_none_or(|grantor| *grantor == self.resource.token)
    }

    fn tags(&mut self, tags: &BTreeMap<String, String>) {
        let tags = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
        self.put("Tags", Some(tags.collect()));
    }

    fn permissions(&mut self, permissions: &Permissions) {
        let written = self.resource.properties["Policies"].as_array().cloned().unwrap_or_default();
        let inline = permissions.inline.iter().filter(|(_, it)| self.is_own(&it.grantor));
        let inline: Json = inline
            .map(|(name, inline)| {
                let written = written.iter().find(|it| it["PolicyName"] == name.as_str());
                let document = written.map_or(&Json::Null, |written| &written["PolicyDocument"]);
                let document = same_or(document, inline.document.latest());
                json!({ "PolicyName": name, "PolicyDocument": document })
            })
            .collect();
        let attached = permissions.attached.iter().filter(|(_, it)| self.is_own(&it.grantor));
        let attached: Vec<&String> = attached.map(|(arn, _)| arn).collect();
        let attached = json!(attached);
        self.put("Policies", Some(inline));
        self.put("ManagedPolicyArns", Some(attached));
        self.put("PermissionsBoundary", permissions.boundary.clone().map(Json::String));
    }

    /// Reads an inline policy back from those who have it; nothing if nobody has.
    fn inline_policy(&mut self, account: &SandboxAccount) -> Option<()> {
        let properties = &self.resource.properties;
        let name = properties["PolicyName"].as_str()?;
        let mut document: Option<&Policy> = None;
        let mut having = Vec::new();
        for (list, one) in [("Roles", "RoleName"), ("Users", "UserName"), ("Groups", "GroupName")] {
            let mut holders = texts(&properties[list]);
            holders.extend(properties[one].as_str().map(str::to_owned));
            let mut found = Vec::new();
            for holder in holders {
                let held = permissions_of(account, list, &holder);
                if let Some(inline) = held.and_then(|held| held.inline.get(name)) {
                    document = document.or(Some(inline.document.latest()));
                    found.push(holder);
                }
            }
            having.push((list, found));
        }
        let document = self.document("PolicyDocument", document?);
        self.put("PolicyDocument", Some(document));
        for (list, holders) in having {
            self.put(list, Some(json!(holders)));
        }
        Some(())
    }
}

/// Returns what one of the roles, users or groups may do by itself.
fn permissions_of<'a>(
    account: &'a SandboxAccount,
    list: &str,
    name: &str,
) -> Option<&'a Permissions> {
    match list {
        "Roles" => account.roles.get(name).map(|role| &role.permissions),
        "Users" => account.users.get(name).map(|user| &user.permissions),
        _ => account.groups.get(name).map(|group| &group.permissions),
    }
}

/// Returns what a template writes, if a policy says the same, else the policy.
fn same_or(written: &Json, policy: &Policy) -> Json {
    match !written.is_null() && policy_of(written) == *policy {
        true => written.clone(),
        false => policy.document().clone(),
    }
}
