//! Starts what an execution does next: sources are read at once, functions are invoked, custom
//! actions get a job.

use std::collections::BTreeMap;

use super::call::PipelineCall;
use super::declaration::{ActionTypeId, Declaration, DeclaredAction};
use super::invoke;
use super::job::PipelineJob;
use super::next_actions::{Next, next};
use super::run::{ActionProgress, ActionRun, Artifact, Execution, ExecutionStatus};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Object, StoreError};

/// Lets the executions of a pipeline go as far as they can.
///
/// # Errors
/// If the state cannot be read or written.
pub fn go_on(call: &mut PipelineCall<'_>, key: &str) -> Result<(), Refusal> {
    let Some(pipeline) = call.state().pipelines.get(key) else { return Ok(()) };
    let declaration = pipeline.declaration.clone();
    let mut executions = pipeline.executions.clone();
    for execution in executions.iter_mut().filter(|e| e.status == ExecutionStatus::InProgress) {
        advance(call, &declaration, execution)?;
    }
    if let Some(pipeline) = call.change().pipelines.get_mut(key) {
        pipeline.executions = executions;
    }
    Ok(())
}

fn advance(
    call: &mut PipelineCall<'_>,
    declaration: &Declaration,
    execution: &mut Execution,
) -> Result<(), Refusal> {
    loop {
        match next(declaration, execution) {
            Next::Wait => return Ok(()),
            Next::End(status) => {
                execution.status = status;
                return Ok(());
            }
            Next::Start(stage, actions) => {
                for action in actions {
                    let run = begin(call, declaration, execution, &stage.name, action)?;
                    execution.actions.push(run);
                }
            }
        }
    }
}

/// Returns an action that has begun, or that ended at once.
fn begin(
    call: &mut PipelineCall<'_>,
    declaration: &Declaration,
    execution: &Execution,
    stage: &str,
    action: &DeclaredAction,
) -> Result<ActionRun, Refusal> {
    let mut action = action.clone();
    for value in action.configuration.values_mut() {
        *value = execution.fill(value);
    }
    let account = call.store.change(&call.caller.account).0;
    let outputs = action.output_artifacts.iter().map(|output| {
        let (pipeline, name) = (first(&declaration.name, 20), first(&output.name, 10));
        let key = format!("{pipeline}/{name}/{}", account.fresh_id(7));
        Artifact { name: output.name.clone(), key, revision: None }
    });
    let outputs = outputs.collect();
    let inputs = action.input_artifacts.iter();
    let inputs = inputs.filter_map(|input| execution.artifact(&input.name)).cloned().collect();
    let mut run = ActionRun {
        id: account.fresh_uuid(),
        stage: stage.to_owned(),
        status: ExecutionStatus::InProgress,
        started: call.now,
        changed: call.now,
        inputs,
        outputs,
        variables: BTreeMap::new(),
        progress: ActionProgress::default(),
        error: None,
        jobs: Vec::new(),
        action,
    };
    if is_s3_source(&run.action.action_type_id) {
        fetch(call, &declaration.artifact_store.location, &mut run)?;
    } else if invoke::is_lambda(&run.action.action_type_id) {
        invoke::begin(call, declaration, &mut run);
    } else {
        run.jobs.push(PipelineJob::queued(account.fresh_uuid(), None, call.now));
    }
    Ok(run)
}

/// Whether an action reads its artifact from a bucket.
pub fn is_s3_source(id: &ActionTypeId) -> bool {
    let ActionTypeId { category, owner, provider, version } = id;
    [owner, category, provider, version] == ["AWS", "Source", "S3", "1"]
}

/// Copies the object of a source action into the artifact store.
fn fetch(call: &mut PipelineCall<'_>, artifacts: &str, run: &mut ActionRun) -> Result<(), Refusal> {
    let asked = |name: &str| run.action.configuration.get(name).cloned().unwrap_or_default();
    let (bucket, key) = (asked("S3Bucket"), asked("S3ObjectKey"));
    let account = call.store.account(&call.caller.account);
    let found = account.buckets.get(&bucket).and_then(|bucket| bucket.objects.get(&key)).cloned();
    let has_artifacts = account.buckets.contains_key(artifacts);
    let (Some(object), true) = (found, has_artifacts) else {
        let missing = if has_artifacts { format!("{key} in {bucket}") } else { artifacts.into() };
        let message = format!("The object or bucket does not exist: {missing}");
        run.status = ExecutionStatus::Failed;
        run.error = Some(("ConfigurationError".to_owned(), message));
        return Ok(());
    };
    let unusable = |error: StoreError| Refusal::state(error.told());
    let content = call.store.content(&bucket, &key).map_err(unusable)?;
    let etag = object.etag.trim_matches('"').to_owned();
    let now = call.now;
    for output in &mut run.outputs {
        output.revision = Some(etag.clone());
        call.store.put_content(artifacts, &output.key, content.clone()).map_err(unusable)?;
        let (account, _) = call.store.change(&call.caller.account);
        let store = account.buckets.get_mut(artifacts).expect("the bucket was found");
        store.objects.insert(output.key.clone(), Object { changed: now, ..object.clone() });
    }
    let variables = [("BucketName", bucket), ("ObjectKey", key), ("ETag", etag)];
    run.variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    run.status = ExecutionStatus::Succeeded;
    Ok(())
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
