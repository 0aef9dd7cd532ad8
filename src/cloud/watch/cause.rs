//! The first cause of a failed operation: which of its events tells why, and which only follow from it.
//!
//! Everything here is plain: events go in, oldest first, and a cause comes out.

use super::stack_event::StackEvent;
use crate::event::StackAction;

/// The failure that came first in an operation: the others follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstCause {
    /// A resource failed by itself.
    Resource(FailedResource),
    /// The stack failed by itself, as its own event says: a text without a full stop at its end.
    Stack(String),
}

/// A resource that failed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedResource {
    /// The resource's name in the template, behind those of the nested stacks that it is in.
    pub name: String,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's id in its service: of a nested stack its ARN.
    pub physical_id: Option<String>,
    /// Why, in CloudFormation's words.
    pub reason: String,
}

/// What CloudFormation appends to a reason and that is none: nobody requested anything by hand.
const APPENDED: [&str; 3] =
    ["Rollback requested by user.", "Delete requested by user.", "Rollback requested by user"];

/// What CloudFormation puts before a reason and that says no more than the status.
const PREPENDED: [&str; 2] = ["Update canceled. ", "Delete canceled. "];

/// Returns the failure that came first among the events of an operation, oldest first.
///
/// The first event that gives a reason of its own counts: a resource's, or the stack's, where no resource
/// failed before it. Resources that were in the making meanwhile are cancelled and say so; they stand for
/// the cause only where nothing else does. `token` is the one of the call that began the operation.
pub(in crate::cloud) fn first_cause<'a>(
    events: impl Iterator<Item = &'a StackEvent> + Clone,
    action: StackAction,
    token: Option<&str>,
) -> Option<FirstCause> {
    let is_failed = |event: &&StackEvent| !event.is_stack && event.status.ends_with("_FAILED");
    let by_itself = events.clone().find_map(|event| match event.is_stack {
        true => reason_of_stack(event, action, token).map(FirstCause::Stack),
        false => Some(event)
            .filter(is_failed)
            .filter(|event| !is_cancelled(event))
            .map(|event| FirstCause::Resource(failed(event))),
    });
    let mut bystanders = events.filter(is_failed);
    by_itself.or_else(|| bystanders.next().map(failed).map(FirstCause::Resource))
}

/// Returns what is said in a stack's reason besides the names of the resources that failed, which say
/// why themselves; `None` if that is nothing.
pub fn stack_reason(reason: &str) -> Option<&str> {
    let mut said = reason.trim();
    while let Some(rest) = APPENDED.iter().find_map(|text| said.strip_suffix(text)) {
        said = rest.trim_end();
    }
    let said = PREPENDED.iter().find_map(|text| said.strip_prefix(text)).unwrap_or(said);
    let is_listing = said.starts_with("The following resource(s) failed to");
    let said = said.trim_end_matches('.');
    let is_none = is_listing || said.is_empty() || is_initiated(said);
    (!is_none).then_some(said)
}

/// Returns why a stack failed by itself, if this event of its own tells.
fn reason_of_stack(event: &StackEvent, action: StackAction, ours: Option<&str>) -> Option<String> {
    let is_deletion = event.status == "DELETE_IN_PROGRESS" && !action.deletes();
    let is_rollback = event.status.ends_with("ROLLBACK_IN_PROGRESS");
    if !is_deletion && !is_rollback && !event.status.ends_with("_FAILED") {
        return None;
    }
    let reason = event.reason.as_deref().unwrap_or_default().trim();
    let is_begun_anew = is_initiated(reason) || reason.starts_with("Stack update cancelled");
    if is_begun_anew && !is_of_run(event.token.as_deref(), ours) {
        let who = event.token.as_deref().map(|token| format!(" (request token {token})"));
        let who = who.unwrap_or_default();
        return match (is_deletion, is_rollback) {
            (true, _) => Some(format!("somebody else deleted it meanwhile{who}")),
            (_, true) => Some(format!("somebody else cancelled that and rolled it back{who}")),
            _ => None,
        };
    }
    stack_reason(reason).map(str::to_owned)
}

/// Whether a reason says no more than that somebody asked for it.
fn is_initiated(reason: &str) -> bool {
    reason.trim_end_matches('.').eq_ignore_ascii_case("User Initiated")
}

/// Whether a token is of the call that is followed, or of the one with which its run cancels it.
fn is_of_run(theirs: Option<&str>, ours: Option<&str>) -> bool {
    let (Some(theirs), Some(ours)) = (theirs, ours) else { return false };
    let cancels = || {
        let (stem, _) = ours.split_once("-update")?;
        theirs.strip_prefix(stem).map(|rest| rest.starts_with("-cancel"))
    };
    theirs == ours || cancels() == Some(true)
}

/// Whether a resource was only stopped, as something else failed.
fn is_cancelled(event: &StackEvent) -> bool {
    event.reason.as_deref().is_some_and(|reason| {
        let reason = reason.trim().trim_end_matches('.');
        let stopped = ["creation", "update", "deletion", "import"];
        reason.contains("Operation Aborted")
            || stopped.iter().any(|what| reason.starts_with(&format!("Resource {what} cancelled")))
    })
}

fn failed(event: &StackEvent) -> FailedResource {
    FailedResource {
        name: event.resource.clone(),
        resource_type: event.resource_type.clone(),
        physical_id: event.physical_id.clone(),
        reason: event.reason.clone().unwrap_or_else(|| event.status.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "xdeploy-run-3-update";

    fn event(resource: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            resource: resource.to_owned(),
            is_stack: resource == "stack",
            status: status.to_owned(),
            reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
            token: Some(OURS.to_owned()),
            ..StackEvent::default()
        }
    }

    fn told(action: StackAction, events: &[StackEvent]) -> String {
        match first_cause(events.iter(), action, Some(OURS)) {
            Some(FirstCause::Resource(failed)) => format!("{}: {}", failed.name, failed.reason),
            Some(FirstCause::Stack(reason)) => format!("stack: {reason}"),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_first_failure_is_the_cause_and_what_was_cancelled_is_not() {
        let events = [
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("Bucket", "CREATE_FAILED", "my-bucket already exists"),
            event("Topic", "CREATE_FAILED", "another failure"),
        ];
        assert_eq!(told(StackAction::Create, &events), "Bucket: my-bucket already exists");
    }

    #[test]
    fn a_resource_whose_own_reason_speaks_of_something_cancelled_is_a_cause() {
        let events = [event("Fleet", "CREATE_FAILED", "The deployment was cancelled by its alarm")];
        assert!(told(StackAction::Create, &events).starts_with("Fleet"));
    }

    #[test]
    fn where_no_resource_failed_by_itself_the_stacks_own_reason_is_the_cause() {
        let reason = "No export named nowhere found. Rollback requested by user.";
        let events = [
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("stack", "ROLLBACK_IN_PROGRESS", reason),
            event("stack", "ROLLBACK_COMPLETE", ""),
        ];
        assert_eq!(told(StackAction::Create, &events), "stack: No export named nowhere found");
    }

    #[test]
    fn a_resource_that_cannot_be_taken_back_is_not_why_the_stack_was() {
        let listing = "The following resource(s) failed to delete: [Bucket]. ";
        let events = [
            event("stack", "ROLLBACK_IN_PROGRESS", "Stack creation time exceeded the timeout."),
            event("Bucket", "DELETE_FAILED", "it is not empty"),
            event("stack", "ROLLBACK_FAILED", listing),
        ];
        let cause = "stack: Stack creation time exceeded the timeout";
        assert_eq!(told(StackAction::Create, &events), cause);
    }

    #[test]
    fn a_list_of_what_failed_is_no_cause_while_one_of_them_says_why() {
        let listing = "The following resource(s) failed to create: [Queue]. Rollback requested by \
                       user.";
        let events = [
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("stack", "ROLLBACK_IN_PROGRESS", listing),
        ];
        assert_eq!(told(StackAction::Create, &events), "Queue: Resource creation cancelled");
    }

    #[test]
    fn what_somebody_else_begins_is_told_as_theirs_and_what_the_run_cancels_is_not() {
        let by = |token: &str, status: &str| {
            let token = Some(token.to_owned()).filter(|token| !token.is_empty());
            [StackEvent { token, ..event("stack", status, "User Initiated") }]
        };
        let deleted = by("Console-DeleteStack-1", "DELETE_IN_PROGRESS");
        let expected = "stack: somebody else deleted it meanwhile (request token \
                        Console-DeleteStack-1)";
        assert_eq!(told(StackAction::Update, &deleted), expected);
        let cancelled = by("", "UPDATE_ROLLBACK_IN_PROGRESS");
        let expected = "stack: somebody else cancelled that and rolled it back";
        assert_eq!(told(StackAction::Update, &cancelled), expected);
        for ours in [OURS, "xdeploy-run-3-cancel"] {
            let rolled_back = by(ours, "UPDATE_ROLLBACK_IN_PROGRESS");
            assert_eq!(told(StackAction::Update, &rolled_back), "nothing");
        }
        assert_eq!(told(StackAction::Delete, &deleted), "nothing");
    }
}
