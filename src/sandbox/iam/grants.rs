//! Grants: the roles, users, groups and permissions that a stack's resources make in an account's IAM.
//!
//! A policy is kept by the role, user or group it was given to, as IAM keeps it, with the token of
//! the resource that gave it. So a resource that changes or goes takes back what it gave, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::entity::{AccessKey, Grantor, Group, ManagedPolicy, Permissions, Role, User};
use super::policy_syntax::document;
use super::propagation::Propagating;
use crate::policy::{Policy, texts};
use crate::sandbox::cloudformation::Resource;
use crate::sandbox::world::SandboxAccount;

/// A role, a user or a group, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyHolder {
    Role(String),
    User(String),
    Group(String),
}

/// One grant of a resource, besides the inline policy's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grant {
    /// An inline policy of this name.
    Inline(String),
    /// The managed policy with this ARN.
    Attachment(String),
    /// A place in this group.
    Membership(String),
}

/// The grants of a resource: to whom, what, and an inline policy's text.
type Grants<'a> = BTreeMap<(PolicyHolder, Grant), &'a Json>;

/// Makes of an account's IAM what one of its resources asks for.
pub fn settle(account: &mut SandboxAccount, resource: &Resource, at: Timestamp) {
    if !is_of_iam(resource) {
        return;
    }
    let properties = &resource.properties;
    let name = resource.name.clone().unwrap_or_default();
    match resource.resource_type.as_str() {
        "AWS::IAM::Role" => settle_role(account, &name, resource, at),
        "AWS::IAM::User" => settle_user(account, &name, resource, at),
        "AWS::IAM::Group" => {
            account.groups.entry(name).or_insert_with(|| Group {
                arn: resource.attributes["Arn"].clone(),
                id: unique_id("AGPA", &resource.token),
                permissions: Permissions::default(),
                created: at,
            });
        }
        "AWS::IAM::ManagedPolicy" => settle_policy(account, &name, resource, at),
        "AWS::IAM::AccessKey" => {
            let is_active = properties["Status"] != "Inactive";
            let user = properties["UserName"].as_str().and_then(|name| account.users.get_mut(name));
            if let Some(user) = user {
                let key = user.keys.entry(resource.physical_id.clone());
                key.or_insert(AccessKey { is_active, created: at }).is_active = is_active;
            }
        }
        _ => {}
    }
    replace_grants(account, &resource.token, &grants(resource), at);
}

/// Ends what a resource made of an account's IAM.
pub fn end(account: &mut SandboxAccount, resource: &Resource) {
    if !is_of_iam(resource) {
        return;
    }
    replace_grants(account, &resource.token, &Grants::new(), Timestamp::MIN);
    let name = resource.name.as_deref().unwrap_or_default();
    match resource.resource_type.as_str() {
        "AWS::IAM::Role" => {
            account.roles.remove(name);
        }
        "AWS::IAM::User" => {
            account.users.remove(name);
        }
        "AWS::IAM::Group" => {
            account.groups.remove(name);
        }
        "AWS::IAM::ManagedPolicy" => {
            account.policies.remove(&resource.physical_id);
        }
        "AWS::IAM::AccessKey" => {
            for user in account.users.values_mut() {
                user.keys.remove(&resource.physical_id);
            }
        }
        _ => {}
    }
}

fn is_of_iam(resource: &Resource) -> bool {
    resource.resource_type.starts_with("AWS::IAM::")
}

fn settle_role(account: &mut SandboxAccount, name: &str, resource: &Resource, at: Timestamp) {
    let properties = &resource.properties;
    let trust = policy_of(&properties["AssumeRolePolicyDocument"]);
    let role = account.roles.entry(name.to_owned()).or_insert_with(|| Role {
        arn: resource.attributes["Arn"].clone(),
        id: resource.attributes["RoleId"].clone(),
        trust: Propagating::new(trust.clone(), at),
        longest_session_seconds: 3600,
        permissions: Permissions::default(),
        tags: BTreeMap::new(),
        description: None,
        created: at,
        pinned: BTreeMap::new(),
    });
    let seconds = properties["MaxSessionDuration"].as_str();
    role.set_trust(trust, at);
    role.longest_session_seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(3600);
    role.permissions.boundary = text(&properties["PermissionsBoundary"]);
    role.tags = tags(&properties["Tags"]);
    role.description = text(&properties["Description"]);
}

fn settle_user(account: &mut SandboxAccount, name: &str, resource: &Resource, at: Timestamp) {
    let user = account.users.entry(name.to_owned()).or_insert_with(|| User {
        arn: String::new(),
        id: unique_id("AIDA", &resource.token),
        permissions: Permissions::default(),
        groups: BTreeMap::new(),
        keys: BTreeMap::new(),
        tags: BTreeMap::new(),
        created: at,
    });
    // A user's path can change.
    user.arn.clone_from(&resource.attributes["Arn"]);
    user.permissions.boundary = text(&resource.properties["PermissionsBoundary"]);
    user.tags = tags(&resource.properties["Tags"]);
}

fn settle_policy(account: &mut SandboxAccount, name: &str, resource: &Resource, at: Timestamp) {
    let policy = policy_of(&resource.properties["PolicyDocument"]);
    let entry = account.policies.entry(resource.physical_id.clone());
    let managed = entry.or_insert_with(|| ManagedPolicy {
        name: name.to_owned(),
        id: resource.attributes["PolicyId"].clone(),
        document: Propagating::new(policy.clone(), at),
        version: 1,
        description: text(&resource.properties["Description"]),
        created: at,
    });
    managed.change(policy, at);
}

/// Returns what a resource gives.
fn grants(resource: &Resource) -> Grants<'_> {
    let properties = &resource.properties;
    let own = resource.name.clone().unwrap_or_default();
    let one = |property: &str| text(&properties[property]).unwrap_or_default();
    let inline = || Grant::Inline(one("PolicyName"));
    let named = |grant: Grant| {
        let document = &properties["PolicyDocument"];
        holders(properties).into_iter().map(move |holder| ((holder, grant.clone()), document))
    };
    let single =
        |holder: PolicyHolder| Grants::from([((holder, inline()), &properties["PolicyDocument"])]);
    match resource.resource_type.as_str() {
        "AWS::IAM::Role" => own_grants(&PolicyHolder::Role(own), properties),
        "AWS::IAM::User" => own_grants(&PolicyHolder::User(own), properties),
        "AWS::IAM::Group" => own_grants(&PolicyHolder::Group(own), properties),
        "AWS::IAM::Policy" => named(inline()).collect(),
        "AWS::IAM::ManagedPolicy" => {
            named(Grant::Attachment(resource.physical_id.clone())).collect()
        }
        "AWS::IAM::RolePolicy" => single(PolicyHolder::Role(one("RoleName"))),
        "AWS::IAM::UserPolicy" => single(PolicyHolder::User(one("UserName"))),
        "AWS::IAM::GroupPolicy" => single(PolicyHolder::Group(one("GroupName"))),
        "AWS::IAM::UserToGroupAddition" => {
            let group = Grant::Membership(one("GroupName"));
            let users = texts(&properties["Users"]).into_iter().map(PolicyHolder::User);
            users.map(|user| ((user, group.clone()), &Json::Null)).collect()
        }
        _ => Grants::new(),
    }
}

/// Returns what a role, a user or a group is given by its own properties.
fn own_grants<'a>(holder: &PolicyHolder, properties: &'a Json) -> Grants<'a> {
    let policies = properties["Policies"].as_array().into_iter().flatten();
    let inline = policies.map(|policy| {
        (Grant::Inline(text(&policy["PolicyName"]).unwrap_or_default()), &policy["PolicyDocument"])
    });
    let attached = texts(&properties["ManagedPolicyArns"]).into_iter().map(Grant::Attachment);
    let memberships = texts(&properties["Groups"]).into_iter().map(Grant::Membership);
    let plain = attached.chain(memberships).map(|grant| (grant, &Json::Null));
    inline.chain(plain).map(|(grant, document)| ((holder.clone(), grant), document)).collect()
}

fn holders(properties: &Json) -> BTreeSet<PolicyHolder> {
    let roles = texts(&properties["Roles"]).into_iter().map(PolicyHolder::Role);
    let users = texts(&properties["Users"]).into_iter().map(PolicyHolder::User);
    let groups = texts(&properties["Groups"]).into_iter().map(PolicyHolder::Group);
    roles.chain(users).chain(groups).collect()
}

/// Revokes what a resource granted and does not grant any more, and grants the rest.
fn replace_grants(account: &mut SandboxAccount, token: &str, grants: &Grants<'_>, at: Timestamp) {
    let stays = |holder: &PolicyHolder, grant: Grant, grantor: &Grantor| {
        grantor.as_deref() != Some(token) || grants.contains_key(&(holder.clone(), grant))
    };
    for (holder, permissions) in everyone(account) {
        let Permissions { inline, attached, .. } = permissions;
        inline.retain(|name, inline| stays(&holder, Grant::Inline(name.clone()), &inline.grantor));
        attached.retain(|arn, a| stays(&holder, Grant::Attachment(arn.clone()), &a.grantor));
    }
    for (name, user) in &mut account.users {
        let holder = PolicyHolder::User(name.clone());
        user.groups.retain(|group, by| stays(&holder, Grant::Membership(group.clone()), by));
    }
    let grantor = || Some(token.to_owned());
    for ((holder, grant), document) in grants {
        match grant {
            Grant::Membership(group) => {
                let PolicyHolder::User(user) = holder else { continue };
                if let Some(user) = account.users.get_mut(user) {
                    user.groups.entry(group.clone()).or_insert_with(grantor);
                }
            }
            Grant::Inline(name) => {
                if let Some(permissions) = permissions_of(account, holder) {
                    permissions.put(name, policy_of(document), grantor(), at);
                }
            }
            Grant::Attachment(arn) => {
                if let Some(permissions) = permissions_of(account, holder) {
                    permissions.attach(arn, grantor(), at);
                }
            }
        }
    }
}

fn everyone(
    account: &mut SandboxAccount,
) -> impl Iterator<Item = (PolicyHolder, &mut Permissions)> {
    let roles = account.roles.iter_mut();
    let users = account.users.iter_mut();
    let groups = account.groups.iter_mut();
    let roles = roles.map(|(name, role)| (PolicyHolder::Role(name.clone()), &mut role.permissions));
    let users = users.map(|(name, user)| (PolicyHolder::User(name.clone()), &mut user.permissions));
    let groups = groups.map(|(name, g)| (PolicyHolder::Group(name.clone()), &mut g.permissions));
    roles.chain(users).chain(groups)
}

/// Returns what a role, a user or a group may do by itself, to be changed.
pub fn permissions_of<'a>(
    account: &'a mut SandboxAccount,
    holder: &PolicyHolder,
) -> Option<&'a mut Permissions> {
    match holder {
        PolicyHolder::Role(name) => account.roles.get_mut(name).map(|role| &mut role.permissions),
        PolicyHolder::User(name) => account.users.get_mut(name).map(|user| &mut user.permissions),
        PolicyHolder::Group(name) => {
            account.groups.get_mut(name).map(|group| &mut group.permissions)
        }
    }
}

/// Returns an id as IAM gives them, such as `AIDA…`, from a UUID.
pub fn unique_id(prefix: &str, uuid: &str) -> String {
    let letters = uuid.replace('-', "").to_uppercase();
    format!("{prefix}{}", &letters[..17])
}

/// Returns a policy that may be given as JSON text.
pub fn policy_of(value: &Json) -> Policy {
    Policy::from(document(value))
}

fn text(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Returns tags that are written as a list of keys and values.
fn tags(value: &Json) -> BTreeMap<String, String> {
    let tags = value.as_array().into_iter().flatten();
    tags.filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))).collect()
}
