//! Pipelines: made, started, looked at and deleted.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::call::PipelineCall;
use super::declaration::Declaration;
use super::run::{Execution, ExecutionStatus};
use super::state::Pipeline;
use super::{checks, invoke, show, start};
use crate::sandbox::iam::{Authorizer, NeededPermission, admits_service};
use crate::sandbox::wire::Refusal;

/// Makes a pipeline and starts it, as CodePipeline does.
///
/// # Errors
/// If the caller may not, the name is taken, or the declaration is not as the service wants it.
pub fn create(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let declared = &call.input["pipeline"];
    checks::name(&declared["name"], "pipeline.name", ".@-_", 100)?;
    let declaration: Declaration = serde_json::from_value(declared.clone())
        .map_err(|error| Refusal::unknown_operation(format!("this pipeline: {error}")))?;
    call.authorize("CreatePipeline", &call.arn(&declaration.name))?;
    check_role(call, &declaration.role_arn)?;
    check_structure(call, &declaration)?;
    let key = call.key(&declaration.name);
    if call.state().pipelines.contains_key(&key) {
        let message = format!("A pipeline with the name '{}' already exists", declaration.name);
        return Err(Refusal::bad_request("PipelineNameInUseException", message));
    }
    let shown = json!({ "pipeline": declaration });
    let made = Pipeline { declaration, created: call.now, executions: Vec::new() };
    call.change().pipelines.insert(key.clone(), made);
    execute(call, &key)?;
    Ok(shown)
}

/// Deletes a pipeline; one that is missing is deleted already.
///
/// # Errors
/// If the caller may not.
pub fn delete(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let name = checks::text(&call.input["name"], "name")?;
    call.authorize("DeletePipeline", &call.arn(name))?;
    let key = call.key(name);
    call.change().pipelines.remove(&key);
    Ok(Json::Object(Map::new()))
}

/// Starts a pipeline.
///
/// # Errors
/// If the caller may not, or there is no such pipeline.
pub fn start(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let key = existing(call, "StartPipelineExecution", "name")?;
    Ok(json!({ "pipelineExecutionId": execute(call, &key)? }))
}

/// Shows where a pipeline stands.
///
/// # Errors
/// If the caller may not, or there is no such pipeline.
pub fn state(call: &PipelineCall<'_>) -> Result<Json, Refusal> {
    let key = existing(call, "GetPipelineState", "name")?;
    Ok(show::state(&call.state().pipelines[&key]))
}

/// Shows one execution.
///
/// # Errors
/// If the caller may not, or there is no such execution.
pub fn execution(call: &PipelineCall<'_>) -> Result<Json, Refusal> {
    let key = existing(call, "GetPipelineExecution", "pipelineName")?;
    let id = checks::uuid(&call.input["pipelineExecutionId"], "pipelineExecutionId")?;
    let pipeline = &call.state().pipelines[&key];
    let found = pipeline.executions.iter().find(|execution| execution.id == id);
    let found = found.ok_or_else(|| {
        let message = format!("the execution {id} cannot be found");
        Refusal::bad_request("PipelineExecutionNotFoundException", message)
    })?;
    Ok(json!({ "pipelineExecution": show::execution(pipeline, found) }))
}

/// Lists what became of a pipeline's actions, the newest first.
///
/// # Errors
/// If the caller may not, or there is no such pipeline.
pub fn action_executions(call: &PipelineCall<'_>) -> Result<Json, Refusal> {
    let key = existing(call, "ListActionExecutions", "pipelineName")?;
    let only = call.input["filter"]["pipelineExecutionId"].as_str();
    let pipeline = &call.state().pipelines[&key];
    let executions = pipeline.executions.iter().rev();
    let executions = executions.filter(|execution| only.is_none_or(|id| execution.id == id));
    let actions = executions.flat_map(|execution| {
        execution.actions.iter().rev().map(|run| show::action_detail(pipeline, execution, run))
    });
    Ok(json!({ "actionExecutionDetails": actions.collect::<Vec<_>>() }))
}

/// Returns the key of the pipeline a request names, if the caller may do this to it.
fn existing(call: &PipelineCall<'_>, action: &str, member: &str) -> Result<String, Refusal> {
    let name = checks::text(&call.input[member], member)?;
    call.authorize(action, &call.arn(name))?;
    let key = call.key(name);
    if call.state().pipelines.contains_key(&key) {
        return Ok(key);
    }
    let account = &call.caller.account;
    let message = format!("Account '{account}' does not have a pipeline with name '{name}'");
    Err(Refusal::bad_request("PipelineNotFoundException", message))
}

fn execute(call: &mut PipelineCall<'_>, key: &str) -> Result<String, Refusal> {
    let id = call.store.change(&call.caller.account).0.fresh_uuid();
    let execution =
        Execution { id: id.clone(), status: ExecutionStatus::InProgress, actions: Vec::new() };
    if let Some(pipeline) = call.change().pipelines.get_mut(key) {
        pipeline.executions.push(execution);
    }
    start::go_on(call, key)?;
    Ok(id)
}

/// The caller must be allowed to pass the role, and the role must let CodePipeline in.
fn check_role(call: &PipelineCall<'_>, role_arn: &str) -> Result<(), Refusal> {
    let account = call.store.account(&call.caller.account);
    let access = Authorizer::new(call.caller, account, call.now, call.settings);
    access.check(&NeededPermission::new("iam:PassRole", role_arn), |context| {
        context.put("iam:PassedToService", "codepipeline.amazonaws.com");
    })?;
    let role = account.roles.values().find(|role| role.arn == role_arn);
    let trust = role.and_then(|role| role.trust.counting(access.until()));
    if trust.is_some_and(|trust| admits_service(trust, "codepipeline.amazonaws.com")) {
        return Ok(());
    }
    let message =
        format!("CodePipeline is not authorized to perform AssumeRole on role {role_arn}");
    Err(Refusal::bad_request("InvalidStructureException", message))
}

/// A pipeline has two stages or more, begins with sources and reads what was written before.
fn check_structure(call: &PipelineCall<'_>, declaration: &Declaration) -> Result<(), Refusal> {
    let wrong = |message: String| Refusal::bad_request("InvalidStructureException", message);
    let of_action =
        |message: String| Refusal::bad_request("InvalidActionDeclarationException", message);
    if declaration.stages.len() < 2 {
        return Err(wrong("a pipeline has two stages or more".to_owned()));
    }
    let mut written = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (number, (stage, action)) in declaration.actions().enumerate() {
        let id = &action.action_type_id;
        let is_source = id.category == "Source";
        if is_source != (stage.name == declaration.stages[0].name) || (number == 0 && !is_source) {
            return Err(wrong("only the first stage has Source actions, and no others".to_owned()));
        }
        let is_custom = id.owner == "Custom";
        let is_lambda = invoke::is_lambda(id);
        if !is_custom && !is_lambda && !start::is_s3_source(id) {
            return Err(Refusal::unknown_operation(format!("actions of the type {id}")));
        }
        if is_lambda && !action.configuration.contains_key("FunctionName") {
            return Err(of_action(format!(
                "Action configuration for action '{}' is missing required configuration \
                 'FunctionName'",
                action.name
            )));
        }
        if is_custom && !call.state().action_types.contains_key(&call.key(&id.to_string())) {
            return Err(of_action(format!("ActionType {id} is not available")));
        }
        if !names.insert((&stage.name, &action.name)) {
            return Err(of_action(format!("two actions of {} are {}", stage.name, action.name)));
        }
        if let Some(input) = action.input_artifacts.iter().find(|a| !written.contains(&a.name)) {
            return Err(of_action(format!("nothing before {} writes {}", action.name, input.name)));
        }
        written.extend(action.output_artifacts.iter().map(|output| output.name.clone()));
    }
    Ok(())
}
