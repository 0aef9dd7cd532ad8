//! Secret uses: where the values of `NoEcho` parameters go, so that what may repeat one can be withheld.
//!
//! A template may write such a value into an output itself, or have a resource hand it back. What a service
//! answers of its own, such as an endpoint, does not repeat what it was given; why a resource failed may.
//!
//! Source: the CloudFormation user guide, "Parameters", `NoEcho`: it does not mask what `Outputs` and `Metadata` hold.

use std::collections::{BTreeMap, BTreeSet};

use super::function_call::function;
use super::parameter::TemplateParameter;
use super::substitution::{Part, parts};
use crate::document::Node;

/// The types whose attributes are what they were given.
const ECHOING: [&str; 3] =
    ["AWS::SSM::Parameter", "AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource"];

/// How the names of properties end that AWS may make a resource's physical id of, such as `QueueName`.
const NAMING: [&str; 4] = ["Name", "Identifier", "Id", "Alias"];

/// Where the value of a `NoEcho` parameter goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretUses {
    /// The names of the outputs that are made of it.
    pub written: BTreeSet<String>,
    /// The names of the outputs of what a resource hands back that was given it.
    pub returned: BTreeSet<String>,
    /// The names of the resources that are given it.
    pub resources: BTreeSet<String>,
    /// Their properties, and what stands beside `Properties` in them, that are given it.
    pub properties: BTreeMap<String, BTreeSet<String>>,
}

impl SecretUses {
    /// Whether the value may stand in an output.
    pub fn may_stand_in(&self, output: &str) -> bool {
        self.written.contains(output) || self.returned.contains(output)
    }

    /// Whether the value may stand in a property of a resource, or in another part of it such as
    /// its metadata.
    pub fn may_stand_in_property(&self, resource: &str, property: &str) -> bool {
        let is_named = |given: &String| given == property || given.starts_with("Fn::");
        self.properties.get(resource).is_some_and(|given| given.iter().any(is_named))
    }

    /// Whether the value may stand in what AWS calls a resource.
    pub fn may_name(&self, resource: &str) -> bool {
        let is_naming = |given: &String| {
            given.starts_with("Fn::") || NAMING.iter().any(|ending| given.ends_with(ending))
        };
        self.properties.get(resource).is_some_and(|given| given.iter().any(is_naming))
    }
}

/// Returns where the value of each `NoEcho` parameter of a template goes, by the parameter's name.
pub(super) fn secret_uses(
    root: &Node,
    parameters: &BTreeMap<String, TemplateParameter>,
    types: &BTreeMap<String, String>,
) -> BTreeMap<String, SecretUses> {
    let section = |name| {
        let entries = root.value_of(name).and_then(Node::entries).unwrap_or_default().iter();
        entries.map(|(key, node)| (key.text.as_str(), mentions(node))).collect::<Vec<_>>()
    };
    let mut secret = parameters.iter().filter(|(_, declared)| declared.is_secret).peekable();
    if secret.peek().is_none() {
        return BTreeMap::new();
    }
    let (resources, outputs) = (section("Resources"), section("Outputs"));
    let hands_back = |name: &&str| types.get(*name).is_some_and(|kind| is_echoing(kind));
    let uses = |name: &str| {
        let mut telling = BTreeSet::from([name]);
        let written = made_of(&outputs, &telling);
        // Each round may find that one more resource hands it on.
        loop {
            let given = made_of(&resources, &telling);
            let known = telling.len();
            telling.extend(given.iter().copied().filter(hands_back));
            if telling.len() == known {
                let returned = made_of(&outputs, &telling).difference(&written).copied().collect();
                return SecretUses {
                    properties: given.iter().map(|name| properties(root, name, &telling)).collect(),
                    written: owned(written),
                    returned: owned(returned),
                    resources: owned(given),
                };
            }
        }
    };
    secret.map(|(name, _)| (name.clone(), uses(name))).collect()
}

/// Returns the names of what mentions any of some names.
fn made_of<'n>(named: &[(&'n str, BTreeSet<&str>)], of: &BTreeSet<&str>) -> BTreeSet<&'n str> {
    named
        .iter()
        .filter(|(_, mentioned)| !mentioned.is_disjoint(of))
        .map(|(name, _)| *name)
        .collect()
}

/// Returns a resource's name, and what in it mentions any of some names.
fn properties(root: &Node, resource: &str, of: &BTreeSet<&str>) -> (String, BTreeSet<String>) {
    let resources = root.value_of("Resources");
    let parts = resources.and_then(|it| it.value_of(resource)).and_then(Node::entries);
    let parts = parts.unwrap_or_default().iter();
    let named = parts.flat_map(|(key, node)| match (key.text.as_str(), node.entries()) {
        ("Properties", Some(properties)) => {
            properties.iter().map(|(key, node)| (key, node)).collect()
        }
        _ => vec![(key, node)],
    });
    let given = named.filter(|(_, node)| !mentions(node).is_disjoint(of));
    (resource.to_owned(), given.map(|(key, _)| key.text.clone()).collect())
}

fn owned(names: BTreeSet<&str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Whether resources of a type may hand back what they were given.
fn is_echoing(kind: &str) -> bool {
    ECHOING.contains(&kind) || !kind.starts_with("AWS::")
}

/// Returns the names of the parameters and resources that a value mentions, wherever in it.
fn mentions(node: &Node) -> BTreeSet<&str> {
    let mut mentioned = BTreeSet::new();
    collect(node, &mut mentioned);
    mentioned
}

fn collect<'n>(node: &'n Node, mentioned: &mut BTreeSet<&'n str>) {
    if let Some((name, argument)) = function(node) {
        let argument = argument.node();
        let first = || argument.items().and_then(|items| items.first());
        match name {
            "Ref" => mentioned.extend(argument.as_text()),
            "GetAtt" => {
                let resource = argument.as_text().or_else(|| first().and_then(Node::as_text));
                mentioned.extend(resource.map(name_of));
            }
            "Sub" => {
                let text = argument.as_text().or_else(|| first().and_then(Node::as_text));
                let names = parts(text.unwrap_or_default()).into_iter();
                mentioned.extend(names.filter_map(|part| match part {
                    Part::Name(name) => Some(name_of(name)),
                    Part::Literal(_) => None,
                }));
            }
            _ => {}
        }
    }
    node.items().unwrap_or_default().iter().for_each(|item| collect(item, mentioned));
    for (_, value) in node.entries().unwrap_or_default() {
        collect(value, mentioned);
    }
}

/// Returns the resource of `Resource.Attribute`.
fn name_of(text: &str) -> &str {
    text.split('.').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;
    use crate::template::Template;

    #[test]
    fn what_may_repeat_a_parameter_without_echo_is_found() {
        let text = "Parameters:
  Password: { Type: String, NoEcho: true }
  Name: { Type: String }
Resources:
  Kept: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Sub 'is ${Password}' } }
  Copy: { Type: 'Custom::Copy', Properties: { ServiceToken: a, Of: !GetAtt Kept.Value } }
  Database: { Type: AWS::RDS::DBInstance, Properties: { MasterUserPassword: !Ref Password } }
  Other: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Name } }
  Named: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub 'of-${Password}' } }
Outputs:
  Plain: { Value: !Ref Password }
  Joined: { Value: !Join ['-', [a, Fn::Sub: 'x${Password}']] }
  Kept: { Value: !GetAtt Kept.Value }
  Copied: { Value: { 'Fn::GetAtt': [Copy, Text] } }
  Endpoint: { Value: !GetAtt Database.Endpoint.Address }
  Other: { Value: !GetAtt Other.Value }
  Literal: { Value: !Sub '${!Password} ${Name}' }
";
        let file = SourceFile { path: "a.yaml".into(), text: text.to_owned() };
        let template = Template::parse_accepted(Arc::new(file)).expect("a template");
        let uses = &template.secret_uses["Password"];
        let SecretUses { written, returned, resources, .. } = uses;
        assert!(written.iter().eq(["Joined", "Plain"]), "{written:?}");
        assert!(returned.iter().eq(["Copied", "Kept"]), "{returned:?}");
        assert!(resources.iter().eq(["Copy", "Database", "Kept", "Named"]), "{resources:?}");
        assert!(uses.may_stand_in_property("Database", "MasterUserPassword"));
        assert!(uses.may_stand_in_property("Copy", "Of"));
        assert!(!uses.may_stand_in_property("Copy", "ServiceToken"));
        assert!(!uses.may_stand_in_property("Other", "Value"));
        assert!(uses.may_name("Named") && !uses.may_name("Database"));
    }
}
