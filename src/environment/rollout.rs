//! `rollout`: which accounts come first, and how failures bound the rest.

use super::keys::Keys;
use super::model::Placed;
use super::shape::{AccountGlob, Choice, List, Portion, Record, WithPlace};

/// `rollout`: what may happen at the same time, and what happens once something failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// `waves`: account names and patterns, and `source`; one wave of all accounts if absent.
    pub waves: Option<Placed<Vec<Vec<Placed<String>>>>>,
    /// What bounds each wave.
    pub pace: Pace,
}

/// What bounds each wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// `max-concurrent`: stack instances in flight; no limit if absent.
    pub max_concurrent: Option<Share>,
    /// `failure-tolerance`: accounts of a wave that may fail before nothing more is started.
    pub failure_tolerance: Share,
    /// `concurrency-mode`.
    pub concurrency_mode: ConcurrencyMode,
    /// `on-failure`.
    pub on_failure: OnFailure,
}

/// A number, or a percentage of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(usize),
    /// So many of a hundred.
    Percent(u8),
}

impl Default for Share {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl Share {
    /// Returns how many of `whole` it is; a percentage is rounded down, as StackSets do.
    ///
    /// Source: the CloudFormation API reference, `StackSetOperationPreferences`.
    pub fn of(self, whole: usize) -> usize {
        match self {
            Self::Count(count) => count,
            // In two parts, so that nothing is too large.
            Self::Percent(percent) => {
                let percent = usize::from(percent);
                whole / 100 * percent + whole % 100 * percent / 100
            }
        }
    }
}

/// Whether failures bound how many accounts are in flight; StackSets' words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConcurrencyMode {
    /// They do not.
    #[default]
    Soft,
    /// Never more accounts are in flight than may still fail, and one.
    Strict,
}

/// What a failure stops, besides what needs the failed stack instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Once more accounts failed than may, nothing more is started.
    #[default]
    Stop,
    /// Nothing.
    Continue,
    /// As `stop`; then what the run changed in the wave is put back.
    RollbackWave,
    /// As `stop`; then all that the run changed is put back.
    RollbackRun,
}

impl OnFailure {
    /// Every word that is written, and what it means.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("stop", Self::Stop),
        ("continue", Self::Continue),
        ("rollback-wave", Self::RollbackWave),
        ("rollback-run", Self::RollbackRun),
    ];

    /// Returns what a word means, if it is one.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
    }

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, meaning)| *meaning == self);
        found.map(|(word, _)| *word).expect("each has a word")
    }
}

/// `rollout`.
pub(super) const ROLLOUT: Record<Rollout> =
    Record { needed: "a mapping with `waves` or `max-concurrent`", keys: rollout };

const WAVES: WithPlace<List<List<AccountGlob>>> = WithPlace(List {
    needed: "a list of waves",
    least: 1,
    most: None,
    of: List {
        needed: "a list of account names or patterns",
        least: 1,
        most: None,
        of: AccountGlob,
    },
});

const CONCURRENCY_MODE: Choice<ConcurrencyMode> = Choice {
    needed: "a concurrency mode",
    words: &[("soft", ConcurrencyMode::Soft), ("strict", ConcurrencyMode::Strict)],
    later: &[],
};

const ON_FAILURE: Choice<OnFailure> =
    Choice { needed: "what a failure leads to", words: OnFailure::WORDS, later: &[] };

fn rollout(keys: &mut Keys<'_>) -> Option<Rollout> {
    let waves = keys.optional(
        "waves",
        "Lists of accounts, by name or pattern: those of the second are changed once those of the first ended well. `\"*\"` takes all that are left; `source`, the source account, is part of the last unless it is named.",
        &WAVES,
    );
    let max_concurrent = keys.optional(
        "max-concurrent",
        "How many stack instances may be in flight at once: a number, or a percentage of the wave's stack instances; no limit without it.",
        &Portion { least: 1 },
    );
    let failure_tolerance = keys.optional(
        "failure-tolerance",
        "How many accounts of a wave may fail before nothing more is started: a number, or a percentage of the wave's accounts; 0 without it.",
        &Portion { least: 0 },
    );
    let concurrency_mode = keys.optional(
        "concurrency-mode",
        "`strict` never has more accounts in flight than may still fail, plus one; `soft`, the default, has as many as `max-concurrent` allows.",
        &CONCURRENCY_MODE,
    );
    let on_failure = keys.optional(
        "on-failure",
        "`stop`, the default, starts nothing more once more accounts failed than may; `continue` goes on with everything that does not need a failed stack instance; `rollback-wave` and `rollback-run` stop, and then put back what the run changed in that wave, or all of it.",
        &ON_FAILURE,
    );
    let pace = Pace {
        max_concurrent,
        failure_tolerance: failure_tolerance.unwrap_or_default(),
        concurrency_mode: concurrency_mode.unwrap_or_default(),
        on_failure: on_failure.unwrap_or_default(),
    };
    Some(Rollout { waves, pace })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_down() {
        for (percent, whole, share) in [
            (50, 3, 1),
            (33, 3, 0),
            (100, 7, 7),
            (10, 19, 1),
            (99, 250, 247),
            (100, usize::MAX, usize::MAX),
        ] {
            assert_eq!(Share::Percent(percent).of(whole), share, "{percent}% of {whole}");
        }
        assert_eq!(Share::Count(5).of(3), 5);
    }
}
