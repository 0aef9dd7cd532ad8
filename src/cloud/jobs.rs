//! The jobs of a pipeline's actions: asked for, taken, and told the end of.
//!
//! Source: the CodePipeline API reference, version 2015-07-09.

use std::collections::{BTreeMap, HashMap};

use aws_credential_types::Credentials;
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{
    ActionCategory, ActionOwner, ActionTypeId, Artifact, AwsSessionCredentials, ExecutionDetails,
    FailureDetails, FailureType, Job as FoundJob, JobData, JobStatus,
};

use super::connection::cloud::Cloud;
use super::storage::buckets::Owners;
use super::wire::answer::Answers;
use super::wire::call_error::CallError;
use super::wire::sdk_config::retry_partition;
use crate::foreign::one_line;
use crate::name::{AccountId, JobId, Region};

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

/// A job as a worker is offered it.
#[derive(Clone, Debug)]
pub struct OfferedJob {
    /// What it is.
    pub job: Job,
    /// What proves that this worker was offered it last.
    pub nonce: String,
}

/// One job of an action: an action that is continued has several, one after the other.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The action's configuration.
    pub configuration: BTreeMap<String, String>,
    /// The pipeline's name; empty if that was not said.
    pub pipeline: String,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
    /// The id of the pipeline's execution; empty if that was not said.
    pub execution: String,
    /// What the action reads.
    pub inputs: Vec<JobArtifact>,
    /// Where it writes.
    pub outputs: Vec<JobArtifact>,
    /// The account that its work is of.
    pub account: Option<AccountId>,
    /// Keys that reach these artifacts.
    pub keys: Option<Credentials>,
    /// What the job before said that this one goes on with.
    pub continuation: Option<String>,
    /// The KMS key that artifacts are encrypted with.
    pub encryption_key: Option<String>,
}

/// An artifact and where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobArtifact {
    /// Its name.
    pub name: String,
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// What is told of an action while it goes on, and at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
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
pub enum Taken {
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
            .interceptor(Answers::Json)
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
    pub async fn take(&self, id: &JobId, nonce: &str) -> Result<Taken, CallError> {
        const OPERATION: &str = "codepipeline:AcknowledgeJob";
        let reply = self.client.acknowledge_job().job_id(id.as_str()).nonce(nonce).send().await;
        let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
        Ok(match reply.status {
            None | Some(JobStatus::InProgress) => Taken::InProgress,
            Some(JobStatus::Succeeded | JobStatus::Failed | JobStatus::TimedOut) => Taken::Over,
            Some(_) => Taken::NotYet,
        })
    }

    /// Returns a job as it stands, with fresh keys.
    ///
    /// # Errors
    /// If there is none, or CodePipeline refuses or does not answer.
    pub async fn details(&self, id: &JobId) -> Result<Job, CallError> {
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
        progress: &Progress,
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

/// Returns a job with its nonce; one without an id or a nonce cannot be taken.
fn offered(found: FoundJob) -> Option<OfferedJob> {
    let (id, nonce) = (found.id?.parse().ok()?, found.nonce?);
    Some(OfferedJob { job: job(id, found.account_id, found.data), nonce })
}

fn job(id: JobId, account: Option<String>, data: Option<JobData>) -> Job {
    let data = data.unwrap_or_else(|| JobData::builder().build());
    let configuration = data.action_configuration.and_then(|action| action.configuration);
    let context = data.pipeline_context;
    let stage = context.as_ref().and_then(|context| context.stage.as_ref()?.name.clone());
    let action = context.as_ref().and_then(|context| context.action.as_ref()?.name.clone());
    let execution = context.as_ref().and_then(|context| context.pipeline_execution_id.clone());
    Job {
        id,
        account: account.and_then(|account| account.parse().ok()),
        configuration: configuration.unwrap_or_default().into_iter().collect(),
        pipeline: context.and_then(|context| context.pipeline_name).unwrap_or_default(),
        stage: stage.unwrap_or_default(),
        action: action.unwrap_or_default(),
        execution: execution.unwrap_or_default(),
        inputs: data.input_artifacts.unwrap_or_default().into_iter().map(artifact).collect(),
        outputs: data.output_artifacts.unwrap_or_default().into_iter().map(artifact).collect(),
        keys: data.artifact_credentials.map(credentials),
        continuation: data.continuation_token,
        encryption_key: data.encryption_key.map(|key| key.id),
    }
}

fn artifact(found: Artifact) -> JobArtifact {
    let place = found.location.and_then(|location| location.s3_location);
    let (bucket, key) =
        place.map(|place| (place.bucket_name, place.object_key)).unwrap_or_default();
    JobArtifact { name: found.name.unwrap_or_default(), bucket, key }
}

fn credentials(keys: AwsSessionCredentials) -> Credentials {
    let (id, secret, token) = (keys.access_key_id, keys.secret_access_key, keys.session_token);
    Credentials::new(id, secret, Some(token), None, "a job of CodePipeline")
}

impl Job {
    /// Returns the accounts that the buckets of its artifacts may belong to, as CodePipeline says; none if
    /// it does not.
    ///
    /// AWS documents a job's account as the one "to use when performing the job", which of an action in
    /// another account than its pipeline may be either. Such a pipeline has a KMS key of its own account
    /// (CodePipeline user guide, "Create a pipeline that uses resources from another AWS account").
    pub fn owners(&self) -> Option<Owners> {
        let key = self.encryption_key.as_deref().unwrap_or_default();
        let of_key = key.split(':').nth(4).and_then(|account| account.parse().ok());
        let first = self.account.clone().or_else(|| of_key.clone())?;
        Some(Owners::of(first).or(of_key))
    }

    /// Returns where it stands in its pipeline, for people: a function is not told, and has the start of
    /// the job's id.
    pub fn place(&self) -> String {
        let parts = [&self.pipeline, &self.stage, &self.action].map(String::as_str);
        let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match named[..] {
            [] => format!("job {}", self.id.as_str().split('-').next().unwrap_or_default()),
            _ => one_line(&named.join("/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_of_a_job_are_of_its_account_or_of_its_keys() {
        let owners = |account: &str, key: Option<&str>| {
            let id = "11111111-2222-3333-4444-555555555555".parse().expect("an id");
            let account = Some(account.to_owned()).filter(|account| !account.is_empty());
            let mut job = job(id, account, None);
            job.encryption_key = key.map(str::to_owned);
            job.owners().map(|owners| owners.to_string())
        };
        let (own, other) = ("111111111111", "222222222222");
        let key = format!("arn:aws:kms:eu-central-1:{other}:key/1234");
        assert_eq!(owners(own, None).as_deref(), Some(own));
        assert_eq!(owners(own, Some("1234")).as_deref(), Some(own));
        assert_eq!(owners(own, Some(&key)), Some(format!("{own} or {other}")));
        assert_eq!(owners(other, Some(&key)).as_deref(), Some(other));
        assert_eq!(owners("", Some(&key)).as_deref(), Some(other));
        assert_eq!(owners("", None), None);
    }
}
