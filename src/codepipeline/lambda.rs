//! A function that a pipeline invokes: each invocation is a job, and one that takes too long is gone on
//! with by the next.
//!
//! Source: CodePipeline user guide, "Invoke an AWS Lambda function in a pipeline": the event's shape.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use futures::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::sleep;

use super::tell::{line, tell};
use super::told::{self, End, JobFailed};
use super::wanted::Wanted;
use super::work::work;
use super::workshop::{Assignment, Workshop};
use crate::cloud::{Job, JobArtifact, Jobs};
use crate::engine::Stop;
use crate::name::JobId;

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
pub async fn lambda(workshop: Workshop, jobs: Jobs, say: fn(&str)) -> Result<(), LambdaError> {
    let is_missing = |variable: &&&str| std::env::var_os(variable).is_none();
    if let Some(variable) = SET_BY_LAMBDA.iter().find(is_missing) {
        return Err(LambdaError::NotInLambda { variable });
    }
    let function = Arc::new(Function { workshop, jobs, say });
    let handler = service_fn(move |event: LambdaEvent<Json>| {
        let function = function.clone();
        // A pointer among the runtime's own layers, which are many.
        Box::pin(async move { function.invoked(event).await })
    });
    lambda_runtime::run(handler).await.map_err(LambdaError::Runtime)
}

struct Function {
    workshop: Workshop,
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
        let invocation: Invocation = serde_json::from_value(event.payload)
            .map_err(|error| format!("the event is no job of CodePipeline: {error}"))?;
        let (job, parameters) = invocation.job.into_job();
        (self.say)(&format!("{}: begins", job.place()));
        let working = self.end_of(&job, &parameters, left - MARGIN.min(left / 5));
        let worked = AssertUnwindSafe(working).catch_unwind().await;
        let end = worked.unwrap_or_else(|_| Err(told::of_bug())).unwrap_or_else(End::Failed);
        let line = line(&end);
        (self.say)(&format!("{}: {line}", job.place()));
        match tell(&self.jobs, &job.id, &end).await {
            // To invoke the function again would change nothing.
            Err(error) if error.is_of_another_job() => {
                (self.say)(&format!("{}: the pipeline has it ended already: {error}", job.place()));
            }
            told => told?,
        }
        Ok(Json::String(line))
    }

    async fn end_of(&self, job: &Job, parameters: &str, time: Duration) -> Result<End, JobFailed> {
        let wanted = Wanted::of_user_parameters(parameters);
        let wanted = wanted.map_err(|error| told::of_configuration(&error))?;
        let assignment = Assignment { job: job.clone(), wanted, run: None };
        let (leave, stop) = watch::channel(Stop::No);
        let mut working = Box::pin(work(&self.workshop, &assignment, stop, |_| Ok(())));
        tokio::select! {
            end = &mut working => return end,
            () = sleep(time) => {}
        }
        leave.send_replace(Stop::AtOnce);
        match working.await {
            Ok(End::Continued { .. }) if assignment.wanted.plan_only => {
                Err(told::of_looking_too_long())
            }
            end => end,
        }
    }
}

/// The event of a job.
#[derive(Debug, Deserialize)]
struct Invocation {
    #[serde(rename = "CodePipeline.job")]
    job: EventJob,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventJob {
    id: JobId,
    account_id: Option<String>,
    data: EventData,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventData {
    action_configuration: EventAction,
    #[serde(default)]
    input_artifacts: Vec<EventArtifact>,
    #[serde(default)]
    output_artifacts: Vec<EventArtifact>,
    artifact_credentials: Option<EventKeys>,
    continuation_token: Option<String>,
    encryption_key: Option<EventKey>,
}

#[derive(Debug, Deserialize)]
struct EventAction {
    configuration: EventConfiguration,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventConfiguration {
    #[serde(default)]
    user_parameters: String,
}

#[derive(Debug, Deserialize)]
struct EventArtifact {
    name: String,
    location: EventLocation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventLocation {
    s3_location: EventPlace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventPlace {
    bucket_name: String,
    object_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventKeys {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Shows no secret.
impl std::fmt::Debug for EventKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventKeys({})", self.access_key_id)
    }
}

#[derive(Debug, Deserialize)]
struct EventKey {
    id: String,
}

impl EventJob {
    /// Returns the job, and what its action is configured with.
    fn into_job(self) -> (Job, String) {
        let Self { id, account_id, data } = self;
        let artifact = |artifact: EventArtifact| JobArtifact {
            name: artifact.name,
            bucket: artifact.location.s3_location.bucket_name,
            key: artifact.location.s3_location.object_key,
        };
        let keys = data.artifact_credentials.map(|keys| {
            let EventKeys { access_key_id, secret_access_key, session_token } = keys;
            let from = "a job of CodePipeline";
            Credentials::new(access_key_id, secret_access_key, session_token, None, from)
        });
        let job = Job {
            id,
            account: account_id.and_then(|account| account.parse().ok()),
            inputs: data.input_artifacts.into_iter().map(artifact).collect(),
            outputs: data.output_artifacts.into_iter().map(artifact).collect(),
            keys,
            continuation: data.continuation_token.filter(|token| !token.is_empty()),
            encryption_key: data.encryption_key.map(|key| key.id),
            // A function is not told where it stands.
            configuration: BTreeMap::new(),
            pipeline: String::new(),
            stage: String::new(),
            action: String::new(),
            execution: String::new(),
        };
        (job, data.action_configuration.configuration.user_parameters)
    }
}
