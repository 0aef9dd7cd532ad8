//! The calls for IAM's resources: what their properties give to whom, and take away.
//!
//! Source: the handlers of their resource provider schemas; the condition keys of the service authorization
//! reference, "Actions, resources, and condition keys for IAM".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::handler_call::HandlerCall;
use super::resource_step::ResourceStep;
use crate::policy::texts;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::{resource_types, service};
use crate::sandbox::world::SandboxAccount;

/// A role, a user or a group that calls are about.
struct Entity {
    /// `Role`, `User` or `Group`.
    kind: &'static str,
    name: String,
    arn: String,
    /// The ARN of what bounds it; nothing if nobody can tell.
    boundary: Option<Option<String>>,
}

const KINDS: [(&str, &str); 3] = [("Role", "Roles"), ("User", "Users"), ("Group", "Groups")];

/// Returns the calls for a step of a resource of IAM, unless its type is none of those that give something.
pub fn calls(
    account: &SandboxAccount,
    stack: &StoredStack,
    resource: &Resource,
    step: ResourceStep<'_>,
) -> Option<Vec<HandlerCall>> {
    let kind = resource.resource_type.strip_prefix("AWS::IAM::")?;
    let nothing = Json::Null;
    let (old, new) = match step {
        ResourceStep::Making | ResourceStep::Completing => (&nothing, &resource.properties),
        ResourceStep::Changing(old) => (old, &resource.properties),
        ResourceStep::Deleting => (&resource.properties, &nothing),
    };
    let change = Change { account, stack, old, new };
    let making = |calls: Vec<HandlerCall>| match step {
        ResourceStep::Completing => Vec::new(),
        _ => calls,
    };
    Some(match kind {
        "Role" | "User" | "Group" => {
            let kind = KINDS.iter().find(|(name, _)| *name == kind)?.0;
            of_entity(&change, &Entity::of(stack, kind, resource), step)
        }
        "Policy" => making(change.inline_policies(None)),
        "RolePolicy" | "UserPolicy" | "GroupPolicy" => making(change.inline_policies(Some(kind))),
        "ManagedPolicy" => of_managed_policy(&change, resource, step),
        "InstanceProfile" => of_instance_profile(&change, resource, step),
        "AccessKey" => {
            let name = resource.properties["UserName"].as_str().unwrap_or_default();
            let verb = match step {
                ResourceStep::Making => "Create",
                ResourceStep::Changing(_) => "Update",
                ResourceStep::Deleting => "Delete",
                ResourceStep::Completing => return Some(Vec::new()),
            };
            vec![change.entity("User", name).call(&format!("{verb}AccessKey"))]
        }
        _ => return None,
    })
}

/// What becomes of the properties of a resource.
struct Change<'a> {
    account: &'a SandboxAccount,
    stack: &'a StoredStack,
    old: &'a Json,
    new: &'a Json,
}

impl Entity {
    /// Returns the entity that a resource is.
    fn of(stack: &StoredStack, kind: &'static str, resource: &Resource) -> Self {
        let name = resource.name.clone().unwrap_or_default();
        let facts = service::facts(stack, &name, resource);
        let attributes = resource_types::of(&resource.resource_type).attributes_of(&facts);
        let boundary = resource.properties["PermissionsBoundary"].as_str().map(str::to_owned);
        Self { kind, arn: attributes["Arn"].clone(), boundary: Some(boundary), name }
    }

    fn call(&self, action: &str) -> HandlerCall {
        let shown = format!("{} {}", self.kind.to_lowercase(), self.name);
        HandlerCall::new(format!("iam:{action}"), &self.arn).shown_as(shown)
    }

    /// Returns a call that gives or takes permissions, to which a boundary matters.
    fn grant(&self, action: &str) -> HandlerCall {
        let call = self.call(action);
        match &self.boundary {
            Some(boundary) => call.with("iam:PermissionsBoundary", boundary.clone()),
            None => call,
        }
    }

    fn attachment(&self, verb: &str, policy: &str) -> HandlerCall {
        let call = self.grant(&format!("{verb}{}Policy", self.kind));
        call.with("iam:PolicyARN", Some(policy.to_owned()))
    }
}

impl Change<'_> {
    /// Returns an entity by its name; one that is not there may have any path.
    fn entity(&self, kind: &'static str, name: &str) -> Entity {
        let Self { account, stack, .. } = self;
        let found = match kind {
            "Role" => account.roles.get(name).map(|role| (&role.arn, &role.permissions)),
            "User" => account.users.get(name).map(|user| (&user.arn, &user.permissions)),
            _ => account.groups.get(name).map(|group| (&group.arn, &group.permissions)),
        };
        let boundary = found.map(|(_, permissions)| permissions.boundary.clone());
        let arn = found.map(|(arn, _)| arn.clone()).unwrap_or_else(|| {
            let (partition, kind) = (stack.region.partition(), kind.to_lowercase());
            format!("arn:{partition}:iam::{}:{kind}/*{name}", account.id)
        });
        Entity { kind, name: name.to_owned(), arn, boundary }
    }

    fn differs(&self, property: &str) -> bool {
        self.old[property] != self.new[property]
    }

    /// Returns what a list has more than before, and what it has no more.
    fn members(&self, property: &str) -> (Vec<String>, Vec<String>) {
        let (old, new) = (texts(&self.old[property]), texts(&self.new[property]));
        let added = new.iter().filter(|member| !old.contains(member)).cloned().collect();
        (added, old.into_iter().filter(|member| !new.contains(member)).collect())
    }

    /// Returns the calls for an inline policy that is a resource, of one entity or of many.
    fn inline_policies(&self, kind: Option<&str>) -> Vec<HandlerCall> {
        let mut calls = Vec::new();
        let has_changed = self.differs("PolicyDocument") || self.differs("PolicyName");
        for (entity_kind, list) in KINDS {
            let single = format!("{entity_kind}Name");
            let property = match kind {
                None => list,
                Some(kind) if kind.starts_with(entity_kind) => &single,
                Some(_) => continue,
            };
            let (added, removed) = self.members(property);
            let kept = texts(&self.new[property]);
            let put = if has_changed { kept } else { added };
            let of = |name: &String| self.entity(entity_kind, name);
            calls.extend(put.iter().map(|name| of(name).grant(&format!("Put{entity_kind}Policy"))));
            calls.extend(
                removed.iter().map(|name| of(name).grant(&format!("Delete{entity_kind}Policy"))),
            );
        }
        calls
    }
}

fn of_entity(change: &Change<'_>, entity: &Entity, step: ResourceStep<'_>) -> Vec<HandlerCall> {
    let Entity { kind, name, .. } = entity;
    let on_arn = |action: String| entity.grant(&action).shown_as(&entity.arn);
    let tagging = |action: String| entity.call(&action).shown_as(&entity.arn).tagging();
    match step {
        ResourceStep::Making => {
            let is_tagged = !texts_of_tags(&change.new["Tags"]).is_empty();
            let tags = is_tagged.then(|| tagging(format!("Tag{kind}")));
            [on_arn(format!("Create{kind}"))].into_iter().chain(tags).collect()
        }
        ResourceStep::Completing => {
            let read = (*kind == "Role").then(|| entity.call("GetRole"));
            read.into_iter().chain(given(change, entity)).collect()
        }
        ResourceStep::Changing(_) => {
            let tags = (change.differs("Tags")).then(|| tagging(format!("Tag{kind}")));
            let own = settings(change, entity);
            own.into_iter().chain(given(change, entity)).chain(tags).collect()
        }
        ResourceStep::Deleting => {
            let stands = match *kind {
                "Role" => change.account.roles.contains_key(name),
                "User" => change.account.users.contains_key(name),
                _ => change.account.groups.contains_key(name),
            };
            let taken = if stands { given(change, entity) } else { Vec::new() };
            taken.into_iter().chain([entity.call(&format!("Delete{kind}"))]).collect()
        }
    }
}

/// Returns the calls that change an entity itself.
fn settings(change: &Change<'_>, entity: &Entity) -> Vec<HandlerCall> {
    let kind = entity.kind;
    let mut calls = Vec::new();
    if change.differs("AssumeRolePolicyDocument") {
        calls.push(entity.call("UpdateAssumeRolePolicy"));
    }
    if change.differs("Path")
        || change.differs("Description")
        || change.differs("MaxSessionDuration")
    {
        calls.push(entity.call(&format!("Update{kind}")));
    }
    if change.differs("PermissionsBoundary") {
        let verb = if change.new["PermissionsBoundary"].is_null() { "Delete" } else { "Put" };
        calls.push(entity.grant(&format!("{verb}{kind}PermissionsBoundary")));
    }
    calls
}

/// Returns the calls that give an entity what its properties list, and take away what they list no more.
fn given(change: &Change<'_>, entity: &Entity) -> Vec<HandlerCall> {
    let kind = entity.kind;
    let inline = |properties: &Json| -> BTreeMap<String, Json> {
        let policies = properties["Policies"].as_array().into_iter().flatten();
        let named = policies.map(|policy| (policy["PolicyName"].to_string(), policy.clone()));
        named.collect()
    };
    let (old, new) = (inline(change.old), inline(change.new));
    let put = new.iter().filter(|(name, policy)| old.get(*name) != Some(policy));
    let deleted = old.keys().filter(|name| !new.contains_key(*name));
    let (attached, detached) = change.members("ManagedPolicyArns");
    let (joined, left) = if kind == "User" { change.members("Groups") } else { Default::default() };
    let group = |name: &String| change.entity("Group", name);
    let mut calls = Vec::new();
    calls.extend(detached.iter().map(|arn| entity.attachment("Detach", arn)));
    calls.extend(deleted.map(|_| entity.grant(&format!("Delete{kind}Policy"))));
    calls.extend(left.iter().map(|name| group(name).call("RemoveUserFromGroup")));
    calls.extend(attached.iter().map(|arn| entity.attachment("Attach", arn)));
    calls.extend(put.map(|_| entity.grant(&format!("Put{kind}Policy"))));
    calls.extend(joined.iter().map(|name| group(name).call("AddUserToGroup")));
    calls
}

fn texts_of_tags(tags: &Json) -> Vec<String> {
    tags.as_array().into_iter().flatten().map(|tag| tag["Key"].to_string()).collect()
}

fn of_managed_policy(
    change: &Change<'_>,
    resource: &Resource,
    step: ResourceStep<'_>,
) -> Vec<HandlerCall> {
    let arn = &resource.physical_id;
    let name = resource.name.as_deref().unwrap_or_default();
    let own = |action: &str| {
        HandlerCall::new(format!("iam:{action}"), arn).shown_as(format!("policy {arn}"))
    };
    let holders = |is_wanted: bool| {
        let mut calls = Vec::new();
        for (kind, list) in KINDS {
            let (added, removed) = change.members(list);
            let (verb, names) = if is_wanted { ("Attach", added) } else { ("Detach", removed) };
            calls.extend(names.iter().map(|name| change.entity(kind, name).attachment(verb, arn)));
        }
        calls
    };
    match step {
        ResourceStep::Making => vec![own("CreatePolicy").shown_as(format!("policy {name}"))],
        ResourceStep::Completing => holders(true),
        ResourceStep::Changing(_) => {
            let version = change.differs("PolicyDocument").then(|| own("CreatePolicyVersion"));
            version.into_iter().chain(holders(false)).chain(holders(true)).collect()
        }
        ResourceStep::Deleting => {
            let is_made = change.account.policies.contains_key(arn);
            let taken = if is_made { holders(false) } else { Vec::new() };
            taken.into_iter().chain([own("DeletePolicy")]).collect()
        }
    }
}

fn of_instance_profile(
    change: &Change<'_>,
    resource: &Resource,
    step: ResourceStep<'_>,
) -> Vec<HandlerCall> {
    let name = resource.name.clone().unwrap_or_default();
    let facts = service::facts(change.stack, &name, resource);
    let attributes = resource_types::of(&resource.resource_type).attributes_of(&facts);
    let own = |action: &str| HandlerCall::new(format!("iam:{action}"), &attributes["Arn"]);
    let (added, removed) = change.members("Roles");
    let pass = |name: &String| {
        HandlerCall::pass_role(&change.entity("Role", name).arn, "ec2.amazonaws.com")
    };
    let add = |name: &String| [pass(name), own("AddRoleToInstanceProfile")];
    let removal = |_: &String| own("RemoveRoleFromInstanceProfile");
    let roles = removed.iter().map(removal).chain(added.iter().flat_map(add));
    match step {
        ResourceStep::Making => vec![own("CreateInstanceProfile")],
        ResourceStep::Completing | ResourceStep::Changing(_) => roles.collect(),
        ResourceStep::Deleting => roles.chain([own("DeleteInstanceProfile")]).collect(),
    }
}
