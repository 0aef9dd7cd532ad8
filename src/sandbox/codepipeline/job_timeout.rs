//! Job timeouts: the jobs of functions that said nothing for too long.
//!
//! Source: the CodePipeline user guide, "Quotas": an invocation has 20 minutes to answer, each
//! continuation as many again, and the action a day.

use std::time::Duration;

use super::call::PipelineCall;
use super::job::JobState;
use super::run::ExecutionStatus;
use super::state::JobPosition;
use super::{invoke, start};
use crate::sandbox::wire::Refusal;

/// How long a function has to tell the end of a job.
const JOB_WITHIN: Duration = Duration::from_secs(20 * 60);

/// How long an action has for all its jobs together.
const ACTION_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// Fails the actions of the caller's account and Region whose function is overdue.
///
/// # Errors
/// If the state cannot be read or written.
pub fn end(call: &mut PipelineCall<'_>) -> Result<(), Refusal> {
    for place in overdue(call) {
        let now = call.now;
        let (run, job) = call.change().change(&place);
        run.jobs[job].end(JobState::Failed, now);
        let name = run.action.configuration.get("FunctionName").map_or("", String::as_str);
        let message = format!(
            "The AWS Lambda function {name} failed to return a result. Check the function to verify \
             that it has permission to call the PutJobSuccessResult action and that it made a call \
             to PutJobSuccessResult."
        );
        run.status = ExecutionStatus::Failed;
        run.changed = now;
        run.error = Some(("JobFailed".to_owned(), message));
        start::go_on(call, &place.pipeline)?;
    }
    Ok(())
}

fn overdue(call: &PipelineCall<'_>) -> Vec<JobPosition> {
    let state = call.state();
    let places = state.places(call.caller.region.as_str()).into_iter();
    let is_overdue = |place: &JobPosition| {
        let (_, run, job) = state.job(place);
        job.state == JobState::InProgress
            && invoke::is_lambda(&run.action.action_type_id)
            && (call.now >= job.since + JOB_WITHIN || call.now >= run.started + ACTION_WITHIN)
    };
    places.filter(is_overdue).collect()
}
