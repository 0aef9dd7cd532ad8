//! Unnamed parameters: what becomes of those of a template that the file does not name. They keep their
//! previous value, or take the template's default; one without either is told before the call.

use crate::cloud::{FoundParameter, Stack};
use crate::document::quoted;
use crate::event::{Failure, FailureKind};
use crate::foreign::one_line;
use crate::plan::DesiredStack;

/// The longest value that a note shows, in characters.
const MOST_SHOWN: usize = 60;

/// Refuses to create or update a stack without a value that it needs; `found` is the stack that keeps
/// its values, if one stands.
///
/// # Errors
/// With the names of the parameters that have no value.
pub(super) fn check<V>(desired: &DesiredStack<V>, found: Option<&Stack>) -> Result<(), Failure> {
    let has_value = |name: &str| kept(found, name).is_some();
    let missing: Vec<String> = desired
        .unnamed_parameters()
        .filter(|(name, declared)| !declared.has_default && !has_value(name))
        .map(|(name, _)| quoted(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (noun, verb) = match missing.len() {
        1 => ("parameter", "has"),
        _ => ("parameters", "have"),
    };
    let why = match found {
        Some(_) => "the stack does not have it yet",
        None => "the stack does not stand yet, so that there is none to keep",
    };
    let message = format!("the {noun} {} {verb} no value: {why}", missing.join(", "));
    let help = "name it under the stack's `parameters`, or give it a Default in the template";
    Err(Failure::new(FailureKind::Refused, message).with_help(help))
}

/// Says which values a stack keeps though the template's default is another one now.
pub(super) fn notes<V>(desired: &DesiredStack<V>, found: &Stack) -> Vec<String> {
    let differing = desired.unnamed_parameters().filter_map(|(name, declared)| {
        let kept = kept(Some(found), name)?.value.as_deref()?;
        let default = declared.default.as_deref()?;
        // What is no ASCII, AWS shows as question marks: then nobody can say.
        let is_shown = default.is_ascii() && !declared.is_secret;
        (is_shown && !is_same(kept, default)).then(|| {
            format!(
                "{name} keeps {}; the template's default is now {}",
                short(kept),
                short(default)
            )
        })
    });
    differing.collect()
}

fn kept<'s>(found: Option<&'s Stack>, name: &str) -> Option<&'s FoundParameter> {
    found?.parameters.iter().find(|parameter| parameter.name == name)
}

/// Whether two values are the same to CloudFormation, as far as that can be said: `1` and `1.0` are
/// written by different tools.
fn is_same(kept: &str, default: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    kept == default
        || kept.eq_ignore_ascii_case(default) && matches!(default, "true" | "false")
        || number(kept).zip(number(default)).is_some_and(|(kept, default)| kept == default)
}

fn short(value: &str) -> String {
    let line = one_line(value);
    match line.char_indices().nth(MOST_SHOWN) {
        _ if line.is_empty() => "an empty value".to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_booleans_written_differently_are_the_same() {
        for (kept, default, same) in [
            ("1", "1.0", true),
            ("true", "true", true),
            ("True", "true", true),
            ("Yes", "yes", false),
            ("1", "2", false),
            ("", "0", false),
        ] {
            assert_eq!(is_same(kept, default), same, "{kept} {default}");
        }
    }
}
