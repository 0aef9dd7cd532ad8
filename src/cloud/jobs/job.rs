//! A job of a pipeline's action as CodePipeline describes it, in our types.
//!
//! Source: the CodePipeline API reference, version 2015-07-09.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_sdk_codepipeline::types::{self, Artifact, AwsSessionCredentials, JobData};

use crate::cloud::storage::buckets::Owners;
use crate::foreign::one_line;
use crate::name::{AccountId, JobId};

/// A job as a worker is offered it.
#[derive(Clone, Debug)]
pub struct OfferedJob {
    /// What it is.
    pub job: CodePipelineJob,
    /// What proves that this worker was offered it last.
    pub nonce: String,
}

/// One job of an action: an action that is continued has several, one after the other.
#[derive(Clone, Debug)]
pub struct CodePipelineJob {
    /// The id that its result is put under.
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
    /// The name that the pipeline gives it.
    pub name: String,
    /// The bucket that holds it.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What it was made from, as its source names it: a commit, or the version of an object.
    pub revision: Option<String>,
}

/// Returns a job with its nonce; one without an id or a nonce cannot be taken.
pub(super) fn offered(found: types::Job) -> Option<OfferedJob> {
    let (id, nonce) = (found.id?.parse().ok()?, found.nonce?);
    Some(OfferedJob { job: job(id, found.account_id, found.data), nonce })
}

/// Returns a job of this id in our types.
pub(super) fn job(id: JobId, account: Option<String>, data: Option<JobData>) -> CodePipelineJob {
    let data = data.unwrap_or_else(|| JobData::builder().build());
    let configuration = data.action_configuration.and_then(|action| action.configuration);
    let context = data.pipeline_context;
    let stage = context.as_ref().and_then(|context| context.stage.as_ref()?.name.clone());
    let action = context.as_ref().and_then(|context| context.action.as_ref()?.name.clone());
    let execution = context.as_ref().and_then(|context| context.pipeline_execution_id.clone());
    CodePipelineJob {
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
    let revision = found.revision.filter(|revision| !revision.is_empty());
    JobArtifact { name: found.name.unwrap_or_default(), bucket, key, revision }
}

fn credentials(keys: AwsSessionCredentials) -> Credentials {
    let (id, secret, token) = (keys.access_key_id, keys.secret_access_key, keys.session_token);
    Credentials::new(id, secret, Some(token), None, "a job of CodePipeline")
}

impl CodePipelineJob {
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
