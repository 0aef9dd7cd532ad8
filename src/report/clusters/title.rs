//! A cause in a few words: in ours where AWS's wording is known, else in those of the failure.

use super::mask::{Names, masked};
use super::reason::Reason;
use crate::event::Failure;
use crate::policy::{Denial, resource_of};
use crate::report::text::words;

/// Longer sentences are cut.
const LONGEST: usize = 160;

/// Sentences with fewer words are too vague to stand alone: `Rate exceeded`.
const FEWEST_WORDS: usize = 4;

/// What CloudFormation puts before the words of a custom resource, which are what matters.
const CUSTOM_RESOURCE: &str =
    "Received response status [FAILED] from custom resource. Message returned: ";

/// A cause in a few words, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseTitle {
    /// The cause, on one line.
    pub title: String,
    /// Whether the title leaves out nothing but ids.
    pub is_whole: bool,
    /// What mends it.
    pub help: Option<String>,
}

/// Returns `failure`, which has that `reason`, in a few words; what `names` names is masked, if it is
/// given.
pub fn cause_title(failure: &Failure, reason: &Reason, names: Option<&Names>) -> CauseTitle {
    let mask = |text: &str| names.map_or_else(|| text.to_owned(), |names| masked(text, names));
    let reason = Reason { text: mask(&reason.text), ..reason.clone() };
    let help = failure.help.as_deref().map(mask);
    let own = |title: String, remedy: Option<String>| CauseTitle {
        title,
        is_whole: false,
        help: joined(remedy, help.clone()),
    };
    let text = reason.text.as_str();
    if let Some(title) = role_refused(text) {
        return own(title, None);
    }
    if let Some(denial) = Denial::read(text) {
        return own(denial.title(), denial.remedy());
    }
    if let Some(title) = taken(text) {
        return CauseTitle { title, is_whole: true, help };
    }
    if let Some(title) = taken_by_stack(text) {
        return own(title, None);
    }
    let text = text.replacen(CUSTOM_RESOURCE, "custom resource failed: ", 1);
    let (sentence, is_whole) = sentence(&shortened(&text));
    CauseTitle { title: placed(&sentence, &reason), is_whole, help }
}

/// Returns a failure in a few words, with its resource unless they name it.
pub fn brief(failure: &Failure) -> String {
    let cause_title = cause_title(failure, &Reason::of(failure), None);
    words::with_resource(&cause_title.title, failure.resource.as_deref())
}

/// Returns the title of a role that cannot be assumed, as `cloud` words it.
fn role_refused(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(" may not assume arn:")?;
    let (role, rest) = rest.split_once(": ")?;
    let role = role.rsplit('/').next()?;
    let (code, rest) = rest.split_once(": ")?;
    let title = format!("role {role} cannot be assumed");
    Some(match Denial::read(rest).and_then(|denial| denial.by()) {
        Some(by) if by.starts_with(':') => title + &by,
        Some(by) => format!("{title}: denied{by}"),
        None => format!("{title} ({code})"),
    })
}

/// Returns the title of a resource whose name is taken.
fn taken(text: &str) -> Option<String> {
    let (resource_type, rest) =
        text.strip_prefix("Resource of type '")?.split_once("' with identifier '")?;
    let name = rest.strip_suffix("' already exists")?;
    Some(format!("{resource_type} {name} already exists"))
}

/// Returns the title of a resource whose name another stack of the account holds.
fn taken_by_stack(text: &str) -> Option<String> {
    let (name, stack) = text.split_once(" already exists in stack arn:")?;
    let stack = stack.split_once(":stack/")?.1.split('/').next()?;
    Some(format!("{name} already exists in the stack {stack}"))
}

/// Returns `text` with each ARN cut to the part that names the resource in its account.
fn shortened(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let Some((before, arn)) = word.find("arn:").map(|at| word.split_at(at)) else {
            words.push(word.to_owned());
            continue;
        };
        let resource = resource_of(arn);
        let said = words.last().is_some_and(|word| resource.starts_with(&format!("{word}/")));
        let name = match resource.split_once('/') {
            // The last part of a stack's ARN is random.
            Some(("stack", stack)) => stack.split('/').next().unwrap_or(stack),
            Some((_, name)) if said => name,
            Some(_) | None => resource,
        };
        // CloudFormation writes `Stack:arn:…`.
        words.push(if before == "Stack:" {
            format!("stack {name}")
        } else {
            format!("{before}{name}")
        });
    }
    words.join(" ")
}

/// Returns the first sentence, and whether it is all there is.
fn sentence(text: &str) -> (String, bool) {
    let end = text
        .match_indices(". ")
        .map(|(at, _)| at)
        .find(|&at| at >= 20 && text[at + 2..].starts_with(|c: char| c.is_uppercase()));
    let first = &text[..end.unwrap_or(text.len())];
    match first.char_indices().nth(LONGEST) {
        Some((at, _)) => (format!("{}..", first[..at].trim_end()), false),
        None => (first.to_owned(), end.is_none()),
    }
}

/// Returns a sentence with the call it is about and, if it is vague, its code and service.
fn placed(sentence: &str, reason: &Reason) -> String {
    let is_vague = sentence.split_whitespace().count() < FEWEST_WORDS;
    let parts = [&reason.service, &reason.code].into_iter().flatten().filter(|_| is_vague);
    let parts: Vec<&str> = parts.map(String::as_str).filter(|p| !sentence.contains(p)).collect();
    let aside = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(" ")) };
    match &reason.operation {
        Some(operation) => format!("{operation}: {sentence}{aside}"),
        None => format!("{sentence}{aside}"),
    }
}

/// Returns the remedy for what IAM refused with what the engine says to do after it.
fn joined(remedy: Option<String>, help: Option<String>) -> Option<String> {
    let Some(remedy) = remedy else { return help };
    if help.as_deref().is_some_and(|help| help.contains(&remedy)) {
        return help;
    }
    // What the engine offers for any denial says less than the remedy.
    let after = help.as_deref().and_then(|help| help.split_once("mend the cause and "));
    Some(match after {
        Some(("", then)) => format!("{remedy}, then {then}"),
        Some((stands, then)) => {
            format!("{remedy}, then {then} ({})", stands.trim_end_matches("; "))
        }
        None => format!("{remedy}, then run again"),
    })
}
