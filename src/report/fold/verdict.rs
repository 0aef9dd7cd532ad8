//! The verdict of a run: what its exit code says, and whether somebody else is to mend something first.

use std::collections::BTreeSet;

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
                let causes: BTreeSet<_> = others().filter_map(cause).collect();
                let is_other = !self.complete || causes.contains(&FailedBy::Other);
                let is_entry = causes.contains(&FailedBy::Entry) || !self.refused.is_empty();
                let is_guard = causes.contains(&FailedBy::Guard);
                match (self.result, self.summary.not_good()) {
                    _ if is_other || (is_entry && is_guard) => Verdict::Failed,
                    _ if is_entry => Verdict::NotEntered,
                    _ if is_guard => Verdict::Refused,
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

/// What a stack instance failed by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FailedBy {
    /// Its account could not be entered.
    Entry,
    /// It is not as a saved plan says, or a guard forbids it.
    Guard,
    /// Something else went wrong.
    Other,
}

/// Returns what an instance failed by; `None` if it is not a cause, because it is well, or was only skipped or left as it
/// was after another's failure.
fn cause(instance: &InstanceReport) -> Option<FailedBy> {
    let failure = instance.failure.as_ref();
    let kind = failure.map(|failure| failure.kind);
    let is_entry = failure.is_some_and(Failure::is_entry);
    match instance.outcome.kind() {
        OutcomeKind::Changed | OutcomeKind::Unchanged => None,
        OutcomeKind::Failed if kind == Some(FailureKind::NeedFailed) => None,
        OutcomeKind::Failed
            if matches!(kind, Some(FailureKind::NotPlanned | FailureKind::Guarded)) =>
        {
            Some(FailedBy::Guard)
        }
        OutcomeKind::Failed if is_entry => Some(FailedBy::Entry),
        OutcomeKind::Failed => Some(FailedBy::Other),
        OutcomeKind::Skipped => is_entry.then_some(FailedBy::Entry),
    }
}
