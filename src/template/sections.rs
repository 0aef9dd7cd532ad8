//! A template's sections, read from its tree as far as they can be; all that is wrong with them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check::{self, Rule, Violation};
use super::model::{Template, TemplateSections};
use super::parameter::TemplateParameter;
use super::pattern::Pattern;
use super::{
    ambiguous, assertion, capability, exports, local_path, nested_stack, output_size, picked_item,
    secret_uses,
};
use crate::document::{Key, Node, Place, SourceFile};
use crate::file::digest;

/// Reads the template whose tree is `root` and whose text `file` holds, as far as it can be read, and
/// every rule that it breaks.
pub(super) fn read(root: &Node, file: Arc<SourceFile>) -> (Template, Vec<Violation>) {
    let mut reader = Reader { violations: check::check(root) };
    let (resources, conditional) = reader.resources(root);
    let parameters = reader.parameters(root);
    let sections = TemplateSections {
        outputs: reader.outputs(root),
        secret_uses: secret_uses::secret_uses(root, &parameters, &resources),
        output_sizes: output_size::output_sizes(root),
        exports: exports::exports(root),
        imports: exports::imports(root),
        assertions: assertion::assertions(root),
        picked_items: picked_item::picked_items(root),
        nested_stacks: nested_stack::nested_stacks(root),
        may_add_outputs: may_add_outputs(root),
        parameters,
        resources,
        conditional,
        needed_capabilities: capability::needed(root),
    };
    let template = Template {
        digest: digest(&file.text),
        sections: Arc::new(sections),
        local_paths: local_path::local_paths(root),
        written: None,
        file,
    };
    let mut violations = reader.violations;
    violations.sort_by_key(|violation| violation.place.span.start);
    (template, violations)
}

/// Reads values and keeps what is wrong with them.
struct Reader {
    violations: Vec<Violation>,
}

/// Returns the entries of a section, but for what `Fn::ForEach` and its like make.
fn section<'n>(root: &'n Node, name: &str) -> impl Iterator<Item = &'n (Key, Node)> {
    let entries = root.value_of(name).and_then(Node::entries).unwrap_or_default();
    entries.iter().filter(|(key, _)| !key.text.starts_with("Fn::"))
}

impl Reader {
    fn shape(&mut self, place: &Place, message: String) {
        self.violations.push(Violation::at(place, Rule::Shape { message }));
    }

    /// Returns the types of all resources, and the names of those that have a condition.
    fn resources(&mut self, root: &Node) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut resources, mut conditional) = (BTreeMap::new(), BTreeSet::new());
        for (key, resource) in section(root, "Resources") {
            if resource.value_of("Condition").is_some() {
                conditional.insert(key.text.clone());
            }
            if let Some(resource_type) = resource.value_of("Type") {
                let resource_type = resource_type.as_text().unwrap_or_default();
                resources.insert(key.text.clone(), resource_type.to_owned());
            }
        }
        (resources, conditional)
    }

    fn outputs(&mut self, root: &Node) -> BTreeMap<String, Place> {
        let outputs = section(root, "Outputs");
        outputs.map(|(key, _)| (key.text.clone(), key.place.clone())).collect()
    }

    fn parameters(&mut self, root: &Node) -> BTreeMap<String, TemplateParameter> {
        let mut parameters = BTreeMap::new();
        for (key, node) in section(root, "Parameters") {
            // Also of one that is faulty it is known that it is there.
            parameters.insert(key.text.clone(), self.parameter(key, node));
        }
        parameters
    }

    fn parameter(&mut self, key: &Key, node: &Node) -> TemplateParameter {
        self.word(node);
        TemplateParameter {
            place: key.place.clone(),
            parameter_type: self.text_of(node, "Type").unwrap_or_default(),
            has_default: node.value_of("Default").is_some(),
            default: self.text_of(node, "Default"),
            default_place: node.value_of("Default").map(|default| default.place.clone()),
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

    /// Tells the first value of a parameter that is not the word that stands there.
    fn word(&mut self, node: &Node) {
        let allowed = node.value_of("AllowedValues").and_then(Node::items).unwrap_or_default();
        let mut values = allowed.iter().chain(node.value_of("Default"));
        if let Some((value, word)) = values.find_map(|value| Some((value, ambiguous::word(value)?)))
        {
            let read = value.as_text().unwrap_or_default().to_owned();
            let help = format!("put it in quotes if the word is meant; what is given is `{read}`");
            let rule = Rule::Word { written: word.to_owned(), read };
            self.violations.push(Violation::at(&value.place, rule).with_help(help).into_warning());
        }
    }

    fn text_of(&mut self, node: &Node, name: &str) -> Option<String> {
        self.text(node.value_of(name)?, &format!("`{name}`"))
    }

    fn text(&mut self, value: &Node, what: &str) -> Option<String> {
        let text = value.as_text().filter(|_| !value.is_null());
        if text.is_none() {
            // That it is null is told already.
            if !value.is_null() {
                self.shape(&value.place, format!("{what} is text, not {}", value.kind()));
            }
        }
        text.map(str::to_owned)
    }

    fn texts_of(&mut self, node: &Node, name: &str) -> Option<Vec<String>> {
        let value = node.value_of(name)?;
        let Some(items) = value.items() else {
            if !value.is_null() {
                self.shape(&value.place, format!("`{name}` is a list, not {}", value.kind()));
            }
            return None;
        };
        let name = format!("an item of `{name}`");
        let texts: Vec<Option<String>> = items.iter().map(|item| self.text(item, &name)).collect();
        // With one that cannot be read, no value can be judged by them.
        texts.into_iter().collect()
    }

    fn number_of<N: std::str::FromStr>(&mut self, node: &Node, name: &str) -> Option<N> {
        let value = node.value_of(name)?;
        let number = value.as_text().and_then(|text| text.parse().ok());
        if number.is_none() && !value.is_null() {
            self.shape(&value.place, format!("`{name}` is a number"));
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
    use crate::document::Faults;

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
Conditions: { HasPolicy: !Equals [!Ref Size, 2] }
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
        assert_eq!(template.outputs["RoleArn"].to_string(), "app.yaml:16:3");
        assert_eq!(template.resources["Queue"], "AWS::SQS::Queue");
        assert_eq!(template.digest.len(), 64);
        let (capability, place) = &template.needed_capabilities[0];
        assert_eq!((*capability, place.to_string()), (Capability::Iam, "app.yaml:9:3".to_owned()));
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
        template.needed_capabilities.iter().map(|(capability, _)| *capability).collect()
    }

    #[test]
    fn capabilities_follow_names_and_macros() {
        use Capability::{AutoExpand, Iam, NamedIam};
        let looped = |resource: &str| {
            format!(
                "Transform: AWS::LanguageExtensions\nResources: {{'Fn::ForEach::A': [X, [a], \
                 {{'Fn::ForEach::B': [Y, [b], {{'R${{X}}${{Y}}': {resource}}}]}}]}}"
            )
        };
        let serverless = |resource: &str| {
            let transform = "Transform: AWS::Serverless-2016-10-31";
            format!("{transform}\nResources: {{F: {{Type: AWS::Serverless::{resource}}}}}")
        };
        for (lines, capabilities) in [
            ("Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}", vec![NamedIam]),
            ("Resources: {K: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}}", vec![Iam]),
            ("Resources: {G: {Type: AWS::IAM::UserPolicy, Properties: {UserName: u}}}", vec![Iam]),
            ("Transform: AWS::Serverless-2016-10-31\nResources: {}", vec![AutoExpand]),
            (
                "Resources: {B: {Type: C::S::T, Properties: {'Fn::Transform': {Name: m}}}}",
                vec![AutoExpand],
            ),
            ("Resources: {B: {Type: C::S::T, Properties: !Transform {Name: m}}}", vec![AutoExpand]),
            ("Resources: {Q: {Type: AWS::SQS::Queue}}", vec![]),
            (
                &looped("{Type: AWS::IAM::Role, Properties: {RoleName: r}}"),
                vec![NamedIam, AutoExpand],
            ),
            (&looped("{Type: AWS::IAM::Role}"), vec![Iam, AutoExpand]),
            (&looped("{Type: AWS::SNS::Topic}"), vec![AutoExpand]),
            (&serverless("Function, Properties: {Handler: h}"), vec![Iam, AutoExpand]),
            (&serverless("StateMachine"), vec![Iam, AutoExpand]),
            (&serverless("Function, Properties: {Role: r}"), vec![AutoExpand]),
            (&serverless("Function}}\nGlobals: {Function: {Role: r"), vec![AutoExpand]),
            (&serverless("SimpleTable"), vec![AutoExpand]),
        ] {
            assert_eq!(needed(lines), capabilities, "{lines}");
        }
    }

    #[test]
    fn a_macro_may_add_outputs_and_sections() {
        for (lines, may_add) in [
            ("Transform: [Mine]\nMySection: x\nResources: {}", true),
            ("Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::A': [x]}", false),
            (
                "Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {'Fn::ForEach::A': [x]}",
                true,
            ),
            ("Resources: {Q: {Type: AWS::SQS::Queue}}", false),
        ] {
            assert_eq!(parse(lines).expect(lines).may_add_outputs, may_add, "{lines}");
        }
    }

    #[test]
    fn words_without_quotes_are_truths_as_cloudformation_reads_them() {
        let text = "Parameters:\n  P: {Type: String, AllowedValues: [Yes, 'No', off, y], Default: ON}\n  \
                    Q: {Type: String, AllowedValues: [\"On\", 'no', true]}\nMappings: {M: {no: {'yes': x}}}\n\
                    Resources: {T: {Type: AWS::SQS::Queue}}\nOutputs: {'On': {Value: !Sub Yes}}\n";
        let file = SourceFile { path: "app.yaml".into(), text: text.to_owned() };
        let (template, violations) =
            super::super::load::judged(Arc::new(file)).expect("a template");
        let allowed = |name: &str| template.parameters[name].allowed_values.clone();
        assert_eq!(allowed("P").expect("values"), ["true", "No", "false", "y"]);
        assert_eq!(allowed("Q").expect("values"), ["On", "no", "true"]);
        assert_eq!(template.parameters["P"].default.as_deref(), Some("true"));
        assert_eq!(template.outputs.keys().collect::<Vec<_>>(), ["On"]);
        let says: Vec<String> =
            violations.iter().map(|found| format!("{} {}", found.place, found.rule)).collect();
        assert_eq!(says, ["app.yaml:2:37 CloudFormation reads `Yes` without quotes as `true`"]);
    }

    #[test]
    fn an_account_id_without_quotes_may_be_an_octal_number() {
        let text = "Mappings: {M: {012345670123: {a: '012345670123', b: 012345678901, c: 000400}}}\n\
                    Resources: {Q: {Type: AWS::SQS::Queue}}\n";
        let file = SourceFile { path: "app.yaml".into(), text: text.to_owned() };
        let (_, violations) = super::super::load::judged(Arc::new(file)).expect("a template");
        let says: Vec<String> =
            violations.iter().map(|found| format!("{} {}", found.place, found.rule)).collect();
        assert_eq!(
            says,
            ["app.yaml:1:16 CloudFormation may read `012345670123` as an octal number"]
        );
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
