//! The failure of a job: its message, and CodePipeline's failure type, which says whose fault it is.

use std::error::Error;

use super::artifact::{ArtifactError, LeftOutLink, UnpackedArtifact};
use super::configuration::ConfigurationError;
use super::run_store::RunStoreError;
use super::text_limit::{MOST_MESSAGE, shortened};
use crate::cloud::{CallError, GetError, JobArtifact, JobFailureKind};
use crate::document::Faults;
use crate::error_chain::with_causes;
use crate::name::RunId;
use crate::run::PlanChanged;

/// How wide faults are drawn: the console shows messages in a narrow column.
const WIDTH: usize = 80;

/// How many links of an artifact are named.
const MOST_LINKS: usize = 3;

/// What says whose buckets of artifacts must be.
const ARTIFACT_OWNER: &str = "`--artifact-owner` (XDEPLOY_ARTIFACT_OWNER)";
/// What says whose the state bucket must be.
const STATE_BUCKET_OWNER: &str = "`--state-bucket-owner` (XDEPLOY_STATE_BUCKET_OWNER)";

/// Why an action has failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JobFailure {
    /// Whose fault it is.
    pub kind: JobFailureKind,
    /// The first cause, and what to do.
    pub message: String,
    /// The run, if one began.
    pub run: Option<String>,
}

impl JobFailure {
    /// Returns a failure before a run began.
    pub fn new(kind: JobFailureKind, message: impl AsRef<str>) -> Self {
        Self { kind, message: shortened(message.as_ref(), MOST_MESSAGE), run: None }
    }
}

/// The environment files, or what they name, are wrong.
pub fn wrong_files(faults: &Faults, unpacked: &UnpackedArtifact) -> JobFailure {
    // The artifact's own paths mean something to whoever wrote it, ours do not.
    let ours = format!("{}/", unpacked.files.display());
    let mut shown = faults.render(false, WIDTH).replace(&ours, "");
    let links = &unpacked.links;
    if !links.is_empty() {
        let named: Vec<String> = links.iter().take(MOST_LINKS).map(quoted_name).collect();
        let more = match links.len().saturating_sub(MOST_LINKS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        shown += &format!("\nlinks in the artifact are left out: {}{more}", named.join(", "));
    }
    JobFailure::new(JobFailureKind::ConfigurationError, shown)
}

fn quoted_name(link: &LeftOutLink) -> String {
    format!("`{}`", link.name)
}

/// The input artifact cannot be had.
pub fn no_artifact(artifact: &JobArtifact, error: &GetError) -> JobFailure {
    let JobArtifact { name, bucket, key, .. } = artifact;
    let what = format!("the input artifact `{name}` (s3://{bucket}/{key})");
    let (kind, message) = match error {
        GetError::Refused(refused) if error.is_missing() || refused.has_code("NoSuchBucket") => {
            (JobFailureKind::RevisionUnavailable, format!("{what} is not there"))
        }
        GetError::Refused(error) => (
            of_call(error),
            format!("{what} cannot be read: {error}{}", whose(error, ARTIFACT_OWNER)),
        ),
        GetError::TooLarge { most_bytes } => {
            let most = most_bytes >> 20;
            (JobFailureKind::ConfigurationError, format!("{what} has more than {most} MiB"))
        }
        GetError::Torn(_) | GetError::Unkept(_) => {
            (JobFailureKind::SystemUnavailable, format!("{what}: {}", with_causes(error)))
        }
    };
    JobFailure::new(kind, message)
}

/// The output artifact cannot be written.
pub fn unwritten(error: &CallError) -> JobFailure {
    let help = whose(error, ARTIFACT_OWNER);
    let message = format!("the output artifact cannot be written: {error}{help}");
    JobFailure::new(of_call(error), message)
}

/// Nobody says which account the buckets of artifacts must belong to.
pub fn no_owner() -> JobFailure {
    let message = format!(
        "the job does not say which account its pipeline belongs to, whose buckets alone are used: name \
         it with {ARTIFACT_OWNER}"
    );
    JobFailure::new(JobFailureKind::ConfigurationError, message)
}

/// Returns what else to look at where a bucket is not given: what says whose it must be.
fn whose(error: &CallError, option: &str) -> String {
    match error.is_access_denied() {
        true => format!(". {option} says which account it must belong to"),
        false => String::new(),
    }
}

/// The input artifact is not one that is unpacked.
pub fn bad_artifact(error: &ArtifactError) -> JobFailure {
    let kind = match error {
        ArtifactError::Unkept(_) => JobFailureKind::SystemUnavailable,
        ArtifactError::NotAZip(_)
        | ArtifactError::Outside { .. }
        | ArtifactError::Twice { .. }
        | ArtifactError::Alike { .. }
        | ArtifactError::BelowLink { .. }
        | ArtifactError::Special { .. }
        | ArtifactError::BadName { .. }
        | ArtifactError::Encrypted { .. }
        | ArtifactError::TooLarge => JobFailureKind::ConfigurationError,
    };
    JobFailure::new(kind, with_causes(error))
}

/// The run began with another plan than the same artifact gives now.
pub fn changed_files(run: &RunId, changed: &PlanChanged) -> JobFailure {
    let message = format!(
        "{changed}: run {run} cannot be resumed. The artifact is the same, so a variable of the \
         worker's environment is another one: give all workers the same, or retry the action"
    );
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// The journal is of a version that knows more.
pub fn newer_journal(run: &RunId) -> JobFailure {
    let message = format!(
        "the journal of run {run} is of another version of xdeploy: let a worker of that version go on, \
         or retry the action"
    );
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// What the run changed before cannot go back, as nobody knows it any more.
pub fn lost_journal(run: &RunId) -> JobFailure {
    let message = format!(
        "the journal of run {run} is not here, so that what it changed could not be rolled back: give \
         workers one state folder, or a bucket with --state-bucket or XDEPLOY_STATE_BUCKET"
    );
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// A function forgets what a run changed, and the run may have to put it back.
pub fn would_forget() -> JobFailure {
    let message = "the run may have to be rolled back, and a function forgets what it changed once an \
                   invocation ends: give the function a bucket with XDEPLOY_STATE_BUCKET, or let \
                   `OnFailure` be stop or continue";
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// The continuation token is not one that this version gives.
pub fn unknown_token(token: &str) -> JobFailure {
    let message = format!(
        "the continuation token `{}` is not one that this version of xdeploy gives: retry the action",
        token.escape_debug()
    );
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// The state bucket does not do its part.
pub fn unusable_store(error: &RunStoreError) -> JobFailure {
    let (kind, help) = match error {
        RunStoreError::Put(error) | RunStoreError::Get(GetError::Refused(error)) => {
            (of_call(error), whose(error, STATE_BUCKET_OWNER))
        }
        RunStoreError::Get(_)
        | RunStoreError::Damaged(_)
        | RunStoreError::Late
        | RunStoreError::Folder(_) => (JobFailureKind::SystemUnavailable, String::new()),
    };
    JobFailure::new(kind, with_causes(error) + &help)
}

/// The worker's own machine does not do its part.
pub fn unkept(error: &dyn Error) -> JobFailure {
    let message = format!("the worker cannot keep the run: {}", with_causes(error));
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// The action is configured wrongly.
pub fn wrong_configuration(error: &ConfigurationError) -> JobFailure {
    JobFailure::new(JobFailureKind::ConfigurationError, error.to_string())
}

/// The action reads nothing.
pub fn no_input() -> JobFailure {
    let message =
        "the action has no input artifact: give it the one that holds the environment file";
    JobFailure::new(JobFailureKind::ConfigurationError, message)
}

/// A bug of ours ended the job.
pub fn bug() -> JobFailure {
    let message = "xdeploy broke a promise of its own: the log of its worker or function says which. What \
                   CloudFormation was asked to do goes on by itself; retry the action to go on from what \
                   stands";
    JobFailure::new(JobFailureKind::SystemUnavailable, message)
}

/// A job that only looks ahead takes longer than a job may: nothing of it is kept, so that the next job would take as long.
pub fn preview_too_long() -> JobFailure {
    let message = "what would change could not be told in time: select fewer accounts or stacks with \
                   `Accounts` and `Stacks`, in several actions, or use a worker instead of a function";
    JobFailure::new(JobFailureKind::JobFailed, message)
}

/// Returns whose fault a refused call is.
fn of_call(error: &CallError) -> JobFailureKind {
    match error.is_access_denied() {
        true => JobFailureKind::PermissionError,
        false => JobFailureKind::SystemUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn links_that_were_left_out_are_named_where_a_file_is_missed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let faults = Environment::load(&folder.path().join("e.yaml")).expect_err("it is not there");
        let link = |name: &str| LeftOutLink { path: name.into(), name: name.to_owned() };
        let links = ["e.yaml", "b", "c", "d", "e"].map(link).to_vec();
        let unpacked = UnpackedArtifact { files: folder.path().to_owned(), links };
        let shown = wrong_files(&faults, &unpacked).message;
        let named = "links in the artifact are left out: `e.yaml`, `b`, `c` and 2 more";
        assert!(shown.ends_with(named), "{shown}");
        let unpacked = UnpackedArtifact { links: Vec::new(), ..unpacked };
        assert!(!wrong_files(&faults, &unpacked).message.contains("links"), "{shown}");
    }
}
