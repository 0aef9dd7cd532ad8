//! `DescribeStackDriftDetectionStatus` and `DescribeStackResourceDrifts`.

use super::show;
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::identity;
use crate::sandbox::cloudformation::page::page;
use crate::sandbox::wire::{Refusal, xml};

/// Tells how far a detection is.
///
/// # Errors
/// If there is none of that id in the account and Region.
pub fn describe_stack_drift_detection_status(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let id = call.form.required("StackDriftDetectionId")?;
    let account = call.store.account(&call.caller.account);
    let here = account.stacks.values().filter(|stack| stack.region == call.caller.region);
    let mut detections =
        here.flat_map(|stack| stack.drift.detections.iter().map(move |it| (stack, it)));
    let Some((stack, detection)) = detections.find(|(_, detection)| detection.id == id) else {
        return Err(Refusal::validation(format!("Drift detection [{id}] does not exist")));
    };
    Ok(show::detection(&stack.id, detection, call.now))
}

/// Tells what is known of the drift of a stack's resources.
///
/// # Errors
/// If there is no such stack or page.
pub fn describe_stack_resource_drifts(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let stack = identity::find(call)?;
    let filter = call.form.texts("StackResourceDriftStatusFilters");
    let is_asked_for = |status: &str| filter.is_empty() || filter.iter().any(|it| it == status);
    let known = stack.drift.known(call.now).into_values();
    let drifts = known.filter(|drift| is_asked_for(drift.status())).collect();
    let (drifts, next) = page(call, drifts, |drift| &drift.logical_id)?;
    let drifts = drifts.into_iter().map(|drift| show::resource_drift(stack, drift));
    Ok(xml::list("StackResourceDrifts", drifts) + &next)
}
