//! Reading a template from a file, or from a text that is in memory.

use std::path::Path;
use std::sync::Arc;

use super::check::{Rule, Violation};
use super::model::{MOST_BYTES, Template, TemplateSections};
use super::{ambiguous, json, sections};
use crate::document::{
    self, Fault, Faults, LastKeyDocument, Node, NodeValue, Place, RepeatedKey, Severity, SourceFile,
};

impl Template {
    /// Reads the template at `path`, and finds all that is wrong with it, warnings included: a file that
    /// cannot be read or is over [`MOST_BYTES`], and every rule of templates that it breaks.
    ///
    /// A template with faults is returned as well unless a whole section may be missing in it: who looks
    /// further into it finds all faults at once.
    pub fn load_despite_faults(path: &Path) -> (Option<Self>, Vec<Fault>) {
        match document::read(path, MOST_BYTES).and_then(judged) {
            Err(Faults(faults)) => (None, faults),
            Ok((template, violations)) => {
                let is_whole = !violations.iter().any(may_hide_a_section);
                let faults = violations.into_iter().map(Fault::from).collect();
                (is_whole.then_some(template), faults)
            }
        }
    }

    /// Reads the template that `file` holds.
    ///
    /// # Errors
    /// A text that is no template, or one that breaks a rule: all faults at once.
    pub fn parse(file: Arc<SourceFile>) -> Result<Self, Faults> {
        let (template, violations) = judged(file)?;
        let is_refused = violations.iter().any(|found| found.severity == Severity::Error);
        let faults = violations.into_iter().map(Fault::from);
        if is_refused { Err(Faults(faults.collect())) } else { Ok(template) }
    }

    /// Returns what is known of a template at `path` that cannot be read: nothing.
    pub fn unknown(path: &Path) -> Self {
        let file = Arc::new(SourceFile { path: path.to_owned(), text: String::new() });
        let nothing = NodeValue::Mapping(Vec::new());
        let place = Place { file: file.clone(), span: 0..0 };
        let (template, _) = sections::read(&Node { place, tag: None, value: nothing }, file);
        let sections = Arc::unwrap_or_clone(template.sections);
        let sections = Arc::new(TemplateSections { may_add_outputs: true, ..sections });
        Self { sections, ..template }
    }

    /// Reads a template that CloudFormation accepted once: what is wrong with it by the rules of today is
    /// no matter.
    ///
    /// # Errors
    /// A text that is no template at all.
    pub fn parse_accepted(file: Arc<SourceFile>) -> Result<Self, Faults> {
        judged(file).map(|(template, _)| template)
    }
}

/// Returns the template that `file` holds, as far as it can be read, and every rule that it breaks.
///
/// # Errors
/// A text that is no template at all.
pub(crate) fn judged(file: Arc<SourceFile>) -> Result<(Template, Vec<Violation>), Faults> {
    let Document { document, commas, octal } = document_in(&file)?;
    let LastKeyDocument { root, repeated_keys, alias, merge_key, types } = document;
    if root.entries().is_none() {
        let message = format!("a template is a mapping of sections, not {}", root.kind());
        return Err(Fault::at(&root.place, message).into());
    }
    let (template, mut violations) = sections::read(&root, file);
    // What an alias is merged by is refused as one.
    violations.extend(merge_key.filter(|_| alias.is_none()).map(|place| merge_key_at(&place)));
    violations.extend(types.into_iter().map(yaml_type));
    violations.extend(alias.map(|place| Violation::at(&place, Rule::Alias)));
    violations.extend(repeated_keys.into_iter().map(repeated));
    violations.extend(commas.iter().map(last_comma));
    violations.extend(octal.into_iter().map(octal_number));
    violations.sort_by_key(|violation| violation.place.span.start);
    Ok((template, violations))
}

/// Whether more may be declared than could be read: a section is no mapping, or is misspelt.
fn may_hide_a_section(found: &Violation) -> bool {
    let is_misspelt = matches!(found.rule, Rule::UnknownSection { .. }) && found.help.is_some();
    let is_unread = matches!(found.rule, Rule::SectionShape { .. });
    found.severity == Severity::Error && (is_misspelt || is_unread)
}

fn repeated(RepeatedKey { key, first }: RepeatedKey) -> Violation {
    let first_line = key.place.file.line_and_column(first).0;
    let help = format!("CloudFormation takes this one, not that of line {first_line}");
    let rule = Rule::RepeatedKey { key: key.text };
    Violation::at(&key.place, rule).with_help(help).into_warning()
}

// CloudFormation's user guide rules both out ("AWS CloudFormation template formats", YAML); what it does with them
// was not seen.
fn merge_key_at(place: &Place) -> Violation {
    let help =
        "write out what it merges: CloudFormation's documentation rules merge keys out".to_owned();
    Violation::at(place, Rule::MergeKey).with_help(help).into_warning()
}

fn yaml_type((name, place): (String, Place)) -> Violation {
    let help = "write it as text or as a list: CloudFormation's documentation rules such types out"
        .to_owned();
    Violation::at(&place, Rule::YamlType { name }).with_help(help).into_warning()
}

fn last_comma(place: &Place) -> Violation {
    let help = "CloudFormation has been seen to take it; take it away for all others".to_owned();
    Violation::at(place, Rule::LastComma).with_help(help).into_warning()
}

fn octal_number((written, place): (String, Place)) -> Violation {
    let help = "put it in quotes".to_owned();
    Violation::at(&place, Rule::Octal { written }).with_help(help).into_warning()
}

/// Reads the YAML or JSON document that `file` holds, as CloudFormation does: of keys given twice the last
/// counts, words are truths as in YAML 1.1, and a text that begins with `{` is JSON, in which a key without
/// quotes is an error.
///
/// # Errors
/// As [`document::parse_last_key`], and for what is not JSON although it begins so.
pub(crate) fn tree(file: &Arc<SourceFile>) -> Result<Node, Faults> {
    document_in(file).map(|Document { document, .. }| document.root)
}

/// A template's document, as CloudFormation reads it.
struct Document {
    document: LastKeyDocument,
    /// Where commas stand that JSON does not have.
    commas: Vec<Place>,
    /// The ids of accounts that may be read as octal numbers.
    octal: Vec<(String, Place)>,
}

fn document_in(file: &Arc<SourceFile>) -> Result<Document, Faults> {
    let mut document = document::parse_last_key(file)?;
    let octal = ambiguous::resolve(&mut document.root);
    let text = &file.text;
    if !text.trim_start().starts_with('{') {
        return Ok(Document { document, commas: Vec::new(), octal });
    }
    let commas = json::last_commas(text).map_err(|fault| {
        let place = Place { file: file.clone(), span: fault.at..(fault.at + 1).min(text.len()) };
        Fault::at(&place, format!("this is not JSON: {}", fault.message))
            .with_label("reading stops here")
            .with_help("CloudFormation reads a text that begins with `{` as JSON")
    })?;
    let place = |at: usize| Place { file: file.clone(), span: at..at + 1 };
    Ok(Document { document, commas: commas.into_iter().map(place).collect(), octal })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        let file = SourceFile { path: "app.json".into(), text: text.to_owned() };
        Template::parse(Arc::new(file)).expect_err("a fault")
    }

    #[test]
    fn a_key_without_quotes_is_no_json() {
        let text = "{\n  \"Resources\": {\n    A: {\"Type\": \"AWS::SQS::Queue\"},\n  }\n}\n";
        insta::assert_snapshot!(faults(text).render(false, 80));
    }

    #[test]
    fn a_comma_at_the_end_is_told_and_taken() {
        let text = "{\n  \"Resources\": {\n    \"A\": {\"Type\": \"AWS::SQS::Queue\",}\n  },\n}\n";
        let file = Arc::new(SourceFile { path: "app.json".into(), text: text.to_owned() });
        let (template, violations) = judged(file.clone()).expect("a template");
        assert_eq!(template.resources["A"], "AWS::SQS::Queue");
        let places = violations.iter().map(|found| file.line_and_column(found.place.span.start));
        assert_eq!(places.collect::<Vec<_>>(), [(3, 36), (4, 4)]);
        assert!(violations.iter().all(|found| found.severity == Severity::Warning));
    }

    #[test]
    fn what_was_accepted_once_is_read_whatever_is_wrong_with_it() {
        let text = "Resources: {A-B: {Type: AWS::SNS::Topics}}\n".to_owned();
        let file = Arc::new(SourceFile { path: "t".into(), text });
        assert!(Template::parse(file.clone()).is_err());
        assert_eq!(Template::parse_accepted(file).expect("read").resources.len(), 1);
    }
}
