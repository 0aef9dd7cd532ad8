//! Tells CodePipeline the result of a job: PutJobSuccessResult or PutJobFailureResult.

use std::collections::BTreeMap;

use super::failure::JobFailure;
use super::result::JobResult;
use crate::cloud::{CallError, Jobs};
use crate::name::JobId;

/// Tells CodePipeline how a job ended. Where it does not take the variables of an action that has
/// succeeded, it is told without them: what was deployed stands.
///
/// # Errors
/// If the job is not in progress, or CodePipeline refuses or does not answer.
pub async fn put_result(jobs: &Jobs, id: &JobId, result: &JobResult) -> Result<(), CallError> {
    let none = BTreeMap::new();
    match result {
        JobResult::Continued { token, progress } => {
            jobs.succeed(id, progress, Some(token), none).await
        }
        JobResult::Succeeded { progress, variables } => {
            match jobs.succeed(id, progress, None, variables.clone()).await {
                Err(error) if error.is_of_its_content() => {
                    tracing::warn!(%id, %error, "the variables are left out");
                    jobs.succeed(id, progress, None, none).await
                }
                told => told,
            }
        }
        JobResult::Failed(JobFailure { kind, message, run }) => {
            jobs.fail(id, *kind, message, run.as_deref()).await
        }
    }
}
