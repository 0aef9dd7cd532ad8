//! Roles, users, groups and policies as IAM's answers show them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::sandbox::iam::entity::{Group, Permissions, Role, User, path_of};
use crate::sandbox::wire::{form, xml};

/// Returns the parts of a role, whose trust policy is shown so.
pub fn role(name: &str, role: &Role, trust: &Json) -> String {
    [
        xml::text("Path", path_of(&role.arn)),
        xml::text("RoleName", name),
        xml::text("RoleId", &role.id),
        xml::text("Arn", &role.arn),
        date("CreateDate", role.created),
        document("AssumeRolePolicyDocument", trust),
        xml::optional("Description", role.description.as_ref()),
        xml::text("MaxSessionDuration", role.longest_session_seconds.to_string()),
        boundary(&role.permissions),
        tags(&role.tags),
    ]
    .concat()
}

/// Returns the parts of a user.
pub fn user(name: &str, user: &User) -> String {
    [
        xml::text("Path", path_of(&user.arn)),
        xml::text("UserName", name),
        xml::text("UserId", &user.id),
        xml::text("Arn", &user.arn),
        date("CreateDate", user.created),
        boundary(&user.permissions),
        tags(&user.tags),
    ]
    .concat()
}

/// Returns the parts of a group.
pub fn group(name: &str, group: &Group) -> String {
    [
        xml::text("Path", path_of(&group.arn)),
        xml::text("GroupName", name),
        xml::text("GroupId", &group.id),
        xml::text("Arn", &group.arn),
        date("CreateDate", group.created),
    ]
    .concat()
}

/// Returns a policy's document, encoded as IAM encodes it.
pub fn document(name: &str, document: &Json) -> String {
    xml::text(name, form::encode(&document.to_string()))
}

/// Returns a time, in seconds.
pub fn date(name: &str, at: Timestamp) -> String {
    xml::text(name, format!("{at:.0}"))
}

/// Returns a list that is shown whole.
pub fn whole(list: String) -> String {
    list + &xml::text("IsTruncated", "false")
}

fn boundary(permissions: &Permissions) -> String {
    let Some(arn) = &permissions.boundary else { return String::new() };
    let parts =
        [xml::text("PermissionsBoundaryType", "Policy"), xml::text("PermissionsBoundaryArn", arn)];
    xml::element("PermissionsBoundary", &parts.concat())
}

fn tags(tags: &BTreeMap<String, String>) -> String {
    if tags.is_empty() {
        return String::new();
    }
    let tag = |(key, value): (&String, &String)| xml::text("Key", key) + &xml::text("Value", value);
    xml::list("Tags", tags.iter().map(tag))
}
