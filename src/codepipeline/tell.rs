//! Tells a pipeline how a job ended.

use std::collections::BTreeMap;

use super::told::{End, JobFailed};
use crate::cloud::{CallError, Jobs};
use crate::name::JobId;

/// Tells CodePipeline how a job ended. Where it does not take the variables of an action that has
/// succeeded, it is told without them: what was deployed stands.
///
/// # Errors
/// If the job is not in progress, or CodePipeline refuses or does not answer.
pub async fn tell(jobs: &Jobs, id: &JobId, end: &End) -> Result<(), CallError> {
    let none = BTreeMap::new();
    match end {
        End::Continued { token, progress } => jobs.succeed(id, progress, Some(token), none).await,
        End::Succeeded { progress, variables } => {
            match jobs.succeed(id, progress, None, variables.clone()).await {
                Err(error) if error.is_of_its_content() => {
                    tracing::warn!(%id, %error, "the variables are left out");
                    jobs.succeed(id, progress, None, none).await
                }
                told => told,
            }
        }
        End::Failed(JobFailed { kind, message, run }) => {
            jobs.fail(id, *kind, message, run.as_deref()).await
        }
    }
}

/// Returns how a job ended, in a line.
pub fn line(end: &End) -> String {
    match end {
        End::Continued { progress, .. } => {
            format!("goes on with another job: {}", progress.summary)
        }
        End::Succeeded { progress, .. } => format!("succeeded: {}", progress.summary),
        End::Failed(JobFailed { message, .. }) => format!("failed: {message}"),
    }
}
