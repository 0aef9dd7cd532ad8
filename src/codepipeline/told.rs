//! What a pipeline is told of a run: within CodePipeline's limits, the first cause first.

use std::collections::BTreeMap;

use super::wanted::ConfigurationError;
use crate::cloud::{JobFailureKind, Progress};
use crate::event::{Failure, FailureKind, Operation, RunResult};
use crate::foreign::{self, one_line};
use crate::report::{
    Cluster, InstanceOutputs, InstanceReport, OutputsView, Palette, Report, summary,
};

/// The most characters of a summary.
///
/// Source: CodePipeline API reference, `ExecutionDetails`, `summary`.
const MOST_SUMMARY: usize = 2048;
/// The most characters of the message of a failure.
///
/// Source: CodePipeline API reference, `FailureDetails`, `message`.
const MOST_MESSAGE: usize = 5000;
/// The most bytes of an action's variables, names and values together.
///
/// Source: CodePipeline user guide, "Quotas in AWS CodePipeline".
const MOST_VARIABLES_BYTES: usize = 122_880;
/// The most failures that a message tells of.
const MOST_TOLD: usize = 5;

/// How a job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The action goes on with another job, which is given the token.
    Continued {
        /// What that job goes on with.
        token: String,
        /// How far it is.
        progress: Progress,
    },
    /// The action has succeeded.
    Succeeded {
        /// What became of it.
        progress: Progress,
        /// What later actions can refer to.
        variables: BTreeMap<String, String>,
    },
    /// The action has failed.
    Failed(JobFailed),
}

/// Why an action has failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JobFailed {
    /// Whose fault it is.
    pub kind: JobFailureKind,
    /// The first cause, and what to do.
    pub message: String,
    /// The run, if one began.
    pub run: Option<String>,
}

impl JobFailed {
    /// Returns a failure before a run began.
    pub fn new(kind: JobFailureKind, message: impl AsRef<str>) -> Self {
        Self { kind, message: shortened(message.as_ref(), MOST_MESSAGE), run: None }
    }
}

/// Returns how a job ends whose run has ended.
pub fn of_end(report: &Report) -> End {
    let run = report.run.as_ref().map(ToString::to_string);
    if report.result == RunResult::Succeeded {
        let progress = Progress { summary: summary(report), run, percent: Some(100) };
        return End::Succeeded { progress, variables: variables(report) };
    }
    End::Failed(JobFailed { kind: blame(report), message: message(report), run })
}

/// Returns how a job ends whose run is left, to be gone on with by the next one.
pub fn of_pause(report: &Report, token: &str) -> End {
    let run = report.run.as_ref().map(ToString::to_string);
    let (total, settled) = (report.stack_instances.len(), settled(report));
    // All is only done once the run has ended.
    let percent = (settled * 100).checked_div(total).unwrap_or(0).min(99);
    let summary = format!("{settled} of {total} stack instances have ended");
    let progress = Progress { summary, run, percent: u8::try_from(percent).ok() };
    End::Continued { token: token.to_owned(), progress }
}

/// Returns how a job ends that has not begun with anything, because it waits for something.
pub fn of_waiting(token: &str, why: &str) -> End {
    let summary = shortened(why, MOST_SUMMARY);
    let progress = Progress { summary, run: None, percent: Some(0) };
    End::Continued { token: token.to_owned(), progress }
}

/// Returns how a job ends whose action is configured wrongly.
pub fn of_configuration(error: &ConfigurationError) -> JobFailed {
    JobFailed::new(JobFailureKind::ConfigurationError, error.to_string())
}

/// Returns how a job ends whose action reads nothing.
pub fn of_no_artifact() -> JobFailed {
    let message =
        "the action has no input artifact: give it the one that holds the environment file";
    JobFailed::new(JobFailureKind::ConfigurationError, message)
}

/// Returns how a job ends that a bug of ours ended.
pub fn of_bug() -> JobFailed {
    let message = "xdeploy broke a promise of its own: the log of its worker or function says which. What \
                   CloudFormation was asked to do goes on by itself; retry the action to go on from what \
                   stands";
    JobFailed::new(JobFailureKind::SystemUnavailable, message)
}

/// Returns how a job ends that only looks ahead and takes longer than a job may: nothing of it is kept,
/// so that the next job would take as long.
pub fn of_looking_too_long() -> JobFailed {
    let message = "what would change could not be told in time: select fewer accounts or stacks with \
                   `Accounts` and `Stacks`, in several actions, or use a worker instead of a function";
    JobFailed::new(JobFailureKind::JobFailed, message)
}

/// Returns how many stack instances have ended for good.
fn settled(report: &Report) -> usize {
    let is_settled = |instance: &&InstanceReport| match &instance.failure {
        None => instance.outcome.is_good(),
        Some(failure) => !failure.kind.may_be_gone_on_with(),
    };
    report.stack_instances.iter().filter(is_settled).count()
}

fn summary(report: &Report) -> String {
    shortened(&summary::line(report, Palette::Plain), MOST_SUMMARY)
}

/// Returns whose fault it is that a run did not succeed: that of accounts that could not be entered
/// if nothing else failed.
fn blame(report: &Report) -> JobFailureKind {
    const NOT_ENTERED: u8 = 3;
    let denied = |cluster: &&Cluster| cluster.kind == FailureKind::AccessDenied;
    let all_denied = !report.failures.is_empty() && report.failures.iter().all(|c| denied(&c));
    match report.exit_code() {
        NOT_ENTERED => JobFailureKind::PermissionError,
        _ if all_denied => JobFailureKind::PermissionError,
        _ => JobFailureKind::JobFailed,
    }
}

/// Returns what failed, the first cause first, and what to do.
fn message(report: &Report) -> String {
    let mut lines = Vec::new();
    for cluster in report.failures.iter().take(MOST_TOLD) {
        let names = cluster.names(report.environments.len() > 1);
        let others = names.len().saturating_sub(1);
        let first = names.into_iter().next().unwrap_or_default();
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        let resource =
            cluster.resource.as_ref().map(|name| one_line(name) + ": ").unwrap_or_default();
        lines.push(format!("{first}{more}: {resource}{}", cluster.example()));
        lines.extend(cluster.help.as_ref().map(|help| format!("  help: {}", one_line(help))));
    }
    let untold = report.failures.len().saturating_sub(MOST_TOLD);
    if untold > 0 {
        lines.push(format!("and {untold} more causes"));
    }
    // Refused accounts without stacks of their own stand in no cause.
    if report.failures.is_empty() {
        lines.extend(report.refused.iter().map(|account| told(&account.failure)));
    }
    lines.push(summary(report));
    shortened(&lines.join("\n"), MOST_MESSAGE)
}

fn told(failure: &Failure) -> String {
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
    OutputsView { stacks: stacks.map(outputs).collect() }
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

/// Returns a text of at most so many characters, and of at least one, that gives no command where it
/// is shown.
fn shortened(text: &str, most: usize) -> String {
    let text = foreign::screen(text);
    let text = text.trim();
    if text.is_empty() {
        return "nothing is known of it".to_owned();
    }
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Outcome;
    use crate::report::recorded::{self, Recording};

    fn report(recording: &Recording) -> Report {
        Report::new(&recording.state())
    }

    #[test]
    fn a_failure_is_told_by_its_first_cause_with_the_remedy() {
        let runs = [recorded::failure(), recorded::refusal(), recorded::many()];
        let told = runs.map(|run| match of_end(&report(&run)) {
            End::Failed(JobFailed { kind, message, .. }) => format!("{kind:?}\n{message}"),
            end => panic!("it has failed: {end:?}"),
        });
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn a_success_is_told_with_its_variables() {
        let End::Succeeded { progress, variables } = of_end(&report(&recorded::chain())) else {
            panic!("it has succeeded");
        };
        assert_eq!(progress.percent, Some(100));
        let lines: Vec<String> = variables.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        insta::assert_snapshot!(format!("{}\n{}", progress.summary, lines.join("\n")));
    }

    #[test]
    fn a_run_that_is_left_is_never_told_to_be_done() {
        for run in [recorded::left_at_once(), recorded::cancelled(), recorded::chain()] {
            let end = of_pause(&report(&run), "20261123-155602-k3f9");
            let End::Continued { token, progress } = end else { panic!("it goes on") };
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

    proptest! {
        #[test]
        fn a_text_is_never_empty_nor_too_long(text in "\\PC{0,60}", most in 1..40usize) {
            let short = shortened(&text, most.max(30));
            prop_assert!((1..=most.max(30)).contains(&short.chars().count()), "{short}");
        }
    }
}
