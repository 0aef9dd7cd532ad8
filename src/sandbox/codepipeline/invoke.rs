//! Actions that invoke a Lambda function, which tells the end of the job it is invoked with.

use std::time::Duration;

use bytes::Bytes;

use super::call::PipelineCall;
use super::declaration::{ActionTypeId, Declaration};
use super::job::PipelineJob;
use super::run::{ActionRun, ExecutionStatus};
use super::state::JobPosition;
use super::{job_details, role};
use crate::sandbox::iam::NeededPermission;
use crate::sandbox::lambda::Function;

/// How long after a token a function is invoked with it.
///
/// AWS does not say how long it waits; without any wait, a function that only looks whether something
/// ended would be invoked without a pause.
const CONTINUE_AFTER: Duration = Duration::from_secs(1);

/// Whether an action invokes a Lambda function.
pub fn is_lambda(id: &ActionTypeId) -> bool {
    let ActionTypeId { category, owner, provider, version } = id;
    [owner, category, provider, version] == ["AWS", "Invoke", "Lambda", "1"]
}

/// Gives an action its first job and invokes its function with it.
pub fn begin(call: &mut PipelineCall<'_>, declared: &Declaration, run: &mut ActionRun) {
    let id = call.store.change(&call.caller.account).0.fresh_uuid();
    let job = PipelineJob::begun(id, None, call.now);
    invoke(call, declared, run, job, Duration::ZERO);
}

/// Gives an action its next job, which goes on from a token, and invokes its function with it.
pub fn go_on(call: &mut PipelineCall<'_>, place: &JobPosition, token: String) {
    let id = call.store.change(&call.caller.account).0.fresh_uuid();
    let job = PipelineJob::begun(id, Some(token), call.now);
    let (pipeline, run, _) = call.state().job(place);
    let (declared, mut run) = (pipeline.declaration.clone(), run.clone());
    invoke(call, &declared, &mut run, job, CONTINUE_AFTER);
    *call.change().change(place).0 = run;
}

/// Invokes the function of an action for a job; the action fails at once if that cannot be.
fn invoke(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    run: &mut ActionRun,
    job: PipelineJob,
    after: Duration,
) {
    match allowed(call, declared, run) {
        Ok(function) => {
            let event = job_details::event(call, declared, run, &job).to_string();
            call.lambda.invoke_later(function, Bytes::from(event), call.now + after);
            run.jobs.push(job);
        }
        Err(error) => {
            run.status = ExecutionStatus::Failed;
            run.error = Some(error);
        }
    }
}

/// Returns the function of an action, if the pipeline's role may invoke it.
fn allowed(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    run: &ActionRun,
) -> Result<Function, (String, String)> {
    let name = run.action.configuration.get("FunctionName").map_or("", String::as_str);
    let function = Function::named(name, &call.caller.account, &call.caller.region)
        .map_err(|refusal| ("ConfigurationError".to_owned(), refusal.message))?;
    let wanted = NeededPermission::new("lambda:InvokeFunction", function.arn());
    match role::check(call, declared, &wanted) {
        Ok(()) => Ok(function),
        Err(refusal) => Err(("PermissionError".to_owned(), refusal.message)),
    }
}
