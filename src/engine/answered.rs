//! What CloudFormation's answers leave uncertain: they hold `?` for every character outside ASCII, while the
//! stack and its resources hold the character.
//!
//! A `?` is therefore never sent back as what stood before where it may stand for something else: what runs
//! sent is kept, as far as an answer does not show it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cloud::Stack;
use crate::document::{Node, NodeValue, SourceFile};
use crate::event::{PriorStack, SentTexts, UncertainPart};
use crate::plan::DesiredStack;
use crate::template;

/// Whether a text of an answer may have been another one when it was sent.
pub(super) fn is_uncertain(answered: &str) -> bool {
    answered.contains('?')
}

/// Returns why a text that holds `?` is given to no other stack; `what` names it.
pub(super) fn doubt(what: &str) -> String {
    format!(
        "{what} holds `?`, which may stand for a character outside ASCII: CloudFormation answers `?` for those"
    )
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
    let alarms = before.rollback_alarms.iter().filter(|arn| is_uncertain(arn));
    let alarms = alarms.map(|arn| UncertainPart::RollbackAlarm(arn.clone()));
    template.into_iter().chain(parameters).chain(tags).chain(alarms).collect()
}

/// Puts what an earlier run sent in the place of an uncertain part that was read, if it reads so; returns
/// whether the part is certain then.
pub(super) fn is_known(part: &UncertainPart, sent: &SentTexts, before: &mut PriorStack) -> bool {
    match part {
        // What was sent as it is known by its digest only.
        UncertainPart::Template => false,
        UncertainPart::RollbackAlarm(arn) => {
            // Of two ARNs that read the same, it is not known which stands where.
            let mut reading_so = sent.rollback_alarms.iter().filter(|it| as_answered(it) == *arn);
            let (Some(sent_arn), None) = (reading_so.next(), reading_so.next()) else {
                return false;
            };
            let mut read = before.rollback_alarms.iter_mut();
            read.find(|read| *read == arn).is_some_and(|read| {
                read.clone_from(sent_arn);
                true
            })
        }
        UncertainPart::Parameter(name) => {
            let read = before.parameters.get_mut(name).and_then(Option::as_mut);
            let (Some(read), Some(text)) = (read, sent.parameters.get(name)) else { return false };
            let is_it = as_answered(text) == *read;
            if is_it {
                read.clone_from(text);
            }
            is_it
        }
        UncertainPart::Tag(key) => {
            let Some(read) = before.tags.get(key) else { return false };
            // Of two keys that read the same, an answer shows one.
            let mut reading_so = sent.tags.iter().filter(|(sent, _)| as_answered(sent) == *key);
            let (Some((sent_key, value)), None) = (reading_so.next(), reading_so.next()) else {
                return false;
            };
            if as_answered(value) != *read {
                return false;
            }
            before.tags.remove(key);
            before.tags.insert(sent_key.clone(), value.clone());
            true
        }
    }
}

/// Returns the digest of the template of a stack, if that is the one that was sent for sure; nothing where an
/// older version kept the stack and did not look.
pub(super) fn known_template(before: &PriorStack) -> Option<&str> {
    let is_known = !before.uncertain.as_ref()?.contains(&UncertainPart::Template);
    before.template.as_deref().filter(|_| is_known)
}

/// Returns the texts of a stack that a reader of AWS's answers would not know, as far as they are known;
/// nothing where an older version kept the stack and did not look.
pub(super) fn known_texts(before: &PriorStack) -> Option<SentTexts> {
    let uncertain = before.uncertain.as_ref()?;
    let is_known = |part: UncertainPart| !uncertain.contains(&part);
    let parameters = before.parameters.iter().filter_map(|(name, value)| {
        let value = value.as_ref().filter(|value| is_uncertain(&as_answered(value)))?;
        let is_known = is_known(UncertainPart::Parameter(name.clone()));
        is_known.then(|| (name.clone(), value.clone()))
    });
    let tags = before.tags.iter().filter(|(key, value)| {
        let differs = is_uncertain(&as_answered(key)) || is_uncertain(&as_answered(value));
        differs && is_known(UncertainPart::Tag((*key).clone()))
    });
    let tags = tags.map(|(key, value)| (key.clone(), value.clone()));
    let alarms = before.rollback_alarms.iter().filter(|arn| {
        is_uncertain(&as_answered(arn)) && is_known(UncertainPart::RollbackAlarm((*arn).clone()))
    });
    Some(SentTexts {
        parameters: parameters.collect(),
        tags: tags.collect(),
        rollback_alarms: alarms.cloned().collect(),
    })
}

/// Returns the texts that a create or an update leaves in a stack and that AWS's answers will not show:
/// those that it sends, and of the stack found those that stay; `known` is what was sent for that one.
pub(super) fn texts_after(
    request: &DesiredStack<String>,
    found: Option<&Stack>,
    known: Option<&SentTexts>,
) -> SentTexts {
    let differs = |text: &str| is_uncertain(&as_answered(text));
    let mut texts = SentTexts::default();
    for given in request.parameters.iter().filter(|it| !it.is_secret && differs(&it.value)) {
        texts.parameters.insert(given.name.clone(), given.value.clone());
    }
    for (name, declared) in request.unnamed_parameters().filter(|(_, it)| !it.is_secret) {
        let kept = found.and_then(|found| found.parameters.iter().find(|it| it.name == name));
        let value = match kept {
            Some(kept) => known
                .and_then(|known| known.parameters.get(name))
                .filter(|text| kept.value.as_deref() == Some(as_answered(text).as_str())),
            None => declared.default.as_ref().filter(|default| differs(default)),
        };
        texts.parameters.extend(value.map(|value| (name.to_owned(), value.clone())));
    }
    match (&request.tags, found, known) {
        (Some(tags), ..) => {
            let differing = tags.iter().filter(|(key, value)| differs(key) || differs(value));
            texts.tags.extend(differing.cloned());
        }
        (None, Some(_), Some(known)) => texts.tags.clone_from(&known.tags),
        (None, ..) => {}
    }
    match (&request.rollback_alarms, found, known) {
        (Some(alarms), ..) => {
            let differing = alarms.iter().filter(|arn| differs(arn));
            texts.rollback_alarms.extend(differing.cloned());
        }
        (None, Some(_), Some(known)) => texts.rollback_alarms.clone_from(&known.rollback_alarms),
        (None, ..) => {}
    }
    texts
}

/// Returns a text as CloudFormation answers it.
pub(super) fn as_answered(sent: &str) -> String {
    sent.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

/// Whether a text of a template is so; comments and descriptions reach nothing and do not count. A template
/// that cannot be read counts as a whole.
fn holds(template: &str, is_so: &impl Fn(&str) -> bool) -> bool {
    if !is_so(template) {
        return false;
    }
    let file = Arc::new(SourceFile { path: "template".into(), text: template.to_owned() });
    match template::tree(&file) {
        Ok(root) => any_text(&root, Position::Template, is_so),
        Err(_) => true,
    }
}

/// Returns all texts of a template but its comments and descriptions; nothing if it cannot be read.
pub(super) fn texts_of(template: &str) -> Option<Vec<String>> {
    let file = Arc::new(SourceFile { path: "template".into(), text: template.to_owned() });
    let root = template::tree(&file).ok()?;
    let texts = RefCell::new(Vec::new());
    let is_never = |text: &str| {
        texts.borrow_mut().push(text.to_owned());
        false
    };
    any_text(&root, Position::Template, &is_never);
    Some(texts.into_inner())
}

/// Where in a template a value stands, as far as descriptions go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It is the template.
    Template,
    /// It is the section `Parameters` or `Outputs`, whose keys are names.
    Declarations,
    /// It declares a parameter or an output.
    Declaration,
    /// It is something that has no description of its own.
    Elsewhere,
}

impl Position {
    /// Returns where the value of a key stands, if this is where its mapping does.
    fn below(self, key: &str) -> Self {
        match self {
            Self::Template if matches!(key, "Parameters" | "Outputs") => Self::Declarations,
            Self::Declarations => Self::Declaration,
            Self::Template | Self::Declaration | Self::Elsewhere => Self::Elsewhere,
        }
    }

    /// Whether a key of the mapping that stands here gives it its description.
    fn is_description(self, key: &str, value: &Node) -> bool {
        let is_text = value.tag.is_none() && matches!(value.value, NodeValue::Scalar { .. });
        matches!(self, Self::Template | Self::Declaration) && key == "Description" && is_text
    }
}

fn any_text(node: &Node, position: Position, is_so: &impl Fn(&str) -> bool) -> bool {
    match &node.value {
        NodeValue::Scalar { text, .. } => is_so(text),
        NodeValue::Sequence(items) => {
            items.iter().any(|item| any_text(item, Position::Elsewhere, is_so))
        }
        NodeValue::Mapping(entries) => entries.iter().any(|(key, value)| {
            !position.is_description(&key.text, value)
                && (is_so(&key.text) || any_text(value, position.below(&key.text), is_so))
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

    #[test]
    fn a_description_is_one_only_where_it_describes_and_not_where_it_is_a_name() {
        let of = |text: &str| holds(text, &is_uncertain);
        for described in [
            "Description: why?\n",
            "Parameters: { Name: { Type: String, Description: why? } }\n",
            "Outputs: { Name: { Value: one, Description: why? } }\n",
            "Outputs: { Description: { Value: one, Description: why? } }\n",
        ] {
            assert!(!of(described), "{described}");
        }
        for named in [
            "Mappings: { Description: { one: { two: Gr??e } } }\n",
            "Mappings: { Some: { Description: { two: Gr??e } } }\n",
            "Mappings: { Some: { one: { Description: Gr??e } } }\n",
            "Resources: { Description: { Properties: { DisplayName: Gr??e } } }\n",
            "Resources: { Topic: { Description: Gr??e } }\n",
            "Resources: { Key: { Properties: { Description: Gr??e } } }\n",
            "Parameters: { Description: { Type: String, Default: Gr??e } }\n",
            "Outputs: { Description: { Value: Gr??e } }\n",
        ] {
            assert!(of(named), "{named}");
        }
    }

    /// Returns a stack as it was read with a rollback alarm.
    fn with_alarm(arn: &str) -> PriorStack {
        let before = serde_json::json!({
            "instance": {
                "environment": "prod", "account": "dev", "region": "eu-central-1", "stack": "app"
            },
            "stack_id": "app", "parameters": {}, "tags": {}, "rollback_alarms": ["plain", arn],
            "uncertain": [], "termination_protection": false,
        });
        serde_json::from_value(before).expect("a note")
    }

    #[test]
    fn a_rollback_alarm_is_known_where_one_was_sent_that_reads_so() {
        let part = UncertainPart::RollbackAlarm("alarm:Gr??e".to_owned());
        let put_back = |sent: &[&str]| {
            let rollback_alarms = sent.iter().map(|arn| (*arn).to_owned()).collect();
            let sent = SentTexts { rollback_alarms, ..SentTexts::default() };
            let mut before = with_alarm("alarm:Gr??e");
            is_known(&part, &sent, &mut before).then_some(before)
        };
        for arn in ["alarm:Größe", "alarm:Gr??e"] {
            let before = put_back(&[arn, "alarm:why?"]).expect("it was sent");
            assert_eq!(before.rollback_alarms, ["plain", arn]);
            let texts = known_texts(&before).expect("it was looked at");
            assert_eq!(texts.rollback_alarms, BTreeSet::from([arn.to_owned()]));
        }
        assert!(put_back(&["alarm:why?"]).is_none());
        assert!(put_back(&["alarm:Größe", "alarm:Gräße"]).is_none(), "either may stand there");
    }

    #[test]
    fn a_rollback_alarm_is_uncertain_where_a_question_mark_stands_in_it() {
        let of = |arn: &str| uncertain_parts(&with_alarm(arn), None);
        let arn = "arn:aws:cloudwatch:eu-central-1:100000000001:alarm:Gr??e";
        assert_eq!(of(arn), BTreeSet::from([UncertainPart::RollbackAlarm(arn.to_owned())]));
        assert!(of("arn:aws:cloudwatch:eu-central-1:100000000001:alarm:size").is_empty());
    }
}
