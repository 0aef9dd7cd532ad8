//! Jobs, pipelines and executions as the API shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::super::session::Session;
use super::super::sts::{secret_key, session_key};
use super::Call;
use super::declaration::Declaration;
use super::run::{ActionRun, Artifact, Execution, Status};
use super::state::{Pipeline, Place};

/// How long the keys of a job are good for.
const KEYS_LAST: Duration = Duration::from_secs(3600);

/// Returns a job with all its worker needs.
pub fn job(call: &Call<'_>, place: &Place) -> Json {
    let state = call.state();
    let (pipeline, run, job) = state.job(place);
    let declared = &pipeline.declaration;
    let store = &declared.artifact_store;
    let artifacts = |artifacts: &[Artifact]| -> Vec<Json> {
        artifacts.iter().map(|artifact| located(&store.location, artifact)).collect()
    };
    let mut data = json!({
        "actionTypeId": run.action.action_type_id,
        "actionConfiguration": { "configuration": run.action.configuration },
        "pipelineContext": {
            "pipelineName": declared.name,
            "stage": { "name": run.stage },
            "action": { "name": run.action.name, "actionExecutionId": run.id },
            "pipelineArn": call.arn(&declared.name),
            "pipelineExecutionId": state.execution_id(place),
        },
        "inputArtifacts": artifacts(&run.inputs),
        "outputArtifacts": artifacts(&run.outputs),
    });
    if let Some(keys) = keys(call, declared) {
        data["artifactCredentials"] = keys;
    }
    if let Some(token) = &job.continuation {
        data["continuationToken"] = json!(token);
    }
    if let Some(key) = &store.encryption_key {
        data["encryptionKey"] = json!(key);
    }
    json!({ "id": job.id, "data": data, "accountId": call.caller.account })
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

/// Returns the keys of a session in the pipeline's role that reaches its artifacts and nothing else.
fn keys(call: &Call<'_>, declared: &Declaration) -> Option<Json> {
    let account = call.store.account(&call.caller.account);
    let role = account.roles.values().find(|role| role.arn == declared.role_arn)?;
    let (partition, bucket) = (call.caller.partition(), &declared.artifact_store.location);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            "Resource": format!("arn:{partition}:s3:::{bucket}/*"),
        }],
    });
    let session = Session {
        key: session_key(&call.caller.account),
        account: call.caller.account.clone(),
        role_arn: role.arn.clone(),
        role_id: role.id.clone(),
        name: "codepipeline".to_owned(),
        expires: call.now + KEYS_LAST,
        policy: Some(policy.into()),
        policy_arns: Vec::new(),
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        source_identity: None,
    };
    Some(json!({
        "accessKeyId": session.key,
        "secretAccessKey": secret_key(),
        "sessionToken": session.token(),
    }))
}

/// Returns where a pipeline stands, each stage with its latest execution.
pub fn state(pipeline: &Pipeline) -> Json {
    let declared = &pipeline.declaration;
    let stages = declared.stages.iter().map(|stage| {
        let entered =
            |execution: &&Execution| execution.actions.iter().any(|run| run.stage == stage.name);
        let latest = pipeline.executions.iter().rev().find(entered);
        let actions = stage.actions.iter().map(|action| {
            let is_it =
                |run: &&ActionRun| run.stage == stage.name && run.action.name == action.name;
            let run = latest.and_then(|execution| execution.actions.iter().find(is_it));
            let mut shown = json!({ "actionName": action.name });
            if let Some(run) = run {
                shown["latestExecution"] = action_state(run);
            }
            shown
        });
        let mut shown = json!({
            "stageName": stage.name,
            "inboundTransitionState": { "enabled": true },
            "actionStates": actions.collect::<Vec<_>>(),
        });
        if let Some(execution) = latest {
            let status = stage_status(execution, &stage.name, stage.actions.len()).word();
            shown["latestExecution"] =
                json!({ "pipelineExecutionId": execution.id, "status": status });
        }
        shown
    });
    json!({
        "pipelineName": declared.name,
        "pipelineVersion": declared.version,
        "stageStates": stages.collect::<Vec<_>>(),
        "created": seconds(pipeline.created),
        "updated": seconds(pipeline.created),
    })
}

fn stage_status(execution: &Execution, stage: &str, actions: usize) -> Status {
    let runs = || execution.actions.iter().filter(|run| run.stage == stage);
    if runs().any(|run| run.status == Status::InProgress) {
        return Status::InProgress;
    }
    if runs().any(|run| run.status == Status::Failed) {
        return Status::Failed;
    }
    if runs().count() < actions { Status::InProgress } else { Status::Succeeded }
}

fn action_state(run: &ActionRun) -> Json {
    let mut shown = json!({
        "actionExecutionId": run.id,
        "status": run.status.word(),
        "lastStatusChange": seconds(run.changed),
    });
    if let Some(summary) = &run.progress.summary {
        shown["summary"] = json!(summary);
    }
    if let Some(id) = &run.progress.external_id {
        shown["externalExecutionId"] = json!(id);
    }
    if let Some(percent) = run.progress.percent {
        shown["percentComplete"] = json!(percent);
    }
    if let Some((code, message)) = &run.error {
        shown["errorDetails"] = json!({ "code": code, "message": message });
    }
    shown
}

/// Returns an execution as a whole.
pub fn execution(pipeline: &Pipeline, execution: &Execution) -> Json {
    let outputs = execution.actions.iter().flat_map(|run| &run.outputs);
    let revisions = outputs.filter_map(|output| {
        Some(json!({ "name": output.name, "revisionId": output.revision.as_ref()? }))
    });
    json!({
        "pipelineName": pipeline.declaration.name,
        "pipelineVersion": pipeline.declaration.version,
        "pipelineExecutionId": execution.id,
        "status": execution.status.word(),
        "artifactRevisions": revisions.collect::<Vec<_>>(),
    })
}

/// Returns an action of an execution with what it read, wrote and yielded.
pub fn action_detail(pipeline: &Pipeline, execution: &Execution, run: &ActionRun) -> Json {
    let bucket = &pipeline.declaration.artifact_store.location;
    let kept = |artifacts: &[Artifact]| -> Vec<Json> {
        let shown = |a: &Artifact| json!({ "name": a.name, "s3location": { "bucket": bucket, "key": a.key } });
        artifacts.iter().map(shown).collect()
    };
    let mut result = json!({});
    if let Some(id) = &run.progress.external_id {
        result["externalExecutionId"] = json!(id);
    }
    if let Some(summary) = &run.progress.summary {
        result["externalExecutionSummary"] = json!(summary);
    }
    if let Some((code, message)) = &run.error {
        result["errorDetails"] = json!({ "code": code, "message": message });
    }
    json!({
        "pipelineExecutionId": execution.id,
        "actionExecutionId": run.id,
        "pipelineVersion": pipeline.declaration.version,
        "stageName": run.stage,
        "actionName": run.action.name,
        "startTime": seconds(run.started),
        "lastUpdateTime": seconds(run.changed),
        "status": run.status.word(),
        "input": {
            "actionTypeId": run.action.action_type_id,
            "configuration": run.action.configuration,
            "inputArtifacts": kept(&run.inputs),
        },
        "output": {
            "outputArtifacts": kept(&run.outputs),
            "executionResult": result,
            "outputVariables": run.variables,
        },
    })
}

/// Returns a time as the protocol has it: seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit a double")]
fn seconds(time: Timestamp) -> Json {
    json!(time.as_millisecond() as f64 / 1000.0)
}
