//! The rollout of an environment: waves, concurrency and failure tolerance, in the words of StackSets.

use serde::{Deserialize, Serialize};

use super::placed::Placed;

/// `rollout`: what may happen at the same time, and what happens once something failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// `waves`; one wave of all accounts if absent.
    pub waves: Option<Placed<Vec<Wave>>>,
    /// What bounds each wave.
    pub wave_limits: WaveLimits,
}

/// One of `waves`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// `accounts`, or the whole where it is a list: as an [`AccountList`](super::AccountList) reads it, and `source`.
    pub accounts: Vec<Placed<String>>,
    /// `approve`.
    pub approve: Approve,
}

/// Whether somebody must approve a wave before it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approve {
    /// Nobody is asked.
    #[default]
    Never,
    /// If something in the wave would be replaced or removed.
    IfLost,
    /// Whatever the wave would change.
    Always,
}

impl Approve {
    /// Every word that is written, and what it means.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("always", Self::Always), ("if-lost", Self::IfLost), ("never", Self::Never)];
}

/// What bounds each wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveLimits {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// A number of accounts.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConcurrencyMode {
    /// They do not.
    #[default]
    Soft,
    /// Never more accounts are in flight than may still fail, and one.
    Strict,
}

/// What a failure stops, besides what needs the failed stack instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Once more accounts failed than may, nothing more is started.
    #[default]
    Stop,
    /// A failure stops nothing but what needs the failed stack instance.
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
