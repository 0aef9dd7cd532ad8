//! The actions of job workers: poll for jobs, acknowledge them, read them, and put their results.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::call::PipelineCall;
use super::declaration::ActionTypeId;
use super::job::{JobState, PipelineJob};
use super::run::{ActionProgress, ExecutionStatus};
use super::state::JobPosition;
use super::{checks, invoke, job_details, start};
use crate::sandbox::wire::Refusal;

/// The most that the variables of one action hold, in bytes.
const MOST_VARIABLES_BYTES: usize = 122_880;

/// Why a job may fail.
const FAILURES: [&str; 6] = [
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
];

/// Offers jobs of a custom action type to a worker.
///
/// # Errors
/// If the caller may not, there is no such type, or the request breaks a rule.
pub fn poll(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let id = action_type(&call.input["actionTypeId"])?;
    call.authorize("PollForJobs", &call.arn(&format!("actiontype:{id}")))?;
    checks::number(&call.input["maxBatchSize"], "maxBatchSize", 1, i64::MAX)?;
    let most = call.input["maxBatchSize"].as_u64().unwrap_or(1);
    if !call.state().action_types.contains_key(&call.key(&id.to_string())) {
        let message = format!("the action type {id} does not exist");
        return Err(Refusal::bad_request("ActionTypeNotFoundException", message));
    }
    let state = call.state();
    let asked = call.input["queryParam"].as_object();
    let places = state.places(call.caller.region.as_str());
    let offered = places.into_iter().filter(|place| {
        let (_, run, job) = state.job(place);
        let fits = |(key, value): (&String, &Json)| {
            run.action.configuration.get(key).map(String::as_str) == value.as_str()
        };
        run.action.action_type_id == id
            && job.is_on_offer(call.now)
            && asked.is_none_or(|asked| asked.iter().all(fits))
    });
    let offered: Vec<JobPosition> =
        offered.take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
    let now = call.now;
    for place in &offered {
        let (run, job) = call.change().change(place);
        run.jobs[job].offer(now);
    }
    let shown = offered.iter().map(|place| {
        let mut shown = job_details::job(call, place);
        shown["nonce"] = json!(call.state().job(place).2.nonce());
        shown
    });
    Ok(json!({ "jobs": shown.collect::<Vec<_>>() }))
}

/// Gives a job to the worker that has its nonce.
///
/// # Errors
/// If the caller may not, there is no such job, or it was offered to another worker since.
pub fn acknowledge(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    call.authorize("AcknowledgeJob", "*")?;
    let place = place(call)?;
    checks::length(&call.input["nonce"], "nonce", 1, 50)?;
    let nonce = checks::text(&call.input["nonce"], "nonce")?;
    let now = call.now;
    let (run, job) = call.change().change(&place);
    if !run.jobs[job].take(nonce, now) {
        let message = format!("the nonce {nonce} is not that of the job's last offer");
        return Err(Refusal::bad_request("InvalidNonceException", message));
    }
    Ok(json!({ "status": run.jobs[job].state.word() }))
}

/// Shows a job.
///
/// # Errors
/// If the caller may not, or there is no such job.
pub fn details(call: &PipelineCall<'_>) -> Result<Json, Refusal> {
    call.authorize("GetJobDetails", "*")?;
    Ok(json!({ "jobDetails": job_details::job(call, &place(call)?) }))
}

/// Ends a job well: its action has succeeded, or goes on with another job.
///
/// # Errors
/// If the caller may not, no worker has the job, or the request breaks a rule.
pub fn succeed(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    call.authorize("PutJobSuccessResult", "*")?;
    let place = place(call)?;
    checks::length(&call.input["continuationToken"], "continuationToken", 1, 2048)?;
    let said = progress(&call.input["executionDetails"])?;
    let variables = variables(call.input)?;
    let continuation = call.input["continuationToken"].as_str().map(str::to_owned);
    let account = call.caller.account.clone();
    let (now, next_id) = (call.now, call.store.change(&account).0.fresh_uuid());
    let (run, job) = call.change().change(&place);
    if !run.jobs[job].end(JobState::Succeeded, now) {
        return Err(not_in_progress(&run.jobs[job]));
    }
    run.changed = now;
    run.progress = said;
    match continuation {
        Some(token) if invoke::is_lambda(&run.action.action_type_id) => {
            invoke::go_on(call, &place, token);
            start::go_on(call, &place.pipeline)?;
        }
        Some(token) => run.jobs.push(PipelineJob::queued(next_id, Some(token), now)),
        None => {
            run.status = ExecutionStatus::Succeeded;
            run.variables = variables;
            start::go_on(call, &place.pipeline)?;
        }
    }
    Ok(Json::Object(Map::new()))
}

/// Ends a job and its action badly.
///
/// # Errors
/// If the caller may not, no worker has the job, or the request breaks a rule.
pub fn fail(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    call.authorize("PutJobFailureResult", "*")?;
    let place = place(call)?;
    let failure = &call.input["failureDetails"];
    if failure.is_null() {
        return Err(checks::missing("failureDetails"));
    }
    checks::one_of(&failure["type"], "failureDetails.type", &FAILURES)?;
    let message = checks::text(&failure["message"], "failureDetails.message")?;
    checks::length(&failure["message"], "failureDetails.message", 1, 5000)?;
    let id = &failure["externalExecutionId"];
    checks::length(id, "failureDetails.externalExecutionId", 1, 1500)?;
    let kind = checks::text(&failure["type"], "failureDetails.type")?;
    let (now, error) = (call.now, (kind.to_owned(), message.to_owned()));
    let external_id = id.as_str().map(str::to_owned);
    let (run, job) = call.change().change(&place);
    if !run.jobs[job].end(JobState::Failed, now) {
        return Err(not_in_progress(&run.jobs[job]));
    }
    run.status = ExecutionStatus::Failed;
    run.changed = now;
    run.error = Some(error);
    run.progress.external_id = external_id.or(run.progress.external_id.take());
    start::go_on(call, &place.pipeline)?;
    Ok(Json::Object(Map::new()))
}

/// Finds the job a request names.
fn place(call: &PipelineCall<'_>) -> Result<JobPosition, Refusal> {
    let id = checks::uuid(&call.input["jobId"], "jobId")?;
    call.state().find(call.caller.region.as_str(), id).ok_or_else(|| {
        Refusal::bad_request("JobNotFoundException", format!("the job {id} cannot be found"))
    })
}

fn not_in_progress(job: &PipelineJob) -> Refusal {
    let message = format!("the job {} is {}, not InProgress", job.id, job.state.word());
    Refusal::bad_request("InvalidJobStateException", message)
}

fn action_type(value: &Json) -> Result<ActionTypeId, Refusal> {
    if value.is_null() {
        return Err(checks::missing("actionTypeId"));
    }
    checks::one_of(&value["owner"], "actionTypeId.owner", &["AWS", "ThirdParty", "Custom"])?;
    let categories = &super::action_types::CATEGORIES;
    checks::one_of(&value["category"], "actionTypeId.category", categories)?;
    checks::name(&value["provider"], "actionTypeId.provider", "_-", 35)?;
    checks::name(&value["version"], "actionTypeId.version", "_-", 9)?;
    serde_json::from_value(value.clone()).map_err(|error| checks::validation(error.to_string()))
}

fn progress(details: &Json) -> Result<ActionProgress, Refusal> {
    checks::length(&details["summary"], "executionDetails.summary", 1, 2048)?;
    let id = &details["externalExecutionId"];
    checks::length(id, "executionDetails.externalExecutionId", 1, 1500)?;
    checks::number(&details["percentComplete"], "executionDetails.percentComplete", 0, 100)?;
    Ok(ActionProgress {
        summary: details["summary"].as_str().map(str::to_owned),
        external_id: id.as_str().map(str::to_owned),
        percent: details["percentComplete"].as_i64(),
    })
}

/// Reads the variables of a result; a job that is continued has none.
fn variables(input: &Json) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(said) = input["outputVariables"].as_object().filter(|said| !said.is_empty()) else {
        return Ok(BTreeMap::new());
    };
    if !input["continuationToken"].is_null() {
        let message = "outputVariables can be given only without a continuationToken";
        return Err(checks::validation(message));
    }
    let mut variables = BTreeMap::new();
    for (name, value) in said {
        checks::name(&json!(name), "outputVariables", "@-_", usize::MAX)?;
        variables.insert(name.clone(), checks::text(value, "outputVariables")?.to_owned());
    }
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MOST_VARIABLES_BYTES {
        let message = format!("the variables hold {bytes} bytes of {MOST_VARIABLES_BYTES} at most");
        return Err(Refusal::bad_request("OutputVariablesSizeExceededException", message));
    }
    Ok(variables)
}
