//! The result of a job, as CodePipeline is told it: within its limits, the first cause first.

use std::collections::BTreeMap;

use super::failure::JobFailure;
use super::text_limit::{MOST_MESSAGE, MOST_SUMMARY, shortened};
use crate::cloud::{JobFailureKind, JobProgress};
use crate::event::{Failure, FailureKind, Operation, RunResult};
use crate::foreign::one_line;
use crate::report::{
    Cluster, InstanceOutputs, InstanceReport, OutputsView, Palette, Report, Verdict, counted,
    forbidden_lines, left_behind, summary,
};

/// The most bytes of an action's variables, names and values together.
///
/// Source: CodePipeline user guide, "Quotas in AWS CodePipeline".
const MOST_VARIABLES_BYTES: usize = 122_880;
/// The most causes of failures in a message.
const MOST_CAUSES: usize = 5;

/// How a job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobResult {
    /// The action goes on with another job, which is given the token.
    Continued {
        /// What that job goes on with.
        token: String,
        /// How far it is.
        progress: JobProgress,
    },
    /// The action has succeeded.
    Succeeded {
        /// What became of it.
        progress: JobProgress,
        /// What later actions can refer to.
        variables: BTreeMap<String, String>,
    },
    /// The action has failed.
    Failed(JobFailure),
}

impl JobResult {
    /// Returns how a job ends whose run has ended.
    pub fn of_run(report: &Report) -> JobResult {
        let run = report.run.as_ref().map(ToString::to_string);
        if report.result == RunResult::Succeeded {
            let mut lines = vec![summary(report)];
            lines.extend(left_behind_lines(report));
            let summary = shortened(&lines.join("\n"), MOST_SUMMARY);
            let progress = JobProgress { summary, run, percent: Some(100) };
            return JobResult::Succeeded { progress, variables: variables(report) };
        }
        JobResult::Failed(JobFailure { kind: failure_kind(report), message: message(report), run })
    }

    /// Returns how a job ends whose run is left, to be resumed by the next one.
    pub fn paused(report: &Report, token: &str) -> JobResult {
        let run = report.run.as_ref().map(ToString::to_string);
        let (total, settled) = (report.stack_instances.len(), settled(report));
        // All is only done once the run has ended.
        let percent = (settled * 100).checked_div(total).unwrap_or(0).min(99);
        let summary = format!("{settled} of {total} stack instances have ended");
        let progress = JobProgress { summary, run, percent: u8::try_from(percent).ok() };
        JobResult::Continued { token: token.to_owned(), progress }
    }

    /// Returns how a job ends that has not begun with anything, because it waits for something.
    pub fn waiting(token: &str, why: &str) -> JobResult {
        let summary = shortened(why, MOST_SUMMARY);
        let progress = JobProgress { summary, run: None, percent: Some(0) };
        JobResult::Continued { token: token.to_owned(), progress }
    }

    /// Returns how the job ends, in a line.
    pub fn line(&self) -> String {
        match self {
            Self::Continued { progress, .. } => {
                format!("continues with another job: {}", progress.summary)
            }
            Self::Succeeded { progress, .. } => format!("succeeded: {}", progress.summary),
            Self::Failed(JobFailure { message, .. }) => format!("failed: {message}"),
        }
    }
}

/// Returns how many stack instances have ended for good.
fn settled(report: &Report) -> usize {
    let is_settled = |instance: &&InstanceReport| match &instance.failure {
        None => instance.outcome.is_good(),
        Some(failure) => !failure.kind.may_be_resumed(),
    };
    report.stack_instances.iter().filter(is_settled).count()
}

fn summary(report: &Report) -> String {
    shortened(&summary::line(report, Palette::Plain), MOST_SUMMARY)
}

/// Returns whose fault it is that a run did not succeed: that of accounts that could not be entered
/// if nothing else failed.
fn failure_kind(report: &Report) -> JobFailureKind {
    let denied = |cluster: &&Cluster| cluster.kind == FailureKind::AccessDenied;
    let all_denied = !report.failures.is_empty() && report.failures.iter().all(|c| denied(&c));
    match report.verdict() {
        Verdict::NotEntered => JobFailureKind::PermissionError,
        _ if all_denied => JobFailureKind::PermissionError,
        _ => JobFailureKind::JobFailed,
    }
}

/// Returns what failed, the first cause first, and what to do.
fn message(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(refusal) = &report.refusal {
        lines.push(one_line(&refusal.message));
        lines.extend(forbidden_lines(&refusal.losses));
        lines.extend(refusal.help.as_ref().map(|help| format!("  help: {}", one_line(help))));
    }
    for cluster in report.failures.iter().take(MOST_CAUSES) {
        let names = cluster.names(report.environments.len() > 1);
        let others = names.len().saturating_sub(1);
        let first = names.into_iter().next().unwrap_or_default();
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        let resource =
            cluster.resource.as_ref().map(|name| one_line(name) + ": ").unwrap_or_default();
        lines.push(format!("{first}{more}: {resource}{}", cluster.example()));
        lines.extend(cluster.help.as_ref().map(|help| format!("  help: {}", one_line(help))));
    }
    let more = report.failures.len().saturating_sub(MOST_CAUSES);
    if more > 0 {
        lines.push(format!("and {}", counted(more, "more cause")));
    }
    // Refused accounts without stacks of their own stand in no cause.
    if report.failures.is_empty() {
        lines.extend(report.refused.iter().map(|account| refusal(&account.failure)));
    }
    lines
        .extend(report.refusal.iter().flat_map(|refusal| &refusal.help).map(|help| one_line(help)));
    lines.extend(left_behind_lines(report));
    lines.push(summary(report));
    shortened(&lines.join("\n"), MOST_MESSAGE)
}

/// Returns what is left behind, in a line, and what keeps it from being known whole.
fn left_behind_lines(report: &Report) -> impl Iterator<Item = String> {
    let unknown = report.left_behind_unknown.iter().map(|text| one_line(text));
    left_behind::line(&report.left_behind).into_iter().chain(unknown)
}

fn refusal(failure: &Failure) -> String {
    let help = failure.help.as_ref().map(|help| format!("\n  help: {}", one_line(help)));
    one_line(&failure.message) + &help.unwrap_or_default()
}

/// Returns an action's variables: how the run ended, then as many outputs as there is room for.
pub fn variables(report: &Report) -> BTreeMap<String, String> {
    let counts = report.summary;
    let mut variables: BTreeMap<String, String> = [
        ("Result", word(report.result).to_owned()),
        ("Run", report.run.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("Summary", summary(report)),
        ("Created", counts.created.to_string()),
        ("Updated", counts.updated.to_string()),
        ("Unchanged", counts.unchanged.to_string()),
        ("Failed", counts.failed.to_string()),
        ("Skipped", counts.skipped.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let size = |variables: &BTreeMap<String, String>| -> usize {
        variables.iter().map(|(name, value)| name.len() + value.len()).sum()
    };
    if report.operation == Some(Operation::Plan) {
        variables.insert("HasChanges".to_owned(), report.has_changes().to_string());
    }
    const LEFT_OUT: &str = "OutputsLeftOut";
    let room = MOST_VARIABLES_BYTES - LEFT_OUT.len() - usize::MAX.to_string().len();
    let (mut used, mut left_out) = (size(&variables), 0);
    for (name, value) in outputs(report).variables() {
        let bytes = name.len() + value.len();
        // One whose name another output has already, or that is empty, is in the artifact only.
        if used + bytes > room || value.is_empty() || variables.contains_key(&name) {
            left_out += 1;
        } else {
            used += bytes;
            variables.insert(name, value);
        }
    }
    if left_out > 0 {
        variables.insert(LEFT_OUT.to_owned(), left_out.to_string());
    }
    variables
}

/// Returns the outputs of what stands as the run wanted it.
pub fn outputs(report: &Report) -> OutputsView {
    let stands = |instance: &&InstanceReport| instance.outcome.is_good();
    let stacks = report.stack_instances.iter().filter(stands);
    let outputs = |instance: &InstanceReport| InstanceOutputs {
        instance: instance.id(),
        outputs: instance.outputs.clone(),
    };
    OutputsView { stacks: stacks.map(outputs).collect(), ..OutputsView::default() }
}

/// Returns the word that the report uses.
fn word(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "succeeded",
        RunResult::Failed => "failed",
        RunResult::RolledBack => "rolled-back",
        RunResult::Cancelled => "cancelled",
        RunResult::Refused => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;
    use crate::report::recorded::{self, Recording};

    fn report(recording: &Recording) -> Report {
        Report::new(&recording.state())
    }

    #[test]
    fn a_failure_is_told_by_its_first_cause_with_the_remedy() {
        let runs = [recorded::failure(), recorded::refusal(), recorded::many()];
        let told = runs.map(|run| match JobResult::of_run(&report(&run)) {
            JobResult::Failed(JobFailure { kind, message, .. }) => format!("{kind:?}\n{message}"),
            end => panic!("it has failed: {end:?}"),
        });
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn a_success_is_told_with_its_variables() {
        let JobResult::Succeeded { progress, variables } =
            JobResult::of_run(&report(&recorded::chain()))
        else {
            panic!("it has succeeded");
        };
        assert_eq!(progress.percent, Some(100));
        let lines: Vec<String> = variables.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        insta::assert_snapshot!(format!("{}\n{}", progress.summary, lines.join("\n")));
    }

    #[test]
    fn what_is_left_behind_is_a_line_of_the_result() {
        let told = [recorded::chain(), recorded::failure()].map(|run| {
            let left_behind = vec![recorded::left_behind("dev/queue")];
            let left_behind_unknown = vec!["what run 1 made is not known".to_owned()];
            let report = Report { left_behind, left_behind_unknown, ..report(&run) };
            match JobResult::of_run(&report) {
                JobResult::Succeeded { progress, .. } => progress.summary,
                JobResult::Failed(JobFailure { message, .. }) => message,
                end @ JobResult::Continued { .. } => panic!("it has ended: {end:?}"),
            }
        });
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn a_run_that_is_left_is_never_told_to_be_done() {
        for run in [recorded::left_at_once(), recorded::cancelled(), recorded::chain()] {
            let end = JobResult::paused(&report(&run), "20261123-155602-k3f9");
            let JobResult::Continued { token, progress } = end else { panic!("it goes on") };
            assert_eq!(token, "20261123-155602-k3f9");
            assert!(progress.percent.is_some_and(|percent| percent < 100), "{progress:?}");
        }
    }

    #[test]
    fn what_has_no_room_among_the_variables_is_counted() {
        let long = "x".repeat(50_000);
        let mut run = Recording::apply(&["dev/a", "dev/b", "dev/c"]);
        for path in ["dev/a", "dev/b", "dev/c"] {
            run = run.ends_with(path, Outcome::Created, &[("Key", &long)]);
        }
        let variables = variables(&report(&run.finished(RunResult::Succeeded)));
        assert_eq!(variables["OutputsLeftOut"], "1");
        let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes <= MOST_VARIABLES_BYTES);
    }
}
