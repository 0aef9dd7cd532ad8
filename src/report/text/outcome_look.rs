//! How an outcome looks to a reader: its words and its mark, one row for each.

use super::mark::Mark;
use crate::event::Outcome;

/// How an outcome looks.
pub struct OutcomeLook {
    /// The word for how a stack instance ended.
    pub word: &'static str,
    /// The word for how it would end.
    pub foreseen: &'static str,
    /// The mark, which has the colour as well.
    pub mark: Mark,
}

/// Returns how an outcome looks.
pub fn look(outcome: Outcome) -> OutcomeLook {
    let (word, foreseen, mark) = match outcome {
        Outcome::Created => ("created", "to create", Mark::Done),
        Outcome::Updated => ("updated", "to update", Mark::Done),
        Outcome::Deleted => ("deleted", "to delete", Mark::Done),
        Outcome::Unchanged => ("unchanged", "unchanged", Mark::Unchanged),
        Outcome::Failed => ("failed", "failed", Mark::Failed),
        Outcome::Skipped => ("skipped", "skipped", Mark::Skipped),
        Outcome::RolledBack => ("rolled back", "rolled back", Mark::RolledBack),
    };
    OutcomeLook { word, foreseen, mark }
}
