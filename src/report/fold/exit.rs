//! The exit code of a run.

use super::report::{InstanceReport, Report};
use crate::event::{FailureKind, Outcome, RunResult};

/// Everything is as the run wanted it.
const DONE: u8 = 0;
/// At least one stack instance is not.
const FAILED: u8 = 1;
/// An account could not be entered and nothing else failed.
const NOT_ENTERED: u8 = 3;
/// Refused by a guard or by the person asked.
const REFUSED: u8 = 5;
/// Interrupted.
const INTERRUPTED: u8 = 130;

/// Returns the exit code that a run with this report ends with.
pub fn code(report: &Report) -> u8 {
    match report.result {
        RunResult::Refused => REFUSED,
        RunResult::Cancelled => INTERRUPTED,
        RunResult::RolledBack if report.is_all_back() => DONE,
        RunResult::RolledBack => FAILED,
        RunResult::Succeeded | RunResult::Failed => match blame(report) {
            Blame::Nothing if report.result == RunResult::Succeeded => DONE,
            Blame::Entry => NOT_ENTERED,
            Blame::Nothing | Blame::Other => FAILED,
        },
    }
}

/// What a run that did not succeed is to blame on.
enum Blame {
    /// Nothing went wrong.
    Nothing,
    /// Accounts that could not be entered, and nothing else.
    Entry,
    /// Something else as well.
    Other,
}

fn blame(report: &Report) -> Blame {
    let causes: Vec<bool> = report.stack_instances.iter().filter_map(is_entry_cause).collect();
    if !report.complete || causes.contains(&false) {
        return Blame::Other;
    }
    if !causes.is_empty() || !report.refused.is_empty() {
        return Blame::Entry;
    }
    if report.summary.not_good() > 0 { Blame::Other } else { Blame::Nothing }
}

/// Returns whether the account's entry is why this instance failed; `None` if it is not a cause,
/// because it is well, or was only skipped or left as it was after another's failure.
fn is_entry_cause(instance: &InstanceReport) -> Option<bool> {
    let kind = instance.failure.as_ref().map(|failure| failure.kind);
    let is_entry = kind.is_some_and(FailureKind::is_entry);
    match instance.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Deleted | Outcome::Unchanged => None,
        Outcome::Failed if kind == Some(FailureKind::NeedFailed) => None,
        Outcome::Failed | Outcome::RolledBack => Some(is_entry),
        Outcome::Skipped => is_entry.then_some(true),
    }
}
