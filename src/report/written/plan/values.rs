//! A property that would change, in words: from what to what, and what makes it change.

use crate::event::{PropertyChange, Replacement};
use crate::report::text::prose;

/// So many characters of a value are shown.
const LONGEST: usize = 40;

/// So many of those that two values begin with are shown where what differs stands far behind.
const SHARED: usize = 8;

/// What CloudFormation writes for what it does not know yet.
///
/// Source: recorded from AWS.
const LATER: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// Returns what changes: `VisibilityTimeout 60 → 90 (parameter Timeout)`.
pub fn property(change: &PropertyChange) -> String {
    let mut text = prose::visible(change.place());
    if change.has_values() {
        let (before, after) = shortened(change.before.as_deref(), change.after.as_deref());
        text.push_str(&format!(" {before} → {after}"));
    }
    let comma = if change.has_values() { "," } else { "" };
    match change.replacement {
        Replacement::True => text.push_str(&format!("{comma} replaces it")),
        Replacement::Conditional => text.push_str(&format!("{comma} may replace it")),
        Replacement::False => {}
    }
    if let Some(cause) = &change.cause {
        text.push_str(&format!(" ({})", prose::one_line(cause)));
    }
    text
}

/// Returns two values as they are shown: of long ones, the place from which on they differ.
fn shortened(before: Option<&str>, after: Option<&str>) -> (String, String) {
    let shown = |value: Option<&str>| match value {
        None => "(none)".to_owned(),
        Some("") => "\"\"".to_owned(),
        Some(value) => prose::visible(&value.replace(LATER, "(known after apply)")),
    };
    let (before, after) = (shown(before), shown(after));
    let shared = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let is_long = |value: &String| value.chars().count() > LONGEST;
    let skipped = match is_long(&before) || is_long(&after) {
        true => shared.saturating_sub(SHARED),
        false => 0,
    };
    (window(&before, skipped), window(&after, skipped))
}

/// Returns what stands behind so many characters, and no more than is shown.
fn window(text: &str, skipped: usize) -> String {
    let length = text.chars().count();
    if skipped == 0 && length <= LONGEST {
        return text.to_owned();
    }
    let shown: String = text.chars().skip(skipped).take(LONGEST).collect();
    let head = if skipped > 0 { "…" } else { "" };
    let tail = if length > skipped + LONGEST { "…" } else { "" };
    format!("{head}{shown}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: Option<&str>, after: Option<&str>) -> String {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let change = PropertyChange {
            before: text(before),
            after: text(after),
            ..PropertyChange::new("Name", Replacement::False)
        };
        property(&change)
    }

    #[test]
    fn of_long_values_what_differs_is_shown() {
        let long = |end: &str| format!("{}{end}{}", "same ".repeat(40), "more ".repeat(40));
        assert_eq!(
            told(Some(&long("one")), Some(&long("two"))),
            "Name …me same onemore more more more more more… → …me same twomore more more more more \
             more…"
        );
    }

    #[test]
    fn what_is_not_there_or_not_known_yet_is_said() {
        assert_eq!(told(None, Some("5")), "Name (none) → 5");
        assert_eq!(told(Some(""), None), "Name \"\" → (none)");
        assert_eq!(told(Some("a"), Some(LATER)), "Name a → (known after apply)");
        assert_eq!(told(None, None), "Name");
    }

    #[test]
    fn a_value_starts_nothing() {
        let told = told(Some("\u{1b}[2J"), Some("a\n::error::b"));
        assert!(!told.contains(['\u{1b}', '\n']), "{told:?}");
    }
}
