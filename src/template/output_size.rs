//! Output sizes: how long the value of an output is at least, so that a list that is joined from many is
//! told to be too long before the first of them is deployed.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::function_call::function;
use crate::document::Node;

/// How long the value of an output is, at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputSize {
    /// This many bytes, for sure.
    pub least: usize,
    /// The bytes of a name that CloudFormation makes up, without the stack's name in it; most likely.
    pub generated: Option<usize>,
}

impl OutputSize {
    /// Returns how many bytes the value has most likely at least, in a stack of this name.
    pub fn likely(self, stack_name: &str) -> usize {
        let generated = self
            .generated
            .map_or(0, |own| (own + stack_name.len().min(MOST_NAME_PART)).min(MOST_GENERATED_NAME));
        self.least + generated
    }
}

/// The shortest ARN of an IAM resource: `arn:aws:iam::123456789012:role/` and a letter.
const IAM_ARN: usize = 32;

/// The shortest ARN of anything else: `arn:aws:s3:::` and a letter.
const ARN: usize = 14;

/// What CloudFormation puts behind the stack's and the resource's name, with the dashes between: names of
/// IAM resources have at most 64 characters, so that long ones are cut.
const GENERATED_END: usize = 14;
const MOST_NAME_PART: usize = 24;
const MOST_GENERATED_NAME: usize = 62;

/// Returns how long each output of the template whose tree is `root` is at least.
pub(super) fn output_sizes(root: &Node) -> BTreeMap<String, OutputSize> {
    let outputs = root.value_of("Outputs").and_then(Node::entries).unwrap_or_default();
    let sized = outputs.iter().filter_map(|(name, output)| {
        Some((name.text.clone(), size(root, output.value_of("Value")?)))
    });
    sized.collect()
}

fn size(root: &Node, value: &Node) -> OutputSize {
    let unknown = OutputSize { least: 1, generated: None };
    let literal = Expression::of(value).text(|_| None);
    if let Some(literal) = literal {
        return OutputSize { least: literal.len(), generated: None };
    }
    let Some(resource) = arn_of(value) else { return unknown };
    let resources = root.value_of("Resources");
    let Some(definition) = resources.and_then(|all| all.value_of(resource)) else { return unknown };
    let resource_type = definition.value_of("Type").and_then(Node::as_text).unwrap_or_default();
    let Some((_, naming)) = NAMED.iter().find(|(known, _)| *known == resource_type) else {
        return OutputSize { least: ARN, generated: None };
    };
    let properties = definition.value_of("Properties");
    match properties.and_then(|properties| properties.value_of(naming)) {
        None => {
            let own = resource.len().min(MOST_NAME_PART) + GENERATED_END;
            OutputSize { least: IAM_ARN - 1, generated: Some(own) }
        }
        Some(name) => {
            let name = Expression::of(name).text(|_| Some(String::new())).unwrap_or_default();
            OutputSize { least: IAM_ARN - 1 + name.len().max(1), generated: None }
        }
    }
}

/// The types whose names CloudFormation makes up from the stack's, and the property that names one.
const NAMED: [(&str, &str); 2] = [("AWS::IAM::Role", "RoleName"), ("AWS::IAM::User", "UserName")];

/// Returns the resource whose ARN the value is, if it is one.
fn arn_of(value: &Node) -> Option<&str> {
    let ("GetAtt", argument) = function(value)? else { return None };
    let node = argument.node();
    match node.items() {
        Some([resource, attribute]) if attribute.as_text() == Some("Arn") => resource.as_text(),
        Some(_) => None,
        None => node.as_text()?.strip_suffix(".Arn"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::document::SourceFile;
    use crate::template::Template;

    #[test]
    fn an_output_is_as_long_as_is_known_of_it() {
        let text = "Resources:\n  Role: { Type: AWS::IAM::Role }\n  \
                    Named: { Type: AWS::IAM::Role, Properties: { RoleName: deployer } }\n  \
                    Queue: { Type: AWS::SQS::Queue }\n\
                    Outputs:\n  A: { Value: !GetAtt Role.Arn }\n  B: { Value: !GetAtt [Named, Arn] }\n  \
                    C: { Value: !GetAtt Queue.Arn }\n  D: { Value: four }\n  E: { Value: !Ref Queue }\n";
        let file = SourceFile { path: "t.yaml".into(), text: text.to_owned() };
        let template = Template::parse_accepted(Arc::new(file)).expect("a template");
        let sizes = &template.output_sizes;
        let sure = |name: &str| sizes[name].least;
        assert_eq!(["A", "B", "C", "D", "E"].map(sure), [31, 39, 14, 4, 1]);
        let likely = "arn:aws:iam::100000000001:role/cross-account-role-Role-0A1B2C3D4E5F";
        assert_eq!(sizes["A"].likely("cross-account-role"), likely.len());
        assert_eq!(sizes["B"].likely("cross-account-role"), 39);
    }
}
