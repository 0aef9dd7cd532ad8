//! The actions of CodePipeline.

use serde_json::Value as Json;

use super::call::PipelineCall;
use super::{action_types, job_timeout, job_worker, pipelines};
use crate::sandbox::wire::Refusal;

/// Carries out an action, such as `PollForJobs`.
///
/// # Errors
/// If the caller may not, or the request is not as the service wants it.
pub fn answer(action: &str, mut call: PipelineCall<'_>) -> Result<Json, Refusal> {
    job_timeout::end(&mut call)?;
    match action {
        "CreateCustomActionType" => action_types::create(&mut call),
        "DeleteCustomActionType" => action_types::delete(&mut call),
        "ListActionTypes" => action_types::list(&call),
        "PollForJobs" => job_worker::poll(&mut call),
        "AcknowledgeJob" => job_worker::acknowledge(&mut call),
        "GetJobDetails" => job_worker::details(&call),
        "PutJobSuccessResult" => job_worker::succeed(&mut call),
        "PutJobFailureResult" => job_worker::fail(&mut call),
        "CreatePipeline" => pipelines::create(&mut call),
        "DeletePipeline" => pipelines::delete(&mut call),
        "StartPipelineExecution" => pipelines::start(&mut call),
        "GetPipelineState" => pipelines::state(&call),
        "GetPipelineExecution" => pipelines::execution(&call),
        "ListActionExecutions" => pipelines::action_executions(&call),
        other => Err(Refusal::unknown_operation(format!("codepipeline:{other}"))),
    }
}
