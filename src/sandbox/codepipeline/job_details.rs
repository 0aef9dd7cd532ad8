//! Job details: what a worker that takes a job is sent, or the function that is invoked with it.

use serde_json::{Value as Json, json};

use super::call::PipelineCall;
use super::declaration::Declaration;
use super::job::PipelineJob;
use super::role;
use super::run::{ActionRun, Artifact};
use super::state::JobPosition;

/// Returns a job with all its worker needs.
pub fn job(call: &PipelineCall<'_>, place: &JobPosition) -> Json {
    let state = call.state();
    let (pipeline, run, job) = state.job(place);
    let declared = &pipeline.declaration;
    let mut shown = described(call, declared, run, job);
    shown["data"]["actionTypeId"] = json!(run.action.action_type_id);
    shown["data"]["pipelineContext"] = json!({
        "pipelineName": declared.name,
        "stage": { "name": run.stage },
        "action": { "name": run.action.name, "actionExecutionId": run.id },
        "pipelineArn": call.arn(&declared.name),
        "pipelineExecutionId": state.execution_id(place),
    });
    shown
}

/// Returns the event of a function: the job without its type and its place in the pipeline.
///
/// Source: the CodePipeline user guide, "Example JSON event", and the Lambda developer guide, "Using
/// AWS Lambda with AWS CodePipeline", which shows when the keys expire.
pub fn event(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    run: &ActionRun,
    job: &PipelineJob,
) -> Json {
    let mut shown = described(call, declared, run, job);
    let data = &mut shown["data"];
    for side in ["inputArtifacts", "outputArtifacts"] {
        for artifact in data[side].as_array_mut().into_iter().flatten() {
            // A revision that is not known is said to be none.
            if let Some(members) = artifact.as_object_mut() {
                members.entry("revision").or_insert(Json::Null);
            }
        }
    }
    if data.get("artifactCredentials").is_some() {
        let until = call.now + role::KEYS_LAST;
        data["artifactCredentials"]["expirationTime"] = json!(until.as_millisecond());
    }
    json!({ "CodePipeline.job": shown })
}

fn described(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    run: &ActionRun,
    job: &PipelineJob,
) -> Json {
    let store = &declared.artifact_store;
    let artifacts = |artifacts: &[Artifact]| -> Vec<Json> {
        artifacts.iter().map(|artifact| located(&store.location, artifact)).collect()
    };
    let mut data = json!({
        "actionConfiguration": { "configuration": run.action.configuration },
        "inputArtifacts": artifacts(&run.inputs),
        "outputArtifacts": artifacts(&run.outputs),
    });
    if let Some(keys) = role::keys(call, declared) {
        data["artifactCredentials"] = keys;
    }
    if let Some(token) = &job.continuation {
        data["continuationToken"] = json!(token);
    }
    if let Some(key) = &store.encryption_key {
        data["encryptionKey"] = json!(key);
    }
    json!({ "id": job.id, "accountId": call.caller.account, "data": data })
}

fn located(bucket: &str, artifact: &Artifact) -> Json {
    let place = json!({ "bucketName": bucket, "objectKey": artifact.key });
    let mut shown =
        json!({ "name": artifact.name, "location": { "type": "S3", "s3Location": place } });
    if let Some(revision) = &artifact.revision {
        shown["revision"] = json!(revision);
    }
    shown
}
