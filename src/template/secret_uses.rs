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
use crate::document::{Key, Node};

/// The types whose attributes are what they were given.
const ECHOING: [&str; 3] =
    ["AWS::SSM::Parameter", "AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource"];

/// Where the value of a `NoEcho` parameter goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretUses {
    /// The names of the outputs that are made of it.
    pub written: BTreeSet<String>,
    /// The names of the outputs of what a resource hands back that was given it.
    pub returned: BTreeSet<String>,
    /// The names of the resources that are given it.
    pub resources: BTreeSet<String>,
    /// The properties of resources that are made of it, as name of the resource and of the property.
    pub properties: BTreeSet<(String, String)>,
}

impl SecretUses {
    /// Whether the value may stand in an output.
    pub fn may_stand_in(&self, output: &str) -> bool {
        self.written.contains(output) || self.returned.contains(output)
    }
}

/// Returns where the value of each `NoEcho` parameter of a template goes, by the parameter's name.
pub(super) fn secret_uses(
    root: &Node,
    parameters: &BTreeMap<String, TemplateParameter>,
    types: &BTreeMap<String, String>,
) -> BTreeMap<String, SecretUses> {
    let section = |name| {
        let entries = entries(root.value_of(name)).iter();
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
                let (written, resources) = (owned(written), owned(given));
                let properties = properties_made_of(root, &telling);
                return SecretUses { written, returned: owned(returned), resources, properties };
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

/// Returns the properties of resources that mention any of some names.
fn properties_made_of(root: &Node, of: &BTreeSet<&str>) -> BTreeSet<(String, String)> {
    let mut made = BTreeSet::new();
    for (resource, node) in entries(root.value_of("Resources")) {
        for (property, value) in entries(node.value_of("Properties")) {
            if !mentions(value).is_disjoint(of) {
                made.insert((resource.text.clone(), property.text.clone()));
            }
        }
    }
    made
}

fn entries(node: Option<&Node>) -> &[(Key, Node)] {
    node.and_then(Node::entries).unwrap_or_default()
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
        let SecretUses { written, returned, resources, properties } =
            &template.secret_uses["Password"];
        assert!(written.iter().eq(["Joined", "Plain"]), "{written:?}");
        assert!(returned.iter().eq(["Copied", "Kept"]), "{returned:?}");
        assert!(resources.iter().eq(["Copy", "Database", "Kept"]), "{resources:?}");
        let properties: Vec<String> =
            properties.iter().map(|(resource, name)| format!("{resource}/{name}")).collect();
        assert_eq!(properties, ["Copy/Of", "Database/MasterUserPassword", "Kept/Value"]);
    }
}
