//! The verdict of a run: what its exit code says, and whether somebody else is to mend something first.

use super::instance_report::InstanceReport;
use super::report::Report;
use crate::event::{Failure, FailureKind, Outcome, OutcomeKind, RunResult};

/// What a run came to; `docs/results.md` lists the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as the run wanted it.
    Done,
    /// At least one stack instance is not.
    Failed,
    /// An account could not be entered and nothing else failed.
    NotEntered,
    /// Refused by a guard or by the person asked.
    Refused,
    /// A person or a signal stopped it.
    Interrupted,
}

impl Verdict {
    /// Returns the exit code of a process that carried out the run.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotEntered => 3,
            Self::Refused => 5,
            Self::Interrupted => 130,
        }
    }
}

impl Report {
    /// Returns what the run came to.
    pub fn verdict(&self) -> Verdict {
        match self.result {
            RunResult::Refused => Verdict::Refused,
            RunResult::Cancelled => Verdict::Interrupted,
            RunResult::RolledBack if self.is_all_back() => Verdict::Done,
            RunResult::RolledBack => Verdict::Failed,
            RunResult::Succeeded | RunResult::Failed => {
                let is_back = |one: &&InstanceReport| {
                    self.is_wanted_back && one.outcome == Outcome::RolledBack && !one.is_left
                };
                let others = || self.stack_instances.iter().filter(|one| !is_back(one));
                let causes = || others().filter_map(is_entry_cause);
                let is_other = !self.complete || causes().any(|is_entry| !is_entry);
                let is_entry = causes().next().is_some() || !self.refused.is_empty();
                match (self.result, self.summary.not_good()) {
                    _ if is_other => Verdict::Failed,
                    _ if is_entry => Verdict::NotEntered,
                    (RunResult::Succeeded, 0) => Verdict::Done,
                    _ => Verdict::Failed,
                }
            }
        }
    }

    /// Returns the exit code that the run ends with; see [`Verdict`].
    pub fn exit_code(&self) -> u8 {
        self.verdict().exit_code()
    }

    /// Whether it was asked to put back what it changed, and nothing of that is left.
    pub fn is_all_back(&self) -> bool {
        self.is_wanted_back
            && self.result == RunResult::RolledBack
            && !self.stack_instances.iter().any(|instance| instance.is_left)
    }
}

/// Returns whether the account's entry is why this instance failed; `None` if it is not a cause,
/// because it is well, or was only skipped or left as it was after another's failure.
fn is_entry_cause(instance: &InstanceReport) -> Option<bool> {
    let failure = instance.failure.as_ref();
    let kind = failure.map(|failure| failure.kind);
    let is_entry = failure.is_some_and(Failure::is_entry);
    match instance.outcome.kind() {
        OutcomeKind::Changed | OutcomeKind::Unchanged => None,
        OutcomeKind::Failed if kind == Some(FailureKind::NeedFailed) => None,
        OutcomeKind::Failed => Some(is_entry),
        OutcomeKind::Skipped => is_entry.then_some(true),
    }
}
