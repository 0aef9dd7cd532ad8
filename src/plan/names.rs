//! Names that there are, where one that there is not was asked for.

use crate::document::quoted;

/// How many names are told where none was matched.
const MOST_NAMED: usize = 8;

/// Returns which names there are, as far as they can be read; `None` if there are none.
pub(super) fn there_is(what: &str, known: &[&str]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in known {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let shown =
        names.iter().take(MOST_NAMED).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!("the only {what} is {shown}")),
        count if count > MOST_NAMED => {
            Some(format!("{what}s are {shown} and {} more", count - MOST_NAMED))
        }
        _ => Some(format!("{what}s are {shown}")),
    }
}
