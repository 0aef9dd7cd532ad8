//! Where the run of a job is carried out, for which action, and from what.

use std::path::{Path, PathBuf};

use super::assignment::Assignment;
use super::configuration::ActionConfiguration;
use crate::cloud::CodePipelineJob;
use crate::event::{RunOrigin, RunRequest};
use crate::plan::Plan;
use crate::run;
use crate::sessions::Sessions;

/// Returns what a job asks for of a plan whose files were unpacked to `folder`, with the login of its
/// sessions.
pub fn run_request(
    assignment: &Assignment,
    plan: &Plan,
    folder: &Path,
    sessions: &Sessions,
) -> RunRequest {
    let ActionConfiguration { files, accounts, stacks, on_failure, .. } =
        assignment.configuration.clone();
    RunRequest {
        // The artifact's own: there is no such folder once the job has ended.
        folder: PathBuf::from(format!("artifact of {}", assignment.job.place())),
        files,
        accounts,
        stacks,
        on_failure: on_failure.map(|on_failure| on_failure.word().to_owned()),
        plan: plan.digest(),
        owner: run::owner(),
        origin: run::with_caller(origin(assignment, plan, folder), plan, sessions),
        ..RunRequest::default()
    }
}

fn origin(assignment: &Assignment, plan: &Plan, folder: &Path) -> RunOrigin {
    let CodePipelineJob { inputs, .. } = &assignment.job;
    let within = |path: PathBuf| path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path);
    RunOrigin {
        pipeline_action: Some(assignment.job.place()),
        pipeline_execution: Some(assignment.execution().to_owned()).filter(|id| !id.is_empty()),
        command_line: run::command_line(),
        revision: inputs.first().and_then(|input| input.revision.clone()),
        files: run::files(plan).into_iter().map(|(path, digest)| (within(path), digest)).collect(),
        ..RunOrigin::default()
    }
}
