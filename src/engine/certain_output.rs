//! Whether an output is what CloudFormation answers: each `?` in it may stand for a character outside ASCII.
//!
//! It is certain only if every `?` is known to be one: it stands in the template, or in the value of a
//! parameter that is known, or nothing of the stack can be answered so. What a resource, a custom resource, an SSM parameter or a macro gave may hold
//! anything.

use std::collections::BTreeSet;

use super::answered::{as_answered, is_uncertain};
use super::ascii_stack::is_written_in_ascii;
use crate::cloud::Stack;
use crate::event::SentTexts;
use crate::template::{Expression, Template};

/// Whether the output `name` of a stack of this template is what is answered; `value` says what is known of
/// the values of its parameters.
pub(super) fn is_certain(
    template: &Template,
    name: &str,
    answered: &str,
    value: impl Fn(&str) -> Option<String>,
) -> bool {
    if !is_uncertain(answered) {
        return true;
    }
    let known = |name: &str| {
        // The value of one that names an SSM parameter is what that holds.
        let declared = template.parameters.get(name)?;
        let is_itself = !declared.parameter_type.starts_with("AWS::SSM::Parameter::Value<");
        if is_itself { value(name) } else { None }
    };
    template.output_value(name).is_some_and(|written| is_written(&written, known, answered))
        || is_written_in_ascii(template, answered, known)
}

/// Returns the outputs of a stack as it stands in which `?` may stand for something else; `sent` is what an
/// earlier run sent for it, if that is known.
pub(super) fn uncertain_outputs(
    template: &Template,
    stack: &Stack,
    sent: Option<&SentTexts>,
) -> BTreeSet<String> {
    let value = |name: &str| {
        let parameter = stack.parameters.iter().find(|parameter| parameter.name == name)?;
        let answered = parameter.value.as_deref()?;
        // The default is no proof: another value that reads the same may have been set, and is kept.
        let sent = sent.and_then(|sent| sent.parameters.get(name));
        let known = sent.filter(|text| as_answered(text) == answered);
        known.cloned().or_else(|| (!is_uncertain(answered)).then(|| answered.to_owned()))
    };
    let is_doubtful =
        |output: &(&String, &String)| !is_certain(template, output.0, output.1, value);
    stack.outputs.iter().filter(is_doubtful).map(|(name, _)| name.clone()).collect()
}

/// Whether an answer is what is written, where nothing that is not known holds `?`.
fn is_written(
    written: &Expression,
    known: impl Fn(&str) -> Option<String>,
    answered: &str,
) -> bool {
    let fragments = written.fragments(known);
    let texts = || fragments.iter().flatten();
    let count = |text: &str| text.matches('?').count();
    if texts().any(|text| !text.is_ascii())
        || texts().map(|text| count(text)).sum::<usize>() != count(answered)
    {
        return false;
    }
    let mut rest = answered;
    let mut is_after_unknown = false;
    for fragment in &fragments {
        match fragment {
            None => is_after_unknown = true,
            Some(text) => {
                let start = match is_after_unknown {
                    true => rest.find(text.as_str()),
                    false => rest.starts_with(text.as_str()).then_some(0),
                };
                let Some(start) = start else { return false };
                rest = &rest[start + text.len()..];
                is_after_unknown = false;
            }
        }
    }
    // What is left over came of something that is not known.
    rest.is_empty() || fragments.iter().any(Option::is_none)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    /// Whether an output of this value is certain, where `Url` is `http://a?b` and `Name` is not known.
    fn certain(value: &str, answered: &str) -> bool {
        let text = format!(
            "Parameters:\n  Url: {{ Type: String }}\n  Name: {{ Type: String }}\n  \
             Path: {{ Type: 'AWS::SSM::Parameter::Value<String>' }}\n\
             Resources: {{ Setting: {{ Type: AWS::SSM::Parameter }} }}\n\
             Outputs: {{ It: {{ Value: {value} }} }}\n"
        );
        let file = Arc::new(SourceFile { path: "t.yaml".into(), text });
        let template = Template::parse(file).expect("a template");
        let known = |name: &str| (name != "Name").then(|| "http://a?b".to_owned());
        is_certain(&template, "It", answered, known)
    }

    #[test]
    fn a_question_mark_is_certain_where_it_is_written_or_was_sent() {
        for (value, answered) in [
            ("anything", "no mark"),
            ("'http://a?b'", "http://a?b"),
            ("!Ref Url", "http://a?b"),
            ("!Sub '${Url}&c=${Setting.Value}'", "http://a?b&c=one"),
            ("!Sub 'https://${Setting}/?x=1'", "https://some/?x=1"),
            ("!Join ['?', [!GetAtt Setting.Value, x]]", "one?x"),
            ("!Join ['?', [x, !GetAtt Setting.Value]]", "x?one"),
            ("!Sub '${Name}?${Setting}'", "Gr?e"),
        ] {
            assert!(certain(value, answered), "{value} {answered}");
        }
    }

    #[test]
    fn a_question_mark_is_not_certain_where_something_else_may_have_given_it() {
        for (value, answered) in [
            ("!GetAtt Setting.Value", "http://a?b"),
            ("!Ref Name", "Gr??e"),
            ("!Ref Path", "http://a?b"),
            ("!Ref Setting", "Gr??e"),
            ("!ImportValue other", "Gr??e"),
            ("!Sub 'https://${Setting}/?x=1'", "https://Gr??e/?x=1"),
            ("!Sub '${Name}?${Setting}'", "Gr??e"),
            ("Größe", "Gr??e"),
            ("'http://a?b'", "http://c?b"),
        ] {
            assert!(!certain(value, answered), "{value} {answered}");
        }
    }
}
