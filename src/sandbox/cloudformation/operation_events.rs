//! `DescribeEvents`: the events of an operation, with what early validation and hooks found.

use super::finding::{Finder, StoredFinding};
use super::operation_id::{self, NumberedEvent};
use super::page::page;
use super::stack::StoredStack;
use super::{change_set, identity, show};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::xml::{list, optional, text, time};

/// An event as it is answered.
struct Answered {
    id: String,
    operation: String,
    change_set: Option<String>,
    is_failure: bool,
    at: jiff::Timestamp,
    xml: String,
}

/// Tells the events of a change set, an operation or a stack, newest first.
///
/// # Errors
/// If none is asked for, there is none such, or the page asked for does not exist.
pub fn describe_events(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let account = call.store.account(&call.caller.account);
    let form = call.form;
    let (stacks, of_operation, of_change_set): (Vec<&StoredStack>, _, _) =
        match (form.optional("ChangeSetName"), form.optional("OperationId")) {
            (Some(arn), _) if arn.starts_with("arn:") => {
                let stack = change_set::stack_of(account, arn).or_else(|| {
                    let is_its = |found: &StoredFinding| found.change_set.as_deref() == Some(arn);
                    account.stacks.values().find(|stack| stack.findings.iter().any(is_its))
                });
                let missing = || {
                    Refusal::bad_request(
                        "ChangeSetNotFound",
                        format!("ChangeSet [{arn}] does not exist"),
                    )
                };
                (vec![stack.ok_or_else(missing)?], None, Some(arn))
            }
            (_, Some(operation)) => {
                let here = account.stacks.values().filter(|it| it.region == call.caller.region);
                (here.collect(), Some(operation), None)
            }
            // A change set by its name alone is none, whatever stack is named beside it.
            (Some(_), None) | (None, None) if form.optional("StackName").is_none() => {
                return Err(Refusal::validation(
                    "One of ChangeSetName, OperationId or StackName must be specified",
                ));
            }
            (Some(_), None) | (None, None) => (vec![identity::find(call)?], None, None),
        };
    let only_failed = form.flag("Filters.FailedEvents")? == Some(true);
    let mut events: Vec<Answered> = stacks.into_iter().flat_map(all_of).collect();
    events.retain(|event| {
        of_operation.is_none_or(|asked| event.operation == asked)
            && of_change_set.is_none_or(|asked| event.change_set.as_deref() == Some(asked))
            && (!only_failed || event.is_failure)
    });
    // Newest first; of those at one time, what came last.
    events.sort_by_key(|event| event.at);
    events.reverse();
    let (events, next) = page(call, events.iter().collect(), |event| &event.id)?;
    Ok(list("OperationEvents", events.into_iter().map(|event| event.xml.clone())) + &next)
}

fn all_of(stack: &StoredStack) -> Vec<Answered> {
    let numbered = operation_id::numbered(stack);
    let type_of = |operation: &str| {
        let known = numbered.iter().find(|event| event.operation == operation);
        known.map_or("CREATE_CHANGESET", |event| event.operation_type)
    };
    let findings = stack.findings.iter().map(|it| of_finding(stack, it, type_of(&it.operation)));
    let findings: Vec<Answered> = findings.collect();
    numbered.iter().map(|event| of_event(stack, event)).chain(findings).collect()
}

fn of_event(stack: &StoredStack, numbered: &NumberedEvent<'_>) -> Answered {
    let NumberedEvent { event, operation, operation_type } = numbered;
    let is_failure = event.status.ends_with("_FAILED");
    let event_type = match is_failure && event.physical_id != stack.id {
        true => "PROVISIONING_ERROR",
        false => "STACK_EVENT",
    };
    let said = [
        text("OperationType", operation_type),
        text("EventType", event_type),
        show::event(stack, event, operation),
    ];
    Answered {
        id: event.id.clone(),
        operation: operation.clone(),
        change_set: None,
        is_failure,
        at: event.at,
        xml: said.concat(),
    }
}

/// Returns what is said of a validation that failed at a path of the template.
fn validation(name: &str, finding: &StoredFinding, path: &str) -> [String; 6] {
    [
        text("EventType", "VALIDATION_ERROR"),
        text("ValidationFailureMode", if finding.is_warning { "WARN" } else { "FAIL" }),
        text("ValidationName", name),
        text("ValidationStatus", "FAILED"),
        text("ValidationStatusReason", &finding.reason),
        text("ValidationPath", path),
    ]
}

fn of_finding(stack: &StoredStack, finding: &StoredFinding, operation_type: &str) -> Answered {
    let mode = if finding.is_warning { "WARN" } else { "FAIL" };
    let found = match &finding.finder {
        Finder::Validation { path } => validation("PROPERTY_VALIDATION", finding, path),
        Finder::TakenName { path } => validation("NAME_CONFLICT_VALIDATION", finding, path),
        Finder::Hook { hook_type, .. } => [
            text("EventType", "HOOK_INVOCATION_ERROR"),
            text("HookFailureMode", mode),
            text("HookType", hook_type),
            text("HookStatus", "HOOK_COMPLETE_FAILED"),
            text("HookStatusReason", &finding.reason),
            text("HookInvocationPoint", "PRE_PROVISION"),
        ],
    };
    let said = [
        text("EventId", &finding.id),
        text("StackId", &stack.id),
        text("OperationId", &finding.operation),
        text("OperationType", operation_type),
        text("LogicalResourceId", &finding.logical_id),
        text("ResourceType", &finding.resource_type),
        text("Timestamp", time(finding.at)),
        optional("ClientRequestToken", None::<&str>),
        found.concat(),
    ];
    Answered {
        id: finding.id.clone(),
        operation: finding.operation.clone(),
        change_set: finding.change_set.clone(),
        is_failure: true,
        at: finding.at,
        xml: said.concat(),
    }
}
