//! `ListHookResults` and `GetHookResult`: what hooks said of change sets and resources.

use super::finding::{Finder, HookAnnotation, StoredFinding};
use super::page::page;
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::xml::{element, list, optional, text, time};

/// Lists what hooks said of a change set, or of everything.
///
/// # Errors
/// If another target is asked for, or the page asked for does not exist.
pub fn list_hook_results(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let target = match (call.form.optional("TargetType"), call.form.optional("TargetId")) {
        (None, None) => None,
        (Some("CHANGE_SET"), Some(arn)) => Some(arn),
        (Some("CHANGE_SET"), None) | (None, Some(_)) => {
            return Err(Refusal::validation("TargetType and TargetId must be specified together"));
        }
        (Some(other), _) => return Err(Refusal::not_offered(format!("the target type {other}"))),
    };
    let results: Vec<&StoredFinding> = results(call)
        .filter(|result| target.is_none_or(|arn| result.change_set.as_deref() == Some(arn)))
        .collect();
    let (results, next) = page(call, results, |result| &result.id)?;
    let summary = |result: &StoredFinding| {
        let (target_type, id) = match &result.change_set {
            Some(arn) => ("CHANGE_SET", arn),
            None => ("RESOURCE", &result.logical_id),
        };
        said(result) + &text("TargetType", target_type) + &text("TargetId", id)
    };
    Ok(list("HookResults", results.into_iter().map(summary)) + &next)
}

/// Tells what a hook said, with all its checks.
///
/// # Errors
/// If there is no such result.
pub fn get_hook_result(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let id = call.form.required("HookResultId")?;
    let missing = || {
        let message = format!("HookResult with id {id} not found");
        Refusal::bad_request("HookResultNotFound", message)
    };
    let result = results(call).find(|result| result.id == id).ok_or_else(missing)?;
    let target = [
        text("TargetType", "RESOURCE"),
        text("TargetTypeName", &result.resource_type),
        text("TargetId", &result.logical_id),
    ];
    let annotations = match &result.finder {
        Finder::Hook { annotations, .. } => annotations.as_slice(),
        Finder::Validation { .. } | Finder::TakenName { .. } => &[],
    };
    let annotations = list("Annotations", annotations.iter().map(annotation));
    Ok(said(result) + &element("Target", &target.concat()) + &annotations)
}

fn results<'a>(call: &'a QueryCall<'_>) -> impl Iterator<Item = &'a StoredFinding> {
    let stacks = call.store.account(&call.caller.account).stacks.values();
    let here = stacks.filter(|stack| stack.region == call.caller.region);
    here.flat_map(|stack| &stack.findings).filter(|finding| finding.is_of_hook())
}

fn said(result: &StoredFinding) -> String {
    [
        text("HookResultId", &result.id),
        text("InvocationPoint", "PRE_PROVISION"),
        text("FailureMode", if result.is_warning { "WARN" } else { "FAIL" }),
        text("TypeName", result.finder_name()),
        text("Status", "HOOK_COMPLETE_FAILED"),
        text("HookStatusReason", &result.reason),
        text("InvokedAt", time(result.at)),
    ]
    .concat()
}

fn annotation(annotation: &HookAnnotation) -> String {
    [
        text("AnnotationName", &annotation.name),
        text("Status", "FAILED"),
        optional("StatusMessage", annotation.message.as_ref()),
        optional("RemediationMessage", annotation.remediation.as_ref()),
        optional("RemediationLink", annotation.link.as_ref()),
    ]
    .concat()
}
