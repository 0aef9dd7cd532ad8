//! The jobs of a pipeline's actions: asked for, taken, and told the end of.
//!
//! Source: the CodePipeline API reference, version 2015-07-09.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{
    ActionCategory, ActionOwner, ActionTypeId, ExecutionDetails, FailureDetails, FailureType,
    JobStatus,
};

use super::job::{CodePipelineJob, OfferedJob, job, offered};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::reply_format::ReplyFormat;
use crate::cloud::wire::sdk_config::retry_partition;
use crate::name::{JobId, Region};

/// The jobs of CodePipeline in one Region, as the machine's own credentials reach them.
#[derive(Clone, Debug)]
pub struct Jobs {
    client: Client,
}

/// A type of action that workers of ours carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionType {
    /// Such as `Deploy`.
    pub category: String,
    /// Such as `xdeploy`.
    pub provider: String,
    /// Which of its versions.
    pub version: String,
}

/// What is told of an action while it goes on, and at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// In words, up to 2048 characters.
    pub summary: String,
    /// What we call it: the run's id.
    pub run: Option<String>,
    /// How much of it is done, up to 100.
    pub percent: Option<u8>,
}

/// Why a job failed, in CodePipeline's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum JobFailureKind {
    /// What it was to do did not succeed.
    JobFailed,
    /// The action, its artifact or what is in it is wrong.
    ConfigurationError,
    /// Something may not be done or entered.
    PermissionError,
    /// The artifact is not there.
    RevisionUnavailable,
    /// What the worker needs itself is not there.
    SystemUnavailable,
}

/// How a job stands once a worker said that it takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// It is the worker's.
    InProgress,
    /// It has ended.
    Over,
    /// It is not the worker's yet.
    NotYet,
}

impl CallError {
    /// Whether CodePipeline says that a job is another worker's or has ended.
    pub fn is_of_another_job(&self) -> bool {
        ["InvalidNonceException", "InvalidJobStateException", "JobNotFoundException"]
            .iter()
            .any(|code| self.has_code(code))
    }

    /// Whether CodePipeline does not take what a request says.
    pub fn is_of_its_content(&self) -> bool {
        ["ValidationException", "OutputVariablesSizeExceededException"]
            .iter()
            .any(|code| self.has_code(code))
    }
}

impl Cloud {
    /// Returns the Region that this machine's settings name, if they name one.
    pub async fn own_region(&self) -> Option<String> {
        let settings = self.own_settings(None).await;
        settings.region().map(|region| region.as_ref().to_owned())
    }

    /// Returns the jobs of pipelines in a Region.
    pub async fn jobs(&self, region: &Region) -> Jobs {
        let settings = self.own_settings(Some(region)).await;
        let settings = aws_sdk_codepipeline::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Json)
            .build();
        Jobs { client: Client::from_conf(settings) }
    }
}

impl Jobs {
    /// Asks for jobs of a type, at most so many; each is ours only once it was [taken](Self::take).
    ///
    /// # Errors
    /// If CodePipeline refuses or does not answer.
    pub async fn poll(&self, of: &ActionType, most: usize) -> Result<Vec<OfferedJob>, CallError> {
        const OPERATION: &str = "codepipeline:PollForJobs";
        let id = ActionTypeId::builder()
            .category(ActionCategory::from(of.category.as_str()))
            .owner(ActionOwner::Custom)
            .provider(&of.provider)
            .version(&of.version)
            .build()
            .expect("every part is given");
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let reply =
            self.client.poll_for_jobs().action_type_id(id).max_batch_size(most).send().await;
        let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
        Ok(reply.jobs.unwrap_or_default().into_iter().filter_map(offered).collect())
    }

    /// Takes a job that was offered, and returns how it stands then.
    ///
    /// # Errors
    /// If it is another worker's, or CodePipeline refuses or does not answer.
    pub async fn take(&self, id: &JobId, nonce: &str) -> Result<Acknowledged, CallError> {
        const OPERATION: &str = "codepipeline:AcknowledgeJob";
        let reply = self.client.acknowledge_job().job_id(id.as_str()).nonce(nonce).send().await;
        let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
        Ok(match reply.status {
            None | Some(JobStatus::InProgress) => Acknowledged::InProgress,
            Some(JobStatus::Succeeded | JobStatus::Failed | JobStatus::TimedOut) => {
                Acknowledged::Over
            }
            Some(_) => Acknowledged::NotYet,
        })
    }

    /// Returns a job as it stands, with fresh keys.
    ///
    /// # Errors
    /// If there is none, or CodePipeline refuses or does not answer.
    pub async fn details(&self, id: &JobId) -> Result<CodePipelineJob, CallError> {
        const OPERATION: &str = "codepipeline:GetJobDetails";
        let reply = self.client.get_job_details().job_id(id.as_str()).send().await;
        let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
        let details = reply.job_details;
        let account = details.as_ref().and_then(|details| details.account_id.clone());
        Ok(job(id.clone(), account, details.and_then(|details| details.data)))
    }

    /// Ends a job well; with a continuation, another one goes on with it.
    ///
    /// # Errors
    /// If it is not in progress, or CodePipeline refuses or does not answer.
    pub async fn succeed(
        &self,
        id: &JobId,
        progress: &JobProgress,
        continuation: Option<&str>,
        variables: BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        const OPERATION: &str = "codepipeline:PutJobSuccessResult";
        let details = ExecutionDetails::builder()
            .summary(&progress.summary)
            .set_external_execution_id(progress.run.clone())
            .set_percent_complete(progress.percent.map(i32::from))
            .build();
        let variables: HashMap<String, String> = variables.into_iter().collect();
        let reply = self
            .client
            .put_job_success_result()
            .job_id(id.as_str())
            .execution_details(details)
            .set_continuation_token(continuation.map(str::to_owned))
            .set_output_variables((!variables.is_empty()).then_some(variables))
            .send()
            .await;
        reply.map(drop).map_err(|error| CallError::of(OPERATION, &error))
    }

    /// Ends a job badly; `message` has up to 5,000 characters.
    ///
    /// # Errors
    /// If it is not in progress, or CodePipeline refuses or does not answer.
    pub async fn fail(
        &self,
        id: &JobId,
        kind: JobFailureKind,
        message: &str,
        run: Option<&str>,
    ) -> Result<(), CallError> {
        const OPERATION: &str = "codepipeline:PutJobFailureResult";
        let details = FailureDetails::builder()
            .r#type(failure_type(kind))
            .message(message)
            .set_external_execution_id(run.map(str::to_owned))
            .build()
            .expect("type and message are given");
        let call = self.client.put_job_failure_result().job_id(id.as_str());
        let reply = call.failure_details(details).send().await;
        reply.map(drop).map_err(|error| CallError::of(OPERATION, &error))
    }
}

fn failure_type(kind: JobFailureKind) -> FailureType {
    match kind {
        JobFailureKind::JobFailed => FailureType::JobFailed,
        JobFailureKind::ConfigurationError => FailureType::ConfigurationError,
        JobFailureKind::PermissionError => FailureType::PermissionError,
        JobFailureKind::RevisionUnavailable => FailureType::RevisionUnavailable,
        JobFailureKind::SystemUnavailable => FailureType::SystemUnavailable,
    }
}
