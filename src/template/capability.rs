//! What a template may do to an account's permissions, and must be allowed to by name.
//!
//! Source: the CloudFormation API reference, `CreateStack`, parameter `Capabilities`, which lists
//! the IAM resource types, asks for `CAPABILITY_NAMED_IAM` where one has a custom name, and for
//! `CAPABILITY_AUTO_EXPAND` where a macro is used, `AWS::Include` and `AWS::Serverless` as well. What loops and
//! serverless resources make counts like what stands in the template.

use std::str::FromStr;

use crate::document::{Key, Node, Place};

/// A capability that a template may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// `CAPABILITY_IAM`: it makes IAM resources.
    Iam,
    /// `CAPABILITY_NAMED_IAM`: it makes IAM resources with names of its own choice.
    NamedIam,
    /// `CAPABILITY_AUTO_EXPAND`: it uses macros.
    AutoExpand,
}

impl Capability {
    /// All capabilities, in the order in which they are printed.
    pub const ALL: [Self; 3] = [Self::Iam, Self::NamedIam, Self::AutoExpand];

    /// Returns the capability as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }

    /// Whether a template that needs `needed` is accepted when it is sent with this one.
    pub fn covers(self, needed: Self) -> bool {
        self == needed || (self, needed) == (Self::NamedIam, Self::Iam)
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == text).ok_or(())
    }
}

/// Each type of IAM resource, and its property that gives the resource a name of one's choice.
///
/// A policy inside a role, group or user has a name, but not one of the account's.
const IAM_TYPES: [(&str, Option<&str>); 11] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::GroupPolicy", None),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::RolePolicy", None),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserPolicy", None),
    ("AWS::IAM::UserToGroupAddition", None),
];

/// Returns the capabilities that the template whose tree is `root` needs, each with the first
/// reason for it; conditions make no difference to AWS.
pub(super) fn needed(root: &Node) -> Vec<(Capability, Place)> {
    let (mut iam, mut named) = (None, None);
    for (name, resource) in resources(root.value_of("Resources")) {
        let resource_type = resource.value_of("Type").and_then(Node::as_text).unwrap_or_default();
        let known = IAM_TYPES.iter().find(|(iam_type, _)| *iam_type == resource_type);
        if makes_a_role(root, resource_type, resource) {
            iam.get_or_insert_with(|| name.place.clone());
        }
        let Some((_, naming)) = known else { continue };
        iam.get_or_insert_with(|| name.place.clone());
        if naming.is_some_and(|property| has_property(resource, property)) {
            named.get_or_insert_with(|| name.place.clone());
        }
    }
    let mut needed = Vec::new();
    match (iam, named) {
        (_, Some(place)) => needed.push((Capability::NamedIam, place)),
        (Some(place), None) => needed.push((Capability::Iam, place)),
        (None, None) => {}
    }
    needed.extend(first_macro(root).map(|place| (Capability::AutoExpand, place)));
    needed
}

/// Returns the resources of a section, and those that `Fn::ForEach` makes in it.
fn resources(section: Option<&Node>) -> Vec<&(Key, Node)> {
    let mut found = Vec::new();
    for entry in section.and_then(Node::entries).unwrap_or_default() {
        match entry.0.text.starts_with("Fn::ForEach::") {
            // A variable, what it runs over, and what is made.
            true => found.extend(resources(entry.1.items().and_then(|items| items.get(2)))),
            false => found.push(entry),
        }
    }
    found
}

/// Whether the serverless transform makes a role for a resource.
///
/// Source: the AWS SAM developer guide, "Generated CloudFormation resources", functions and state machines.
fn makes_a_role(root: &Node, resource_type: &str, resource: &Node) -> bool {
    let kind = match resource_type {
        "AWS::Serverless::Function" => "Function",
        "AWS::Serverless::StateMachine" => "StateMachine",
        _ => return false,
    };
    let globals = root.value_of("Globals").and_then(|globals| globals.value_of(kind));
    !has_property(resource, "Role") && globals.is_none_or(|all| all.value_of("Role").is_none())
}

fn has_property(resource: &Node, property: &str) -> bool {
    resource.value_of("Properties").is_some_and(|all| all.value_of(property).is_some())
}

/// Returns where the template first uses a macro, for the whole of it or inside.
fn first_macro(root: &Node) -> Option<Place> {
    let entries = root.entries().unwrap_or_default();
    let whole = entries.iter().find(|(key, _)| key.text == "Transform");
    whole.map(|(key, _)| key.place.clone()).or_else(|| first_inner_macro(root))
}

fn first_inner_macro(node: &Node) -> Option<Place> {
    if node.tag.as_deref() == Some("Transform") {
        return Some(node.place.clone());
    }
    let within = node.items().unwrap_or_default().iter().find_map(first_inner_macro);
    within.or_else(|| {
        node.entries().unwrap_or_default().iter().find_map(|(key, value)| {
            if key.text == "Fn::Transform" {
                return Some(key.place.clone());
            }
            first_inner_macro(value)
        })
    })
}
