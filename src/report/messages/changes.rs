//! What would change in a stack, in words: what is lost stands in capitals.

use std::collections::BTreeMap;

use crate::event::{ChangeAction, Preview, Replacement, ResourceChange};

/// Returns the word for what is done to a resource, in capitals where one is lost.
pub fn word(change: &ResourceChange) -> &'static str {
    match (change.action, change.replacement) {
        (ChangeAction::Add, _) => "add",
        (ChangeAction::Import, _) => "import",
        (ChangeAction::Dynamic, _) => "unknown",
        (ChangeAction::Remove, _) if change.retained => "let go",
        (ChangeAction::Remove, _) => "REMOVE",
        (ChangeAction::Modify, Some(Replacement::True)) => "REPLACE",
        (ChangeAction::Modify, Some(Replacement::Conditional)) => "REPLACE?",
        (ChangeAction::Modify, Some(Replacement::False) | None) => "change",
    }
}

/// Returns how soon a change is told: what is lost first.
pub fn weight(change: &ResourceChange) -> usize {
    let words = ["REMOVE", "REPLACE", "REPLACE?", "let go", "unknown", "change", "import", "add"];
    let word = word(change);
    words.iter().position(|other| *other == word).unwrap_or(words.len())
}

/// Returns what would change in few words: `1 to REMOVE, 2 to change`; empty if nothing would.
pub fn in_short(preview: &Preview) -> String {
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for change in &preview.changes {
        *counts.entry((weight(change), word(change))).or_default() += 1;
    }
    let part = |((_, word), count): (&(usize, &str), &usize)| format!("{count} to {word}");
    counts.iter().map(part).collect::<Vec<_>>().join(", ")
}
