//! Differences in a few words: long values are cut where they are the same.

use crate::event::DriftedProperty;
use crate::report::text::prose::one_line;

/// The most characters of a value that are shown.
const MOST: usize = 48;
/// So many characters stand before the first that differs, where the start of a value is cut away.
const BEFORE: usize = 12;
/// What stands for what was cut away.
const CUT: char = '…';

/// Returns a difference: `VisibilityTimeout 60 → 300`.
pub fn difference(property: &DriftedProperty) -> String {
    let name = one_line(&property.name);
    let (expected, actual) = (&property.expected, &property.actual);
    match (expected.as_deref().map(one_line), actual.as_deref().map(one_line)) {
        (Some(expected), Some(actual)) => {
            let start = start_of_difference(&expected, &actual);
            format!("{name} {} → {}", shown(&expected, start), shown(&actual, start))
        }
        (Some(expected), None) => format!("{name} {} → removed", shown(&expected, 0)),
        (None, Some(actual)) => format!("{name} added: {}", shown(&actual, 0)),
        (None, None) => format!("{name} differs"),
    }
}

/// Returns from which character on two values are shown.
fn start_of_difference(one: &str, other: &str) -> usize {
    let is_short = |text: &str| text.chars().count() <= MOST;
    if is_short(one) && is_short(other) {
        return 0;
    }
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    if same <= BEFORE * 2 { 0 } else { same - BEFORE }
}

fn shown(value: &str, start: usize) -> String {
    if value.is_empty() {
        return "\"\"".to_owned();
    }
    let mut rest = value.chars().skip(start);
    let mut shown: String = if start > 0 { CUT.to_string() } else { String::new() };
    shown.extend(rest.by_ref().take(MOST));
    if rest.next().is_some() {
        shown.push(CUT);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: Option<&str>, actual: Option<&str>) -> String {
        let (expected, actual) = (expected.map(str::to_owned), actual.map(str::to_owned));
        difference(&DriftedProperty { name: "Name".to_owned(), expected, actual })
    }

    #[test]
    fn a_difference_says_what_was_expected_and_what_is_there() {
        assert_eq!(told(Some("60"), Some("300")), "Name 60 → 300");
        assert_eq!(told(Some("60"), None), "Name 60 → removed");
        assert_eq!(told(None, Some("a")), "Name added: a");
        assert_eq!(told(Some(""), Some("a\n::b")), "Name \"\" → a ::b");
    }

    #[test]
    fn long_values_are_cut_so_that_the_difference_is_seen() {
        let long = |end: &str| format!("{}{end}", "x".repeat(100));
        let text = told(Some(&long("one")), Some(&long("another")));
        assert_eq!(text, "Name …xxxxxxxxxxxxone → …xxxxxxxxxxxxanother");
        let text = told(Some(&"a".repeat(100)), Some("b"));
        assert_eq!(text, format!("Name {}… → b", "a".repeat(48)));
    }
}
