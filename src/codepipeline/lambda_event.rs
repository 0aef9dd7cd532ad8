//! The event by which a pipeline invokes a function with a job.
//!
//! Source: CodePipeline user guide, "Invoke an AWS Lambda function in a pipeline": the event's shape.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use serde::Deserialize;

use crate::cloud::{CodePipelineJob, JobArtifact};
use crate::name::JobId;

/// The event of a job.
#[derive(Debug, Deserialize)]
pub struct JobEvent {
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
    #[serde(default)]
    revision: Option<String>,
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

impl JobEvent {
    /// Returns the job, and what its action is configured with.
    pub fn into_job(self) -> (CodePipelineJob, String) {
        let EventJob { id, account_id, data } = self.job;
        let artifact = |artifact: EventArtifact| JobArtifact {
            name: artifact.name,
            bucket: artifact.location.s3_location.bucket_name,
            key: artifact.location.s3_location.object_key,
            revision: artifact.revision.filter(|revision| !revision.is_empty()),
        };
        let keys = data.artifact_credentials.map(|keys| {
            let EventKeys { access_key_id, secret_access_key, session_token } = keys;
            let from = "a job of CodePipeline";
            Credentials::new(access_key_id, secret_access_key, session_token, None, from)
        });
        let job = CodePipelineJob {
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
