//! The command that resumes a run which did not come to its end.

use crate::event::{FailureKind, Operation, RunResult};
use crate::report::fold::report::Report;
use crate::report::text::command::{approve_command, resume_command};

/// Returns the command that resumes the run of a report, if it was cancelled or left unfinished and
/// something of it is left, or that approves what it waits for.
pub(in crate::report) fn command(report: &Report) -> Option<String> {
    // What changed nothing is begun anew.
    if report.operation == Some(Operation::Plan) {
        return None;
    }
    if report.waits_for_approval() {
        let run = report.run.as_ref()?;
        return Some(approve_command(run, report.named_state.as_ref()));
    }
    let was_left = |kind| matches!(kind, FailureKind::StillMoving | FailureKind::JournalLost);
    let kinds = || {
        let failures = report.stack_instances.iter().filter_map(|i| i.failure.as_ref());
        failures.map(|failure| failure.kind)
    };
    let was_stopped = match report.result {
        RunResult::Cancelled => true,
        RunResult::Refused => false,
        RunResult::Succeeded | RunResult::Failed | RunResult::RolledBack => {
            !report.complete || report.owes_rollback || kinds().any(was_left)
        }
    };
    let is_left =
        !report.complete || report.owes_rollback || kinds().any(FailureKind::may_be_resumed);
    let run = report.run.as_ref().filter(|_| was_stopped && is_left && !report.goes_on)?;
    Some(resume_command(run, report.named_state.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::{self, Recording};

    fn of(recording: &Recording) -> Option<String> {
        command(&Report::new(&recording.state()))
    }

    #[test]
    fn what_was_cancelled_or_left_unfinished_can_be_resumed() {
        for run in [recorded::cancelled(), recorded::left_at_once()] {
            assert_eq!(of(&run).as_deref(), Some("xdeploy resume 20261123-155602-k3f9"));
        }
        let mut unfinished = recorded::chain();
        unfinished.events.pop();
        assert!(of(&unfinished).is_some());
        for run in [recorded::chain(), recorded::failure(), recorded::refusal()] {
            assert_eq!(of(&run), None);
        }
    }
}
