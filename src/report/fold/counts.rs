//! How many stack instances ended how.

use serde::Serialize;

use crate::event::Outcome;
use crate::report::text::outcome_look::look;

/// How many stack instances ended how; `summary` of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Stacks that were not there and are now.
    pub created: usize,
    /// Stacks that were changed.
    pub updated: usize,
    /// Stacks that were there and are no more.
    pub deleted: usize,
    /// Stacks that were already as asked for.
    pub unchanged: usize,
    /// Stacks that did not become as asked for.
    pub failed: usize,
    /// Stacks that were not started.
    pub skipped: usize,
    /// Stacks that were changed and put back.
    pub rolled_back: usize,
}

impl Counts {
    /// Returns the counts of `outcomes`.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.add(outcome);
        }
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        *self.of_outcome(outcome) += 1;
    }

    /// Returns how many there are in all.
    pub fn total(&self) -> usize {
        self.each().map(|(_, count)| count).sum()
    }

    /// Returns how many are not as the run wanted them.
    pub fn not_good(&self) -> usize {
        self.each().filter(|(outcome, _)| !outcome.is_good()).map(|(_, count)| count).sum()
    }

    /// Returns what is not zero, in words: `9 created, 3 unchanged`; empty if all is zero.
    pub fn in_words(&self) -> String {
        self.listed(|outcome| look(outcome).word)
    }

    /// Returns the same in words, with those named apart that were left `moving` and count as failed,
    /// and those that are `open`: not counted, as nothing is known of their end.
    pub fn in_words_with(&self, moving: usize, open: usize) -> String {
        let settled = Self { failed: self.failed.saturating_sub(moving), ..*self }.in_words();
        let named = [(moving, "still moving"), (open, "open")];
        let named = named.iter().filter(|(count, _)| *count > 0);
        let named = named.map(|(count, name)| format!("{count} {name}"));
        let parts = Some(settled).filter(|settled| !settled.is_empty()).into_iter().chain(named);
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Returns the same in words for what would be: `9 to create, 3 unchanged`.
    pub fn in_words_ahead(&self) -> String {
        self.listed(|outcome| look(outcome).foreseen)
    }

    fn of_outcome(&mut self, outcome: Outcome) -> &mut usize {
        match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Deleted => &mut self.deleted,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Failed => &mut self.failed,
            Outcome::Skipped => &mut self.skipped,
            Outcome::RolledBack => &mut self.rolled_back,
        }
    }

    /// Returns how many there are of each outcome.
    pub fn each(mut self) -> impl Iterator<Item = (Outcome, usize)> {
        Outcome::ALL.into_iter().map(move |outcome| (outcome, *self.of_outcome(outcome)))
    }

    fn listed(&self, word: impl Fn(Outcome) -> &'static str) -> String {
        let nonzero = self.each().filter(|(_, count)| *count > 0);
        let named = nonzero.map(|(outcome, count)| format!("{count} {}", word(outcome)));
        named.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_zero_is_said() {
        let counts = Counts::of([Outcome::Created, Outcome::RolledBack, Outcome::Created]);
        assert_eq!(counts.in_words(), "2 created, 1 rolled back");
        assert_eq!((counts.total(), counts.not_good()), (3, 1));
    }

    #[test]
    fn what_still_moves_has_not_failed_yet() {
        let counts = Counts::of([Outcome::Created, Outcome::Failed, Outcome::Failed]);
        assert_eq!(counts.in_words_with(1, 3), "1 created, 1 failed, 1 still moving, 3 open");
        assert_eq!(Counts::of([Outcome::Failed]).in_words_with(1, 0), "1 still moving");
    }
}
