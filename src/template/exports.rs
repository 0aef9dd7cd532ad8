//! Exports: what a template exports to other stacks of its account and Region, and what it imports.

use super::expression::Expression;
use super::function_call::function;
use crate::document::Node;

/// Whether CloudFormation takes an export of a name: of letters, digits, colons and hyphens.
///
/// Source: CloudFormation's refusal of others, "The Name field of every Export member must be specified and consist only
/// of …".
pub fn may_be_exported_as(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == ':' || c == '-')
}

/// An output that a template exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name under which it is exported.
    pub name: Expression,
    /// Whether there is such an output only where a condition holds.
    pub is_conditional: bool,
    /// Whether the name stands in the template as it is, so that it is judged with the template.
    pub is_literal: bool,
}

/// An export that a template imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name under which it is exported.
    pub name: Expression,
    /// Whether it is imported only where a condition holds.
    pub is_conditional: bool,
}

/// Returns what the template whose tree is `root` exports.
pub(super) fn exports(root: &Node) -> Vec<Export> {
    let outputs = root.value_of("Outputs").and_then(Node::entries).unwrap_or_default();
    let exported = outputs.iter().filter_map(|(_, output)| {
        let name = output.value_of("Export")?.value_of("Name")?;
        let is_literal = Expression::of(name).text(|_| None).is_some();
        let is_conditional = output.value_of("Condition").is_some();
        Some(Export { name: Expression::within(root, name), is_conditional, is_literal })
    });
    exported.collect()
}

/// Returns the exports that the template whose tree is `root` imports.
pub(super) fn imports(root: &Node) -> Vec<Import> {
    let mut imports = Vec::new();
    for section in ["Resources", "Outputs"] {
        let entries = root.value_of(section).and_then(Node::entries).unwrap_or_default();
        for (_, entry) in entries {
            let is_conditional = entry.value_of("Condition").is_some();
            collect(root, entry, is_conditional, &mut imports);
        }
    }
    imports
}

fn collect(root: &Node, node: &Node, is_conditional: bool, imports: &mut Vec<Import>) {
    let is_conditional = match function(node) {
        Some(("ImportValue", argument)) => {
            imports.push(Import { name: argument.expression(root), is_conditional });
            return;
        }
        Some(("If", _)) => true,
        Some(_) | None => is_conditional,
    };
    for item in node.items().unwrap_or_default() {
        collect(root, item, is_conditional, imports);
    }
    for (_, value) in node.entries().unwrap_or_default() {
        collect(root, value, is_conditional, imports);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::document::SourceFile;
    use crate::template::Template;

    fn template(text: &str) -> Template {
        let file = SourceFile { path: "t.yaml".into(), text: text.to_owned() };
        Template::parse_accepted(Arc::new(file)).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    /// Returns the names of imports and whether each is conditional, with parameters as `<Name>`.
    fn imports(value: &str) -> Vec<(Option<String>, bool)> {
        let text = format!(
            "Mappings: {{ M: {{ <Env>: {{ n: found }}, z: {{ n: list }} }} }}\n\
             Resources: {{ R: {{ Type: A::B::C, Properties: {{ P: {value} }} }} }}"
        );
        let known = |name: &str| (!name.starts_with("Unknown")).then(|| format!("<{name}>"));
        let template = template(&text);
        template
            .imports
            .iter()
            .map(|import| (import.name.text(known), import.is_conditional))
            .collect()
    }

    #[test]
    fn the_name_of_an_import_is_read_in_every_form() {
        for (value, name) in [
            ("!ImportValue plain", Some("plain")),
            ("{ 'Fn::ImportValue': plain }", Some("plain")),
            ("!ImportValue { 'Fn::Sub': '${Env}-x' }", Some("<Env>-x")),
            ("{ 'Fn::ImportValue': !Sub '${Env}-${!y}' }", Some("<Env>-${y}")),
            ("{ 'Fn::ImportValue': !Sub ['${A}-${B}', { A: !Ref Env }] }", Some("<Env>-<B>")),
            ("!ImportValue { 'Fn::Join': ['-', [a, !Ref AWS::Region]] }", Some("a-<AWS::Region>")),
            ("{ 'Fn::ImportValue': !Ref Env }", Some("<Env>")),
            ("{ 'Fn::ImportValue': !Ref Unknown }", None),
            ("{ 'Fn::ImportValue': !Sub '${Role.Arn}' }", None),
            ("{ 'Fn::ImportValue': !Select [1, [a, b]] }", Some("b")),
            ("{ 'Fn::ImportValue': !Select [2, [a, b]] }", None),
            ("{ 'Fn::ImportValue': !Select [0, [!Ref Env, b]] }", None),
            ("{ 'Fn::ImportValue': !Select [1, !Ref 'x,y'] }", Some("y>")),
            ("{ 'Fn::ImportValue': !Select [1, !Split ['-', a-b]] }", Some("b")),
            ("{ 'Fn::ImportValue': !Join ['-', !Ref 'x, y'] }", Some("<x-y>")),
            ("{ 'Fn::ImportValue': !Join ['-', !Ref Unknown] }", None),
            ("{ 'Fn::ImportValue': !FindInMap [M, !Ref Env, n] }", Some("found")),
            ("!ImportValue { 'Fn::FindInMap': [M, !Select [0, [z, b]], n] }", Some("list")),
            ("{ 'Fn::ImportValue': !FindInMap [M, !Ref Env, other] }", None),
            ("{ 'Fn::ImportValue': !FindInMap [None, a, n] }", None),
            ("{ 'Fn::ImportValue': !If [C, a, b] }", None),
        ] {
            assert_eq!(imports(value), [(name.map(str::to_owned), false)], "{value}");
        }
        assert_eq!(imports("!If [Is, !ImportValue a, b]"), [(Some("a".to_owned()), true)]);
        assert_eq!(imports("[!Sub 'x', { y: !ImportValue a }]"), [(Some("a".to_owned()), false)]);
    }

    #[test]
    fn exports_are_read_from_outputs() {
        let text = "Resources: { R: { Type: A::B::C } }\n\
                    Outputs:\n  A: { Value: x, Export: { Name: !Sub '${AWS::StackName}-a' } }\n  \
                    B: { Value: x }\n  C: { Condition: C, Value: x, Export: { Name: c } }\n";
        let template = template(text);
        let names: Vec<_> = template
            .exports
            .iter()
            .map(|export| (export.name.text(|_| Some("app".to_owned())), export.is_conditional))
            .collect();
        assert_eq!(names, [(Some("app-a".to_owned()), false), (Some("c".to_owned()), true)]);
    }
}
