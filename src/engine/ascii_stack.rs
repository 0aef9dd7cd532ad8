//! Stacks in which nothing but ASCII can stand: a `?` that CloudFormation answers of one is what was written there.
//!
//! Names and attributes that AWS makes are ASCII. What comes from elsewhere may not be: a macro, another stack's
//! output, a dynamic reference, a parameter of the parameter store, and resources whose attributes are somebody's texts.

use super::answered::texts_of;
use crate::template::Template;

/// The types of resources whose attributes may be texts of others, by how their names begin.
const OTHERS_TEXTS: [&str; 3] =
    ["AWS::CloudFormation::", "AWS::ServiceCatalog::", "AWS::Organizations::"];

/// What in a template takes texts from elsewhere, such as other stacks, however it is written.
const FROM_ELSEWHERE: [&str; 4] = ["ImportValue", "GetStackOutput", "Transform", "{{resolve:"];

/// How many characters on each side of a `?` tell where it was written.
const TELLING: usize = 3;

/// Whether each `?` of an answer is one that is written in a template or sent for a parameter of it, and neither these
/// nor anything that a resource gives holds another character that is answered so; `value` says what is known of its
/// parameters.
pub(super) fn is_written_in_ascii(
    template: &Template,
    answered: &str,
    value: impl Fn(&str) -> Option<String>,
) -> bool {
    let text = &template.file.text;
    let takes_others = FROM_ELSEWHERE.iter().any(|word| text.contains(word))
        || template.resources.values().any(|it| is_others_text(it));
    if takes_others || template.may_add_outputs {
        return false;
    }
    let Some(mut texts) = texts_of(text) else { return false };
    for (name, declared) in &template.parameters {
        // The value of one that names an SSM parameter is what that holds.
        let known = value(name).filter(|_| !declared.parameter_type.starts_with("AWS::SSM::"));
        let Some(known) = known else { return false };
        texts.push(known);
    }
    // Where a reference begins, and where a list may be taken apart.
    let texts = || texts.iter().flat_map(|text| text.split("${")).flat_map(|text| text.split(','));
    texts().all(str::is_ascii)
        && answered.match_indices('?').all(|(at, _)| texts().any(|text| tells(text, answered, at)))
}

fn is_others_text(resource_type: &str) -> bool {
    !resource_type.starts_with("AWS::")
        || OTHERS_TEXTS.iter().any(|others| resource_type.starts_with(others))
}

/// Whether a `?` of a text stands there as the one at a place of an answer does.
fn tells(text: &str, answered: &str, at: usize) -> bool {
    let is_alike =
        |mut one: std::str::Chars<'_>, mut other: std::str::Chars<'_>, is_front: bool| {
            let mut next = || match is_front {
                true => (one.next_back(), other.next_back()),
                false => (one.next(), other.next()),
            };
            for alike in 0..TELLING {
                match next() {
                    // It was joined with something else there, or cut off.
                    (None, _) | (_, None) => return Some(alike),
                    (Some(one), Some(other)) if one == other => {}
                    // A reference ends there.
                    (Some('}'), Some(_)) if is_front => return Some(alike),
                    (Some(_), Some(_)) => return None,
                }
            }
            Some(TELLING)
        };
    text.match_indices('?').any(|(own, _)| {
        let front = is_alike(text[..own].chars(), answered[..at].chars(), true);
        let behind = is_alike(text[own + 1..].chars(), answered[at + 1..].chars(), false);
        front.zip(behind).is_some_and(|(front, behind)| front + behind > 0)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    const HEAD: &str = "Parameters: { Url: { Type: String } }\n\
                        Mappings: { Of: { one: { Url: 'https://a.example/?b=c' } } }\n\
                        Conditions: { Is: !Equals [!Ref Url, x] }\n\
                        Resources: { Topic: { Type: AWS::SNS::Topic } }\n";

    fn is_written(template: &str, answered: &str) -> bool {
        let file = Arc::new(SourceFile { path: "t.yaml".into(), text: template.to_owned() });
        let template = Template::parse(file).expect("a template");
        let value = |_: &str| Some("x?1,y?2".to_owned());
        is_written_in_ascii(&template, answered, value)
    }

    fn outputs(value: &str) -> String {
        format!("{HEAD}Outputs: {{ It: {{ Value: {value} }} }}\n")
    }

    #[test]
    fn a_question_mark_is_certain_where_it_is_written_and_nothing_else_could_be_answered_so() {
        for (value, answered) in [
            ("!FindInMap [Of, one, Url]", "https://a.example/?b=c"),
            ("!If [Is, 'why?', !Ref Topic]", "why?"),
            ("!Select [1, !Split [',', !Ref Url]]", "y?2"),
            ("!Join ['-', !Split [',', !Ref Url]]", "x?1-y?2"),
            ("!Sub 'https://${Topic}.example/?b'", "https://topic.example/?b"),
            ("!Sub '${Topic}?b=1'", "topic?b=1"),
            ("!GetAtt Topic.TopicName", "https://a.example/?b=c"),
        ] {
            assert!(is_written(&outputs(value), answered), "{value} {answered}");
        }
    }

    #[test]
    fn a_question_mark_is_doubted_where_it_is_not_written_so_or_something_comes_from_elsewhere() {
        let found = outputs("!FindInMap [Of, one, Url]");
        for answered in ["Gr??e", "https://a.example/?other", "?"] {
            assert!(!is_written(&found, answered), "{answered}");
        }
        let answered = "https://a.example/?b=c";
        for (from, to) in [
            ("AWS::SNS::Topic", "Custom::Text"),
            ("AWS::SNS::Topic", "AWS::CloudFormation::Stack"),
            ("Type: String", "Type: 'AWS::SSM::Parameter::Value<String>'"),
            ("Mappings:", "Metadata: { It: Größe }\nMappings:"),
            ("one: {", "one: { More: '{{resolve:ssm:name}}',"),
            ("Outputs: {", "Outputs: { Of: { Value: !ImportValue other },"),
            (
                "Outputs: {",
                "Outputs: { Of: { Value: { 'Fn::GetStackOutput': { StackName: s, OutputName: o } } },",
            ),
            ("Mappings:", "Transform: AWS::LanguageExtensions\nMappings:"),
        ] {
            let changed = found.replace(from, to);
            assert_ne!(changed, found, "{from}");
            assert!(!is_written(&changed, answered), "{to}");
        }
    }
}
