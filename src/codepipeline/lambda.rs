//! A function that a pipeline invokes: each invocation is a job, and one that takes too long is
//! resumed by the next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::sleep;

use super::assignment::Assignment;
use super::configuration::ActionConfiguration;
use super::context::JobContext;
use super::failure::{JobFailure, bug, preview_too_long, wrong_configuration};
use super::lambda_event::JobEvent;
use super::put_result::put_result;
use super::result::JobResult;
use super::work::work;
use crate::cloud::{CodePipelineJob, Jobs};
use crate::engine::Stop;

/// How long before the function's own deadline a run is left, so that the pipeline still hears of it;
/// a fifth of what is left at the beginning, if that is less.
const MARGIN: Duration = Duration::from_secs(30);

/// Why the function cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// It was not started by Lambda.
    #[error("{variable} is not set: this command is what runs in an AWS Lambda function")]
    NotInLambda {
        /// What Lambda sets.
        variable: &'static str,
    },
    /// The runtime API does not answer as it should.
    #[error("Lambda's runtime API cannot be used")]
    Runtime(#[source] lambda_runtime::Error),
}

/// What Lambda sets for every function.
const SET_BY_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Works on the jobs that Lambda hands to this process, one after the other, until Lambda ends it.
///
/// # Errors
/// If this is no function of Lambda's, or the runtime API is gone.
pub async fn lambda(context: JobContext, jobs: Jobs, say: fn(&str)) -> Result<(), LambdaError> {
    let is_missing = |variable: &&&str| std::env::var_os(variable).is_none();
    if let Some(variable) = SET_BY_LAMBDA.iter().find(is_missing) {
        return Err(LambdaError::NotInLambda { variable });
    }
    let function = Arc::new(Function { context, jobs, say });
    let handler = service_fn(move |event: LambdaEvent<Json>| {
        let function = function.clone();
        // A pointer among the runtime's own layers, which are many.
        Box::pin(async move { function.invoked(event).await })
    });
    lambda_runtime::run(handler).await.map_err(LambdaError::Runtime)
}

struct Function {
    context: JobContext,
    jobs: Jobs,
    say: fn(&str),
}

impl Function {
    /// Works on the job of an event, and tells the pipeline how it ended.
    ///
    /// # Errors
    /// If the event is no job, or the pipeline cannot be told.
    async fn invoked(&self, event: LambdaEvent<Json>) -> Result<Json, lambda_runtime::Error> {
        let deadline = event.context.deadline();
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        let event: JobEvent = serde_json::from_value(event.payload)
            .map_err(|error| format!("the event is no job of CodePipeline: {error}"))?;
        let (job, parameters) = event.into_job();
        (self.say)(&format!("{}: begins", job.place()));
        let working = self.end_of(&job, &parameters, left - MARGIN.min(left / 5));
        let worked = AssertUnwindSafe(working).catch_unwind().await;
        let end = worked.unwrap_or_else(|_| Err(bug())).unwrap_or_else(JobResult::Failed);
        let line = end.line();
        (self.say)(&format!("{}: {line}", job.place()));
        match put_result(&self.jobs, &job.id, &end).await {
            // To invoke the function again would change nothing.
            Err(error) if error.is_of_another_job() => {
                (self.say)(&format!("{}: the pipeline has it ended already: {error}", job.place()));
            }
            told => told?,
        }
        Ok(Json::String(line))
    }

    async fn end_of(
        &self,
        job: &CodePipelineJob,
        parameters: &str,
        time: Duration,
    ) -> Result<JobResult, JobFailure> {
        let configuration = ActionConfiguration::of_user_parameters(parameters);
        let configuration = configuration.map_err(|error| wrong_configuration(&error))?;
        let assignment = Assignment { job: job.clone(), configuration, run: None };
        let (leave, stop) = watch::channel(Stop::No);
        let mut working = Box::pin(work(&self.context, &assignment, stop, |_| Ok(())));
        tokio::select! {
            end = &mut working => return end,
            () = sleep(time) => {}
        }
        leave.send_replace(Stop::AtOnce);
        match working.await {
            Ok(JobResult::Continued { .. }) if assignment.configuration.plan_only => {
                Err(preview_too_long())
            }
            end => end,
        }
    }
}
