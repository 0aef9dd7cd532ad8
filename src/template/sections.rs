//! A template's sections, read from its tree; every fault of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::Template;
use super::parameter::{Pattern, TemplateParameter};
use super::{capability, exports, output_size};
use crate::document::{Fault, Faults, Key, Node, Place, SourceFile, did_you_mean, quoted};
use crate::file::digest;

/// Every section a template may have.
///
/// Source: the CloudFormation user guide, "Template sections"; `Hooks` and SAM's `Globals` have
/// their own pages.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Resources",
    "Outputs",
    "Hooks",
];

/// Reads the template whose tree is `root` and whose text `file` holds.
pub(super) fn read(root: &Node, file: Arc<SourceFile>) -> Result<Template, Faults> {
    let mut reader = Reader { faults: Vec::new() };
    let Some(sections) = root.entries() else {
        let message = format!("a template is a mapping of sections, not {}", root.kind());
        return Err(Fault::at(&root.place, message).into());
    };
    reader.check_sections(root, sections);
    let (resources, conditional) = reader.resources(root);
    let template = Template {
        digest: digest(&file.text),
        parameters: reader.parameters(root),
        outputs: reader.outputs(root),
        output_sizes: output_size::output_sizes(root),
        exports: exports::exports(root),
        imports: exports::imports(root),
        may_add_outputs: may_add_outputs(root),
        resources,
        conditional,
        needed_capabilities: capability::needed(root),
        file,
    };
    let mut faults = reader.faults;
    faults.sort_by_key(|fault| fault.place.as_ref().map(|place| place.span.start));
    if faults.is_empty() { Ok(template) } else { Err(Faults(faults)) }
}

/// Reads values and keeps what is wrong with them.
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn check_sections(&mut self, root: &Node, sections: &[(Key, Node)]) {
        if root.value_of("Resources").is_none() {
            let start =
                Place { span: root.place.span.start..root.place.span.start, ..root.place.clone() };
            self.faults.push(Fault::at(&start, "the template has no `Resources`"));
        }
        // A macro is free to give sections a meaning of its own.
        if root.value_of("Transform").is_some() {
            return;
        }
        for (key, _) in sections {
            if !SECTIONS.contains(&key.text.as_str()) {
                let message = format!("{} is not a section of a template", quoted(&key.text));
                let fault = Fault::at(&key.place, message).with_label("unknown section");
                self.faults.push(Fault { help: did_you_mean(&key.text, SECTIONS), ..fault });
            }
        }
    }

    /// Returns the entries of a section, each a mapping, but for what `Fn::ForEach` and its like
    /// make.
    fn section<'n>(&mut self, root: &'n Node, name: &str, what: &str) -> Vec<(&'n Key, &'n Node)> {
        let Some(section) = root.value_of(name) else { return Vec::new() };
        let Some(entries) = section.entries() else {
            let message = format!("`{name}` is a mapping of {what}s, not {}", section.kind());
            self.faults.push(Fault::at(&section.place, message));
            return Vec::new();
        };
        let mut read = Vec::new();
        for (key, value) in entries.iter().filter(|(key, _)| !key.text.starts_with("Fn::")) {
            if value.entries().is_some() {
                read.push((key, value));
            } else {
                let name = quoted(&key.text);
                let message = format!("the {what} {name} is a mapping, not {}", value.kind());
                self.faults.push(Fault::at(&value.place, message));
            }
        }
        read
    }

    /// Returns the types of all resources, and the names of those that have a condition.
    fn resources(&mut self, root: &Node) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut resources, mut conditional) = (BTreeMap::new(), BTreeSet::new());
        for (key, resource) in self.section(root, "Resources", "resource") {
            if resource.value_of("Condition").is_some() {
                conditional.insert(key.text.clone());
            }
            match resource.value_of("Type") {
                Some(resource_type) => {
                    let resource_type = self.text(resource_type, "`Type`").unwrap_or_default();
                    resources.insert(key.text.clone(), resource_type);
                }
                None => {
                    let message = format!("the resource {} has no `Type`", quoted(&key.text));
                    self.faults.push(Fault::at(&key.place, message));
                }
            }
        }
        (resources, conditional)
    }

    fn outputs(&mut self, root: &Node) -> BTreeMap<String, Place> {
        let mut outputs = BTreeMap::new();
        for (key, output) in self.section(root, "Outputs", "output") {
            if output.value_of("Value").is_none() {
                let message = format!("the output {} has no `Value`", quoted(&key.text));
                self.faults.push(Fault::at(&key.place, message));
            }
            outputs.insert(key.text.clone(), key.place.clone());
        }
        outputs
    }

    fn parameters(&mut self, root: &Node) -> BTreeMap<String, TemplateParameter> {
        let mut parameters = BTreeMap::new();
        for (key, node) in self.section(root, "Parameters", "parameter") {
            if node.value_of("Type").is_none() {
                let message = format!("the parameter {} has no `Type`", quoted(&key.text));
                self.faults.push(Fault::at(&key.place, message));
                continue;
            }
            parameters.insert(key.text.clone(), self.parameter(key, node));
        }
        parameters
    }

    fn parameter(&mut self, key: &Key, node: &Node) -> TemplateParameter {
        TemplateParameter {
            place: key.place.clone(),
            parameter_type: self.text_of(node, "Type").unwrap_or_default(),
            has_default: node.value_of("Default").is_some(),
            default: node.value_of("Default").and_then(Node::as_text).map(str::to_owned),
            // In doubt the value is hidden.
            is_secret: self.text_of(node, "NoEcho").is_some_and(|text| {
                !["false", "no", "off"].contains(&text.to_lowercase().as_str())
            }),
            allowed_values: self.texts_of(node, "AllowedValues"),
            allowed_pattern: self.text_of(node, "AllowedPattern").map(|text| Pattern::new(&text)),
            constraint_description: self.text_of(node, "ConstraintDescription"),
            length: (self.number_of(node, "MinLength"), self.number_of(node, "MaxLength")),
            range: (self.number_of(node, "MinValue"), self.number_of(node, "MaxValue")),
        }
    }

    fn text_of(&mut self, node: &Node, name: &str) -> Option<String> {
        self.text(node.value_of(name)?, &format!("`{name}`"))
    }

    fn text(&mut self, value: &Node, what: &str) -> Option<String> {
        let text = value.as_text().filter(|_| !value.is_null());
        if text.is_none() {
            let message = format!("{what} is text, not {}", value.kind());
            self.faults.push(Fault::at(&value.place, message));
        }
        text.map(str::to_owned)
    }

    fn texts_of(&mut self, node: &Node, name: &str) -> Option<Vec<String>> {
        let value = node.value_of(name)?;
        let Some(items) = value.items() else {
            let message = format!("`{name}` is a list, not {}", value.kind());
            self.faults.push(Fault::at(&value.place, message));
            return None;
        };
        let name = format!("an item of `{name}`");
        Some(items.iter().filter_map(|item| self.text(item, &name)).collect())
    }

    fn number_of<N: std::str::FromStr>(&mut self, node: &Node, name: &str) -> Option<N> {
        let value = node.value_of(name)?;
        let number = value.as_text().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.faults.push(Fault::at(&value.place, format!("`{name}` is a number")));
        }
        number
    }
}

/// Whether a macro may add outputs that do not stand in the template: any but AWS's own, of which
/// only `AWS::Include` adds what it likes, and loops.
fn may_add_outputs(root: &Node) -> bool {
    let adds = |name: &Node| {
        name.as_text().is_none_or(|name| !name.starts_with("AWS::") || name == "AWS::Include")
    };
    let whole = root.value_of("Transform").is_some_and(|transform| match transform.items() {
        Some(names) => names.iter().any(adds),
        None => adds(transform),
    });
    let outputs = root.value_of("Outputs").and_then(Node::entries).unwrap_or_default();
    let root_entries = root.entries().unwrap_or_default();
    whole || root_entries.iter().chain(outputs).any(|(key, _)| key.text.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Capability;
    use super::*;

    fn parse(text: &str) -> Result<Template, Faults> {
        let file = SourceFile { path: "app.yaml".into(), text: text.to_owned() };
        Template::parse(Arc::new(file))
    }

    const ROLE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Source: { Type: String, AllowedPattern: "[0-9]{12}", MinLength: 12, MaxLength: "12" }
  Size: { Type: Number, Default: 2, MinValue: 1, MaxValue: 10 }
  Password: { Type: String, NoEcho: true }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: !Sub "{ ${Source} }"
      Policies: [!If [HasPolicy, { PolicyName: p }, !Ref AWS::NoValue]]
  Queue: { Type: AWS::SQS::Queue }
Outputs:
  RoleArn: { Value: !GetAtt Role.Arn }
"#;

    #[test]
    fn a_template_tells_what_it_needs_and_yields() {
        let template = parse(ROLE).expect("a template");
        assert_eq!(template.parameters.keys().collect::<Vec<_>>(), ["Password", "Size", "Source"]);
        let source = &template.parameters["Source"];
        assert_eq!((source.length, source.has_default), ((Some(12), Some(12)), false));
        assert!(template.parameters["Size"].has_default);
        assert!(template.parameters["Password"].is_secret && !source.is_secret);
        assert_eq!(template.outputs["RoleArn"].to_string(), "app.yaml:15:3");
        assert_eq!(template.resources["Queue"], "AWS::SQS::Queue");
        assert_eq!(template.digest.len(), 64);
        let (capability, place) = &template.needed_capabilities[0];
        assert_eq!((*capability, place.to_string()), (Capability::Iam, "app.yaml:8:3".to_owned()));
    }

    #[test]
    fn json_is_a_template_as_well() {
        let template = parse(
            r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"}},
                "Outputs": {"Name": {"Value": {"Ref": "B"}}}}"#,
        )
        .expect("a template");
        assert_eq!(template.outputs.keys().collect::<Vec<_>>(), ["Name"]);
        assert_eq!(template.needed_capabilities, []);
    }

    /// Returns the capabilities that a template with these lines needs.
    fn needed(lines: &str) -> Vec<Capability> {
        let template = parse(lines).expect("a template");
        template.needed_capabilities.into_iter().map(|(capability, _)| capability).collect()
    }

    #[test]
    fn capabilities_follow_names_and_macros() {
        use Capability::{AutoExpand, Iam, NamedIam};
        for (lines, capabilities) in [
            ("Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}", vec![NamedIam]),
            ("Resources: {K: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}}", vec![Iam]),
            ("Resources: {G: {Type: AWS::IAM::UserPolicy, Properties: {UserName: u}}}", vec![Iam]),
            ("Transform: AWS::Serverless-2016-10-31\nResources: {}", vec![AutoExpand]),
            (
                "Resources: {B: {Type: T, Properties: {'Fn::Transform': {Name: m}}}}",
                vec![AutoExpand],
            ),
            ("Resources: {B: {Type: T, Properties: !Transform {Name: m}}}", vec![AutoExpand]),
            ("Resources: {Q: {Type: AWS::SQS::Queue}}", vec![]),
        ] {
            assert_eq!(needed(lines), capabilities, "{lines}");
        }
    }

    #[test]
    fn a_macro_may_add_outputs_and_sections() {
        for (lines, may_add) in [
            ("Transform: [Mine]\nMySection: x\nResources: {}", true),
            ("Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::A': [x]}", false),
            ("Resources: {}\nOutputs: {'Fn::ForEach::A': [x]}", true),
            ("Resources: {}", false),
        ] {
            assert_eq!(parse(lines).expect(lines).may_add_outputs, may_add, "{lines}");
        }
    }

    #[test]
    fn every_fault_of_a_template_is_found_at_once() {
        let faults = parse(
            "Resource:\n  A: {Type: T}\nParameters:\n  P: {Default: 1}\n  Q: {Type: String, \
             AllowedValues: x, MinLength: few}\n  R: [Type]\nOutputs:\n  O: {Export: {Name: o}}\n",
        )
        .expect_err("faults");
        insta::assert_snapshot!(faults.render(false, 80));
        let faults = parse("- a\n- b\n").expect_err("a list");
        assert_eq!(
            faults.to_string(),
            "app.yaml:1:1: a template is a mapping of sections, not a list"
        );
    }

    proptest! {
        #[test]
        fn a_mutated_template_never_panics(at in 0..ROLE.len(), with in "(?s).{0,6}", cut in 0..9usize) {
            let mut text = ROLE.to_owned();
            let end = (at + cut).min(ROLE.len());
            text.replace_range(at..end, &with);
            if let Err(faults) = parse(&text) {
                faults.render(false, 80);
            }
        }
    }
}
