//! The command that resumes a run which did not come to its end.

use std::path::Path;

use crate::event::{FailureKind, NamedState, Operation, RunResult};
use crate::foreign;
use crate::name::RunId;
use crate::report::fold::report::Report;
use crate::report::messages::origin::shell_word;

/// Returns the command that resumes a run, as a person types it.
pub fn resume_command(run: &RunId, named_state: Option<&NamedState>) -> String {
    run_command("resume", run, named_state)
}

/// Returns a command about a run that is kept, such as `report`, as a person types it.
pub fn run_command(verb: &str, run: &RunId, named_state: Option<&NamedState>) -> String {
    match named_state {
        None => format!("xdeploy {verb} {run}"),
        Some(NamedState { file: Some(file), .. }) => {
            format!("xdeploy {verb} {run} --of {}", quoted(file))
        }
        Some(NamedState { place, file: None }) => {
            format!("xdeploy {verb} {run} --state-dir {}", quoted(place))
        }
    }
}

/// Returns the command that resumes the run of a report, if it was cancelled or left unfinished and
/// something of it is left.
pub(in crate::report) fn command(report: &Report) -> Option<String> {
    // What changed nothing is begun anew.
    if report.operation == Some(Operation::Plan) {
        return None;
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

/// Returns a path as a shell takes it; of one that holds what nobody can see, what can be seen.
pub(super) fn quoted(path: &Path) -> String {
    shell_word(&foreign::path(path))
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

    #[test]
    fn another_folder_is_named_as_a_shell_takes_it() {
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        let named = |place: &str, file: Option<&str>| {
            let named = NamedState { place: place.into(), file: file.map(Into::into) };
            resume_command(&run, Some(&named))
        };
        let command = |folder: &str| named(folder, None);
        assert_eq!(command("a/b"), "xdeploy resume 20261123-155602-k3f9 --state-dir a/b");
        assert!(command("it's mine").ends_with(r"--state-dir 'it'\''s mine'"));
        let by_file = named("s3://bucket/prefix", Some("environments/prod.yaml"));
        assert!(by_file.ends_with("--of environments/prod.yaml"), "{by_file}");
    }
}
