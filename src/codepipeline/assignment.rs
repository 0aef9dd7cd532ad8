//! A job as it is assigned: its configuration, and the run that it is to go on with.

use super::configuration::ActionConfiguration;
use super::failure::{JobFailure, unknown_token};
use super::result::JobResult;
use crate::cloud::CodePipelineJob;
use crate::name::RunId;

/// The token of a job that waits for another run to end before it begins one of its own.
pub const WAITING: &str = "waiting";

/// A job, its configuration, and the run that it goes on with.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The job, as CodePipeline describes it.
    pub job: CodePipelineJob,
    /// What its action is configured with.
    pub configuration: ActionConfiguration,
    /// The run that it has begun already, as its worker noted before that run was.
    pub run: Option<RunId>,
}

impl Assignment {
    /// Returns the id of the pipeline's execution; empty if nobody says.
    pub fn execution(&self) -> &str {
        self.configuration.execution.as_deref().unwrap_or(&self.job.execution)
    }

    /// Returns the run that a job before this one says it is to go on with.
    ///
    /// # Errors
    /// If its token is not one of ours.
    pub fn continued_run(&self) -> Result<Option<RunId>, JobFailure> {
        match self.job.continuation.as_deref() {
            None | Some(WAITING) => Ok(None),
            Some(token) => token.parse().map(Some).map_err(|_| unknown_token(token)),
        }
    }

    /// Returns how the job ends if it is left before it did anything: the next one begins where it did.
    pub fn untouched(&self, why: &str) -> JobResult {
        let run = self.run.as_ref().map(RunId::as_str);
        let token = run.or(self.job.continuation.as_deref()).unwrap_or(WAITING);
        JobResult::waiting(token, why)
    }
}
