//! Reads `${…}` out of a text.
//!
//! `$${` stands for the characters `${`; a `$` before anything else is itself. References do not
//! stand inside each other.

use std::ops::Range;
use std::path::PathBuf;

use super::lookup::LookupKind;
use super::refused_reference::RefusedReference;
use super::text::{Piece, Reference, Text};
use super::{lookup_reference, output_reference};
use crate::document::{Fault, Place, nearest, quoted};
use crate::name::{TagKey, VariableName};

/// A text, what it refers to and where, and what is wrong with it.
pub(super) struct Parsed {
    /// The text, without the references that are faulty.
    pub text: Text,
    /// Its references with their places.
    pub references: Vec<(Reference, Place)>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl Text {
    /// Reads the references in `text`, which stands at `place`, and returns what is wrong with it.
    pub fn parse(text: &str, place: &Place) -> (Self, Vec<Fault>) {
        let parsed = parse(text, place);
        (parsed.text, parsed.faults)
    }
}

/// After how many faults the rest of a text is not looked at.
const MOST_FAULTS: usize = 50;

/// Reads `text`, which stands at `place`.
pub(super) fn parse(text: &str, place: &Place) -> Parsed {
    let mut parsed = Parsed {
        text: Text { pieces: Vec::new(), place: place.clone() },
        references: Vec::new(),
        faults: Vec::new(),
    };
    let first_byte = first_byte(text, place);
    let mut literal = String::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('$').map(|skipped| at + skipped) {
        literal.push_str(&text[at..start]);
        let rest = &text[start..];
        if rest.starts_with("$${") {
            literal.push_str("${");
            at = start + "$${".len();
        } else if rest.starts_with("${") {
            let length = length_of_reference(rest);
            at = start + length.unwrap_or(rest.len());
            let place = place_within(place, first_byte, start..at);
            let read = length.ok_or_else(RefusedReference::unterminated);
            match read.and_then(|_| reference(&text[start..at], &place)) {
                Ok(reference) => {
                    push_literal(&mut parsed.text.pieces, &mut literal);
                    parsed.text.pieces.push(Piece::Reference(reference.clone()));
                    parsed.references.push((reference, place));
                }
                Err(refusal) if parsed.faults.len() < MOST_FAULTS => {
                    parsed.faults.push(refusal.at(&place));
                }
                Err(_) => break,
            }
        } else {
            literal.push('$');
            at = start + 1;
        }
    }
    literal.push_str(&text[at..]);
    push_literal(&mut parsed.text.pieces, &mut literal);
    parsed
}

fn push_literal(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
}

/// Returns where `text` begins in its file, if it stands there letter by letter: a scalar with
/// escapes or over several lines does not.
fn first_byte(text: &str, place: &Place) -> Option<usize> {
    let written = place.file.text.get(place.span.clone())?;
    let quote = usize::from(written.starts_with(['"', '\'']));
    written.get(quote..)?.starts_with(text).then_some(place.span.start + quote)
}

fn place_within(place: &Place, first_byte: Option<usize>, span: Range<usize>) -> Place {
    match first_byte {
        Some(first) => {
            Place { file: place.file.clone(), span: first + span.start..first + span.end }
        }
        None => place.clone(),
    }
}

/// Returns the length of the reference that `text` begins with, up to the brace that closes it.
fn length_of_reference(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' => depth -= 1,
            '\n' if depth > 0 => return None,
            _ => continue,
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// Reads one reference, with its braces, which stands at `place`.
fn reference(written: &str, place: &Place) -> Result<Reference, RefusedReference> {
    let inner = &written["${".len()..written.len() - 1];
    let output =
        inner.strip_prefix("output:").map(|rest| rest.split_once('@').unwrap_or((rest, "")));
    let lookup = inner.split_once(':').and_then(|(word, _)| LookupKind::of_word(word));
    if lookup.is_none() && output.map_or(inner, |(output, _)| output).contains("${") {
        let help = "put the inner one into `variables` and refer to that";
        return Err(RefusedReference::new(
            "references do not stand inside each other",
            "one too many",
            help,
        ));
    }
    if let Some(name) = inner.strip_prefix("variables.") {
        let name: VariableName =
            name.parse().map_err(|_| RefusedReference::name::<VariableName>(name))?;
        return Ok(Reference::Variable(name.into()));
    }
    if let Some(key) = inner.strip_prefix("account.tags.") {
        let key: TagKey = key.parse().map_err(|_| RefusedReference::name::<TagKey>(key))?;
        return Ok(Reference::AccountTag(key.into()));
    }
    match (inner, inner.split_once(':')) {
        ("environment", _) => Ok(Reference::Environment),
        ("source.account", _) => Ok(Reference::SourceAccount),
        ("account.name", _) => Ok(Reference::AccountName),
        ("account.id", _) => Ok(Reference::AccountId),
        ("account.unit", _) => Ok(Reference::AccountUnit),
        ("region", _) => Ok(Reference::Region),
        ("partition", _) => Ok(Reference::Partition),
        (_, Some(("env", rest))) => env(rest),
        (_, Some(("file", rest))) => file(rest),
        (_, Some(("output", rest))) => {
            output_reference::read(rest, |scope| scope_text(scope, place))
        }
        (_, Some((_, rest))) if let Some(kind) = lookup => {
            lookup_reference::read(kind, rest, |text| scope_text(text, place))
        }
        _ => Err(unknown(inner)),
    }
}

/// Reads what follows `@` in a reference that stands at `place`, and holds references itself.
fn scope_text(written: &str, place: &Place) -> Result<Text, RefusedReference> {
    let parsed = parse(written, place);
    match parsed.faults.into_iter().next() {
        Some(Fault { message, help, .. }) => {
            Err(RefusedReference { message, label: "in this reference", help })
        }
        None => Ok(parsed.text),
    }
}

fn env(rest: &str) -> Result<Reference, RefusedReference> {
    let (name, default) = match rest.split_once(":-") {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (rest, None),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        Ok(Reference::Env { name: name.to_owned(), default })
    } else {
        let message = format!("{} is not the name of an environment variable", quoted(name));
        Err(RefusedReference::new(
            message,
            "in this reference",
            "it reads `${env:NAME}` or `${env:NAME:-default}`",
        ))
    }
}

fn file(rest: &str) -> Result<Reference, RefusedReference> {
    if rest.trim().is_empty() {
        Err(RefusedReference::new(
            "a file's path is missing",
            "in this reference",
            "it reads `${file:path}`, relative to this file",
        ))
    } else {
        Ok(Reference::File(PathBuf::from(rest)))
    }
}

/// References that stand for themselves.
const WORDS: [&str; 8] = [
    "environment",
    "source.account",
    "account.name",
    "account.id",
    "account.unit",
    "account.tags.KEY",
    "region",
    "partition",
];

/// What CloudFormation's pseudo parameters are called here.
const PSEUDO_PARAMETERS: [(&str, &str); 3] =
    [("AWS::AccountId", "account.id"), ("AWS::Partition", "partition"), ("AWS::Region", "region")];

fn unknown(inner: &str) -> RefusedReference {
    let meant = PSEUDO_PARAMETERS
        .iter()
        .find(|(name, _)| *name == inner)
        .map(|(_, ours)| (*ours).to_owned())
        .or_else(|| nearest(inner, WORDS).map(str::to_owned))
        .or_else(|| nearest_with_argument(inner));
    let help = match meant {
        Some(meant) => format!("did you mean `${{{meant}}}`?"),
        None => "write `$${` for the characters `${`; the references are `${environment}`, \
                 `${account.id}`, `${variables.x}`, `${env:X}`, `${output:stack.Key}` and the others \
                 in docs/environment-file.md"
            .to_owned(),
    };
    RefusedReference::new(
        format!("unknown reference {}", quoted(&format!("${{{inner}}}"))),
        "unknown",
        help,
    )
}

/// Returns `output:a.B` for `outputs:a.B`.
fn nearest_with_argument(inner: &str) -> Option<String> {
    let (head, argument) = inner.split_at(inner.find(['.', ':'])?);
    let argument = &argument[1..];
    if argument.is_empty() || argument.len() > 64 || argument.contains(char::is_control) {
        return None;
    }
    let head = nearest(head, ["variables", "env", "file", "output", "ssm", "secret", "external"])?;
    let separator = if head == "variables" { '.' } else { ':' };
    Some(format!("{head}{separator}{argument}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::document::SourceFile;
    use crate::environment::OutputScope;

    /// Reads a text that stands in its file after `before`.
    fn parsed(before: &str, text: &str) -> Parsed {
        let file = SourceFile { path: "x.yaml".into(), text: format!("{before}{text}") };
        let span = before.len()..before.len() + text.len();
        parse(text, &Place { file: Arc::new(file), span })
    }

    fn pieces(text: &str) -> Vec<Piece> {
        let parsed = parsed("", text);
        assert_eq!(parsed.faults, [], "{text}");
        parsed.text.pieces
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn references_and_literals_take_turns() {
        assert_eq!(
            pieces("a-${environment}-${variables.b}${account.id}"),
            [
                literal("a-"),
                Piece::Reference(Reference::Environment),
                literal("-"),
                Piece::Reference(Reference::Variable("b".to_owned())),
                Piece::Reference(Reference::AccountId),
            ]
        );
    }

    #[test]
    fn a_doubled_dollar_stands_for_the_characters() {
        for (text, says) in [
            ("$${AWS::Region}", "${AWS::Region}"),
            ("$$${x}", "$${x}"),
            ("cost: 5$", "cost: 5$"),
            ("$HOME and $$", "$HOME and $$"),
            ("{}", "{}"),
        ] {
            assert_eq!(pieces(text), [literal(says)], "{text}");
        }
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn the_default_of_an_environment_variable_may_be_anything_up_to_the_brace() {
        for (text, default) in
            [("${env:A}", None), ("${env:A:-}", Some("")), ("${env:A:-x:-y z{}", Some("x:-y z{"))]
        {
            let default = default.map(str::to_owned);
            let reference = Reference::Env { name: "A".to_owned(), default };
            assert_eq!(pieces(text), [Piece::Reference(reference)], "{text}");
        }
    }

    #[test]
    fn an_output_says_in_which_account_and_region() {
        let account = || "pay.ments".parse().expect("an account name");
        for (text, scope) in [
            ("${output:a-b.C}", OutputScope::Same),
            ("${output:a-b.C@*}", OutputScope::Everywhere),
            (
                "${output:a-b.C@*/eu-west-1}",
                OutputScope::EverywhereIn("eu-west-1".parse().expect("a Region")),
            ),
            (
                "${output:a-b.C@/eu-west-1}",
                OutputScope::Region("eu-west-1".parse().expect("a Region")),
            ),
            ("${output:a-b.C@pay.ments}", OutputScope::Account(account())),
            (
                "${output:a-b.C@pay.ments/eu-west-1}",
                OutputScope::AccountRegion(account(), "eu-west-1".parse().expect("a Region")),
            ),
        ] {
            let stack = "a-b".parse().expect("a stack key");
            let reference = Reference::Output { stack, key: "C".to_owned(), scope, part: None };
            assert_eq!(pieces(text), [Piece::Reference(reference)], "{text}");
        }
    }

    #[test]
    fn what_follows_the_place_of_an_output_may_refer_to_everything_but_outputs() {
        let found = pieces("${output:a.B@${account.name}/${variables.home}}");
        let [Piece::Reference(Reference::Output { scope: OutputScope::Written(text), .. })] =
            &found[..]
        else {
            panic!("{found:?}")
        };
        assert_eq!(text.pieces.len(), 3);
        for (text, says) in [
            ("${output:a.B@${output:c.D}}", "an output does not say in which account another one"),
            ("${output:a.B@${regoin}}", "unknown reference"),
            ("${output:${region}.B}", "references do not stand inside each other"),
            ("${output:a.B@}", "after `@` nothing follows"),
            ("${output:a.B@/eu-west-1#1/2}", "only a list from several places has parts"),
            ("${output:a.B@*#3/2}", "is not a part"),
        ] {
            let parsed = parsed("", text);
            assert!(parsed.faults[0].message.contains(says), "{text}: {:?}", parsed.faults);
        }
    }

    #[test]
    fn a_list_from_several_places_may_be_read_in_parts() {
        let part = |text: &str| match &pieces(text)[..] {
            [Piece::Reference(Reference::Output { part, .. })] => part.map(|part| part.to_string()),
            other => panic!("{other:?}"),
        };
        assert_eq!(part("${output:a.B@*#2/3}").as_deref(), Some("2/3"));
        assert_eq!(part("${output:a.B@*/eu-west-1#1/1}").as_deref(), Some("1/1"));
    }

    #[test]
    fn a_fault_is_shown_where_the_reference_stands() {
        let parsed = parsed("key: ", "a ${region} b ${regoin}");
        assert_eq!(parsed.references[0].1.span, 7..16);
        assert_eq!(parsed.faults[0].place.as_ref().expect("a place").span, 19..28);
    }

    proptest! {
        #[test]
        fn any_text_can_be_written_as_a_literal(text in "[${}a:.]{0,12}") {
            let escaped = text.replace("${", "$${");
            let expected = if text.is_empty() { Vec::new() } else { vec![literal(&text)] };
            prop_assert_eq!(pieces(&escaped), expected);
        }
    }
}
