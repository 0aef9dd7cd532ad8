//! What CloudFormation's answers leave uncertain: they hold `?` for every character outside ASCII, while the
//! stack and its resources hold the character.
//!
//! A `?` is therefore never sent back as what stood before, and never handed to another stack, where it may
//! stand for something else.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::document::{self, Node, NodeValue, SourceFile};
use crate::event::{PriorStack, UncertainPart};
use crate::plan::{PlannedValue, StackInstance, ValuePiece};

/// Whether a text of an answer may have been another one when it was sent.
pub(super) fn is_uncertain(answered: &str) -> bool {
    answered.contains('?')
}

/// Returns the parts of a stack, as it was read, that may have been sent otherwise; `template` is the text
/// of its template, if that was an answer as well.
pub(super) fn uncertain_parts(
    before: &PriorStack,
    template: Option<&str>,
) -> BTreeSet<UncertainPart> {
    let template =
        template.filter(|text| holds(text, &is_uncertain)).map(|_| UncertainPart::Template);
    let parameters = before.parameters.iter();
    let parameters = parameters
        .filter(|(_, value)| value.as_deref().is_some_and(is_uncertain))
        .map(|(name, _)| UncertainPart::Parameter(name.clone()));
    let tags = before.tags.iter();
    let tags = tags
        .filter(|(key, value)| is_uncertain(key) || is_uncertain(value))
        .map(|(key, _)| UncertainPart::Tag(key.clone()));
    template.into_iter().chain(parameters).chain(tags).collect()
}

/// Whether an output of a stack instance may be another one than the answer says: it holds `?`, and what the
/// stack is made of holds characters outside ASCII.
pub(super) fn may_be_another(instance: &StackInstance, output: &str) -> bool {
    if !is_uncertain(output) {
        return false;
    }
    let is_foreign = |text: &str| !text.is_ascii();
    let is_foreign_value = |value: &PlannedValue| {
        value.pieces.iter().any(|piece| match piece {
            ValuePiece::Literal(text) => is_foreign(text),
            ValuePiece::Output { .. } => false,
        })
    };
    let desired = instance.desired();
    holds(&instance.template().file.text, &is_foreign)
        || desired.is_some_and(|desired| {
            desired.parameters.iter().any(|parameter| is_foreign_value(&parameter.value))
                || desired.tags.iter().flatten().any(|(_, value)| is_foreign_value(value))
        })
}

/// Whether a text of a template is so; comments and descriptions reach nothing and do not count. A template
/// that cannot be read counts as a whole.
fn holds(template: &str, is_so: &impl Fn(&str) -> bool) -> bool {
    if !is_so(template) {
        return false;
    }
    let file = Arc::new(SourceFile { path: "template".into(), text: template.to_owned() });
    match document::parse(&file) {
        Ok(root) => any_text(&root, 0, is_so),
        Err(_) => true,
    }
}

/// How deep the description of a template, and that of a parameter or an output, stands at most.
const DEEPEST_DESCRIPTION: usize = 2;

fn any_text(node: &Node, depth: usize, is_so: &impl Fn(&str) -> bool) -> bool {
    match &node.value {
        NodeValue::Scalar { text, .. } => is_so(text),
        NodeValue::Sequence(items) => items.iter().any(|item| any_text(item, depth + 1, is_so)),
        NodeValue::Mapping(entries) => entries.iter().any(|(key, value)| {
            let is_description = depth <= DEEPEST_DESCRIPTION && key.text == "Description";
            !is_description && (is_so(&key.text) || any_text(value, depth + 1, is_so))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_uncertain_by_its_values_and_not_by_its_comments() {
        let of = |text: &str| holds(text, &is_uncertain);
        assert!(!of("# why?\nDescription: why?\nResources: {}\n"));
        assert!(of("Resources: { Topic: { Properties: { DisplayName: Gr??e } } }\n"));
        assert!(of("Resources:\n  Script:\n    Code: |\n      # what?\n"), "a block keeps its `#`");
    }
}
