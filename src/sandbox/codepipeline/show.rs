//! Pipelines and executions as the API shows them.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::run::{ActionRun, Artifact, Execution, ExecutionStatus};
use super::state::Pipeline;

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

fn stage_status(execution: &Execution, stage: &str, actions: usize) -> ExecutionStatus {
    let runs = || execution.actions.iter().filter(|run| run.stage == stage);
    if runs().any(|run| run.status == ExecutionStatus::InProgress) {
        return ExecutionStatus::InProgress;
    }
    if runs().any(|run| run.status == ExecutionStatus::Failed) {
        return ExecutionStatus::Failed;
    }
    if runs().count() < actions { ExecutionStatus::InProgress } else { ExecutionStatus::Succeeded }
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
