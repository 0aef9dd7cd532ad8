//! Secret outputs: which outputs may repeat the value of a `NoEcho` parameter.
//!
//! A template may write such a value into an output itself, or have a resource hand it back. What a service
//! answers of its own, such as an endpoint, does not repeat what it was given.
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

/// Returns the names of the outputs in which the value of a `NoEcho` parameter may stand.
pub(super) fn secret_outputs(
    root: &Node,
    parameters: &BTreeMap<String, TemplateParameter>,
    resources: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let secret = parameters.iter().filter(|(_, declared)| declared.is_secret);
    let mut telling: BTreeSet<&str> = secret.map(|(name, _)| name.as_str()).collect();
    if telling.is_empty() {
        return BTreeSet::new();
    }
    let section = |name| root.value_of(name).and_then(Node::entries).unwrap_or_default();
    let echoing: Vec<(&str, BTreeSet<&str>)> = section("Resources")
        .iter()
        .filter(|(key, _)| resources.get(&key.text).is_some_and(|kind| is_echoing(kind)))
        .map(|(key, resource)| (key.text.as_str(), mentions(resource)))
        .collect();
    // Each round may find that one more resource hands a value on.
    loop {
        let known = telling.len();
        let more = echoing.iter().filter(|(_, mentioned)| !mentioned.is_disjoint(&telling));
        let more: Vec<&str> = more.map(|(name, _)| *name).collect();
        telling.extend(more);
        if telling.len() == known {
            break;
        }
    }
    let outputs = section("Outputs").iter();
    let secret = outputs.filter(|(_, output)| !mentions(output).is_disjoint(&telling));
    secret.map(|(key, _)| key.text.clone()).collect()
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

    use crate::document::SourceFile;
    use crate::template::Template;

    #[test]
    fn outputs_that_repeat_a_parameter_without_echo_are_found() {
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
        let found: Vec<&str> = template.secret_outputs.iter().map(String::as_str).collect();
        assert_eq!(found, ["Copied", "Joined", "Kept", "Plain"]);
    }
}
