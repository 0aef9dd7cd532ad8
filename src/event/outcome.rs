//! How a stack instance ended, and how a run.

use serde::{Deserialize, Serialize};

/// How a stack instance ended; of a plan, how it would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The stack was not there and is now.
    Created,
    /// The stack was changed.
    Updated,
    /// The stack was there and is no more.
    Deleted,
    /// The stack is already as asked for.
    Unchanged,
    /// It did not become as asked for.
    Failed,
    /// It was not started.
    Skipped,
    /// It was changed by this run and put back.
    RolledBack,
}

/// What an outcome means for whoever reads a run: what is asked of outcomes is asked of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// The stack is as asked for, and was not before.
    Changed,
    /// The stack is as asked for, and was before.
    Unchanged,
    /// The stack was worked on and is not as asked for.
    Failed,
    /// Nothing was done.
    Skipped,
}

impl Outcome {
    /// Every outcome, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Updated,
        Self::Deleted,
        Self::Unchanged,
        Self::Failed,
        Self::Skipped,
        Self::RolledBack,
    ];

    /// Returns the word that stands in JSON, and what the outcome means: one row for each.
    fn row(self) -> (&'static str, OutcomeKind) {
        match self {
            Self::Created => ("created", OutcomeKind::Changed),
            Self::Updated => ("updated", OutcomeKind::Changed),
            Self::Deleted => ("deleted", OutcomeKind::Changed),
            Self::Unchanged => ("unchanged", OutcomeKind::Unchanged),
            Self::Failed => ("failed", OutcomeKind::Failed),
            Self::Skipped => ("skipped", OutcomeKind::Skipped),
            Self::RolledBack => ("rolled-back", OutcomeKind::Failed),
        }
    }

    /// Returns what the outcome means.
    pub fn kind(self) -> OutcomeKind {
        self.row().1
    }

    /// Whether the stack instance is as the run wanted it.
    pub fn is_good(self) -> bool {
        match self.kind() {
            OutcomeKind::Changed | OutcomeKind::Unchanged => true,
            OutcomeKind::Failed | OutcomeKind::Skipped => false,
        }
    }

    /// Returns the word that the report uses.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    /// Every stack instance is as the run wanted it.
    Succeeded,
    /// At least one is not.
    Failed,
    /// What the run changed was put back.
    RolledBack,
    /// A person or a signal stopped it.
    Cancelled,
    /// A guard or the person asked refused it: nothing was touched, or nothing more, where it waits for an approval.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_listed_once_and_has_the_word_that_json_has() {
        for (position, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, position);
            assert_eq!(serde_json::to_value(outcome).expect("a word"), outcome.as_str());
        }
        let next = Outcome::ALL.len();
        assert_eq!(Outcome::RolledBack as usize + 1, next, "the last of the enum is the last here");
    }
}
