//! What a resource says of itself beside its properties' values: its type and its attributes.
//!
//! Source: the template reference, "Resource attribute reference".

use super::checker::Checker;
use super::function_rule::FunctionRule;
use super::item_rule::ItemRule;
use super::named::Item;
use super::rule::Rule;
use super::types;
use super::violation::Violation;
use crate::document::{Key, Node, did_you_mean};
use crate::template::function_call::function;

/// What a resource may say; `Version` is of custom resources; `Description` is not documented, and stands
/// in templates that AWS CodeStar made.
const KEYS: [&str; 11] = [
    "Type",
    "Description",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    "Version",
];

/// The values of each policy for a resource that is deleted or replaced.
const POLICIES: [(&str, &[&str]); 2] = [
    ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]),
];

/// The types of which `Snapshot` makes a snapshot.
const WITH_SNAPSHOTS: [&str; 9] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::Redshift::ClusterSnapshot",
];

impl Checker<'_> {
    /// Checks the keys of a resource, its type, and the shape of its attributes.
    pub fn check_resource_keys(&mut self, key: &Key, node: &Node) {
        self.check_keys(key, node, Item::Resource, &KEYS);
        self.check_attributes(key, node);
        if self.declared.parameters.contains_key(key.text.as_str()) {
            let rule = ItemRule::SharedName { name: key.text.clone() };
            let help =
                "a reference to it could mean both: give one of them another name".to_owned();
            self.push(Violation::at(&key.place, rule).with_help(help));
        }
        let Some(resource_type) = node.value_of("Type") else {
            let rule = ItemRule::NoType { item: Item::Resource, name: key.text.clone() };
            return self.push(Violation::at(&key.place, rule));
        };
        let Some(name) = resource_type.as_text().filter(|_| !resource_type.is_null()) else {
            if !resource_type.is_null() {
                self.attribute_shape(resource_type, "Type", "text");
            }
            return;
        };
        if name.starts_with("AWS::Serverless::") && !self.macros.is_open {
            let rule = ItemRule::NeedsServerless { resource_type: name.to_owned() };
            let help = "add `Transform: AWS::Serverless-2016-10-31`".to_owned();
            self.push(Violation::at(&resource_type.place, rule).with_help(help));
        } else if let Some(violation) = types::resource_type(resource_type, name) {
            self.push(violation);
        }
    }

    fn attribute_shape(&mut self, node: &Node, key: &str, wanted: &str) {
        let message = format!("`{key}` is {wanted}, not {}", node.kind());
        self.push(Violation::at(&node.place, Rule::Shape { message }));
    }

    fn check_attributes(&mut self, of: &Key, resource: &Node) {
        for (key, value) in resource.entries().unwrap_or_default() {
            let is_other = value.entries().is_none() && value.tag.is_none() && !value.is_null();
            match key.text.as_str() {
                "Properties" | "CreationPolicy" | "UpdatePolicy" if is_other => {
                    self.attribute_shape(value, &key.text, "a mapping");
                }
                "Metadata" if is_other => {
                    let message = format!("`Metadata` is a mapping, not {}", value.kind());
                    let shape = Violation::at(&value.place, Rule::Shape { message });
                    self.push(shape.into_warning());
                }
                name => {
                    let policy = POLICIES.into_iter().find(|(policy, _)| *policy == name);
                    if let Some((attribute, values)) = policy {
                        self.check_policy(of, resource, attribute, values, value);
                    }
                }
            }
        }
    }

    /// Checks what becomes of a resource that is deleted or replaced.
    fn check_policy(
        &mut self,
        of: &Key,
        resource: &Node,
        attribute: &'static str,
        values: &[&'static str],
        node: &Node,
    ) {
        if node.is_null() {
            return;
        }
        if function(node).is_some() {
            if !self.macros.has_language_extensions {
                let rule = FunctionRule::NotInPolicies { attribute };
                let help = "add `Transform: AWS::LanguageExtensions`".to_owned();
                // The documents ask for it; CloudFormation has been seen to do without.
                self.push(Violation::at(&node.place, rule).with_help(help).into_warning());
            }
            return;
        }
        let Some(value) = node.as_text() else {
            return self.attribute_shape(node, attribute, "text");
        };
        let (resource_type, rule) = (resource.value_of("Type"), |value: &str| {
            let (value, resource) = (value.to_owned(), of.text.clone());
            ItemRule::PolicyValue { attribute, value, resource }
        });
        if !values.contains(&value) {
            let all = format!("one of `{}`", values.join("`, `"));
            let help = did_you_mean(value, values.iter().copied()).unwrap_or(all);
            self.push(Violation::at(&node.place, rule(value)).with_help(help));
        } else if value == "Snapshot"
            && let Some(name) = resource_type.and_then(Node::as_text)
            && name.starts_with("AWS::")
            && !WITH_SNAPSHOTS.contains(&name)
        {
            let help = format!("CloudFormation makes no snapshots of `{name}`, as far as is known");
            let violation = Violation::at(&node.place, rule(value)).with_help(help);
            self.push(violation.into_warning());
        }
    }
}
