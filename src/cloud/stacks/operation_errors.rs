//! What early validation and hooks find wrong with an operation or a change set, of which only its own
//! events tell.
//!
//! Source: the CloudFormation API reference, DescribeEvents and GetHookResult; the user guide, "Validate
//! stack deployments".

use std::time::Duration;

use aws_sdk_cloudformation::types;

use super::client::Stacks;
use crate::cloud::watch::cause::FailedResource;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;

/// How long is waited for what only tells more of a failure that is known.
const LEARNED_WITHIN: Duration = Duration::from_secs(15);
/// How long is waited for what may be nothing at all.
const LOOKED_FOR: Duration = Duration::from_secs(3);

const DESCRIBE_EVENTS: &str = "cloudformation:DescribeEvents";

/// What early validation and hooks say of a change set, as texts without a full stop at their end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetFindings {
    /// What keeps it from being executed.
    pub errors: Vec<String>,
    /// What does not.
    pub warnings: Vec<String>,
}

/// Something that early validation or a hook found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OperationError {
    /// The resource, and what is wrong with it.
    pub resource: FailedResource,
    /// The hook, if one found it, and its reason.
    hook: Option<(String, Option<String>)>,
    /// Whether the operation goes on all the same.
    is_warning: bool,
    /// The operation in which it was found.
    operation: Option<String>,
}

/// What the events asked for belong to.
#[derive(Clone, Copy, Debug)]
enum EventsOf<'a> {
    /// An operation, by its id.
    Operation(&'a str),
    /// A change set, by its ARN: its name is not enough.
    ChangeSet(&'a str),
    /// A stack, by its ARN.
    Stack(&'a str),
}

impl Stacks {
    /// Returns what early validation and hooks say of a change set; nothing where that cannot be learned.
    /// `has_failed` tells that something will be found.
    pub async fn change_set_findings(&self, arn: &str, has_failed: bool) -> ChangeSetFindings {
        let within = if has_failed { LEARNED_WITHIN } else { LOOKED_FOR };
        let of = EventsOf::ChangeSet(arn);
        let mut found = in_time(of, within, self.errors_of(of)).await;
        if found.iter().any(|error| error.hook.is_some()) {
            let told = Box::pin(self.explain_by_hooks(arn, &mut found));
            if tokio::time::timeout(LEARNED_WITHIN, told).await.is_err() {
                tracing::warn!(arn, "what hooks say besides did not come in time");
            }
        }
        let mut findings = ChangeSetFindings::default();
        for error in found {
            match error.is_warning {
                true => findings.warnings.push(error.to_text()),
                false => findings.errors.push(error.to_text()),
            }
        }
        findings
    }

    /// Returns what early validation and hooks found wrong with an operation on a stack, in the order in
    /// which it was found; nothing where that cannot be learned.
    pub(super) async fn operation_errors(
        &self,
        stack_id: &str,
        operation: Option<&str>,
    ) -> Vec<OperationError> {
        let of_stack = EventsOf::Stack(stack_id);
        let read = async {
            if let Some(operation) = operation {
                let found = self.errors_of(EventsOf::Operation(operation)).await;
                if !found.is_empty() {
                    return found;
                }
            }
            of_operation(self.errors_of(of_stack).await, operation)
        };
        let mut found = in_time(of_stack, LEARNED_WITHIN, read).await;
        found.retain(|error| !error.is_warning);
        found
    }

    /// Returns what was found wrong, as far as it can be read.
    async fn errors_of(&self, of: EventsOf<'_>) -> Vec<OperationError> {
        let mut events = Vec::new();
        if let Err(error) = self.read_errors(of, &mut events).await {
            tracing::warn!(?of, %error, "what was found wrong with an operation is not all known");
        }
        // They come newest first.
        events.into_iter().rev().filter_map(found).collect()
    }

    async fn read_errors(
        &self,
        of: EventsOf<'_>,
        events: &mut Vec<types::OperationEvent>,
    ) -> Result<(), CallError> {
        let mut pages = Pages::of(DESCRIBE_EVENTS);
        loop {
            let read = || async {
                let failed = types::EventFilter::builder().failed_events(true).build();
                let call = self.client.describe_events().filters(failed);
                let call = match of {
                    EventsOf::Operation(id) => call.operation_id(id),
                    EventsOf::ChangeSet(arn) => call.change_set_name(arn),
                    EventsOf::Stack(stack) => call.stack_name(stack),
                };
                let reply = call.set_next_token(pages.token()).send().await;
                reply.map_err(|error| CallError::of(DESCRIBE_EVENTS, &error))
            };
            let reply = self.event_reads.send(read).await?;
            events.extend(reply.operation_events.unwrap_or_default());
            if !pages.advance(reply.next_token)? {
                return Ok(());
            }
        }
    }

    /// Adds what hooks say of their single checks of a change set.
    async fn explain_by_hooks(&self, change_set: &str, found: &mut [OperationError]) {
        let results = match self.hook_results(change_set).await {
            Ok(results) => results,
            Err(error) => {
                tracing::warn!(change_set, %error, "what hooks say besides is not known");
                return;
            }
        };
        for result in results {
            let Some(id) = result.hook_result_id else { continue };
            let is_its = |error: &&mut OperationError| {
                error.hook.as_ref().is_some_and(|(hook, reason)| {
                    Some(hook) == result.type_name.as_ref() && *reason == result.hook_status_reason
                })
            };
            let Some(error) = found.iter_mut().find(is_its) else { continue };
            error.resource.reason.push_str(&self.hook_annotations(&id).await);
            // Its other results are of other resources.
            error.hook = None;
        }
    }

    async fn hook_results(
        &self,
        change_set: &str,
    ) -> Result<Vec<types::HookResultSummary>, CallError> {
        let operation = "cloudformation:ListHookResults";
        let (mut results, mut pages) = (Vec::new(), Pages::of(operation));
        loop {
            let read = || async {
                let call = self.client.list_hook_results();
                let call = call.target_type(types::ListHookResultsTargetType::ChangeSet);
                let call = call.target_id(change_set).set_next_token(pages.token());
                call.send().await.map_err(|error| CallError::of(operation, &error))
            };
            let reply = self.event_reads.send(read).await?;
            results.extend(reply.hook_results.unwrap_or_default());
            if !pages.advance(reply.next_token)? {
                results.retain(|result| {
                    !matches!(result.status, Some(types::HookStatus::HookCompleteSucceeded))
                });
                return Ok(results);
            }
        }
    }

    /// Returns what a hook says of the checks that failed, and what mends them, as it follows its reason;
    /// nothing where that cannot be learned.
    pub(super) async fn hook_annotations(&self, result: &str) -> String {
        let operation = "cloudformation:GetHookResult";
        let read = || async {
            let call = self.client.get_hook_result().hook_result_id(result);
            call.send().await.map_err(|error| CallError::of(operation, &error))
        };
        let read = Box::pin(self.event_reads.send(read));
        match tokio::time::timeout(LOOKED_FOR, read).await {
            Ok(Ok(reply)) => {
                let failed = reply.annotations.unwrap_or_default().into_iter();
                let failed = failed.filter(|it| it.status == Some(types::AnnotationStatus::Failed));
                let said: Vec<String> = failed.filter_map(annotation).collect();
                if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) }
            }
            Ok(Err(error)) => {
                tracing::warn!(result, %error, "what a hook says besides is not known");
                String::new()
            }
            Err(_) => String::new(),
        }
    }
}

/// Returns what was found in an operation, of all that was found wrong with a stack: where its id is not known,
/// in the last one.
fn of_operation(mut found: Vec<OperationError>, operation: Option<&str>) -> Vec<OperationError> {
    let last = found.last().and_then(|error| error.operation.clone());
    let wanted = operation.map(str::to_owned).or(last);
    found.retain(|error| error.operation == wanted);
    found
}

/// Returns what was found, if that comes in time.
async fn in_time(
    of: EventsOf<'_>,
    within: Duration,
    read: impl Future<Output = Vec<OperationError>>,
) -> Vec<OperationError> {
    // Boxed, so that what waits is small.
    tokio::time::timeout(within, Box::pin(read)).await.unwrap_or_else(|_| {
        tracing::warn!(?of, "what was found wrong with an operation did not come in time");
        Vec::new()
    })
}

impl OperationError {
    /// Returns the resource and what is wrong with it.
    pub fn to_text(&self) -> String {
        let FailedResource { name, resource_type, reason, .. } = &self.resource;
        match (name.is_empty(), resource_type.is_empty()) {
            (true, _) => reason.clone(),
            (false, true) => format!("{name}: {reason}"),
            (false, false) => format!("{name} ({resource_type}): {reason}"),
        }
    }
}

/// Returns what an event of an operation finds wrong, if it is one of validation or of a hook.
fn found(event: types::OperationEvent) -> Option<OperationError> {
    let is_warn = |mode: Option<types::HookFailureMode>| mode == Some(types::HookFailureMode::Warn);
    let (reason, hook, is_warning) = match event.event_type? {
        types::EventType::ValidationError => {
            let reason = event.validation_status_reason.or(event.validation_name)?;
            let reason = match event.validation_path.filter(|path| !path.is_empty()) {
                Some(path) => format!("{} (at {path})", reason.trim_end_matches('.')),
                None => reason,
            };
            (reason, None, is_warn(event.validation_failure_mode))
        }
        types::EventType::HookInvocationError => {
            let hook = event.hook_type.unwrap_or_else(|| "of no name".to_owned());
            let reason = hook_reason(&hook, event.hook_status_reason.as_deref());
            (reason, Some((hook, event.hook_status_reason)), is_warn(event.hook_failure_mode))
        }
        _ => return None,
    };
    let resource = FailedResource {
        name: event.logical_resource_id.unwrap_or_default(),
        resource_type: event.resource_type.unwrap_or_default(),
        physical_id: event.physical_resource_id,
        reason,
    };
    Some(OperationError { resource, hook, is_warning, operation: event.operation_id })
}

/// Returns what a hook said, with its name.
pub(super) fn hook_reason(hook: &str, reason: Option<&str>) -> String {
    match reason.map(|reason| reason.trim_end_matches('.')).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("hook {hook}: {reason}"),
        None => format!("hook {hook} refused it"),
    }
}

fn annotation(annotation: types::Annotation) -> Option<String> {
    let link = annotation.remediation_link.map(|link| format!("see {link}"));
    let said = [annotation.status_message, annotation.remediation_message, link];
    let said: Vec<String> =
        said.into_iter().flatten().map(|text| text.trim_end_matches('.').to_owned()).collect();
    match (annotation.annotation_name, said.is_empty()) {
        (None, true) => None,
        (Some(name), true) => Some(name),
        (Some(name), false) => Some(format!("{name}: {}", said.join(", "))),
        (None, false) => Some(said.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_error_names_its_place_and_a_hooks_error_its_hook() {
        let event = || types::OperationEvent::builder().logical_resource_id("Bucket");
        let validation = event()
            .event_type(types::EventType::ValidationError)
            .validation_status_reason("must be of type String.")
            .validation_path("/Resources/Bucket/Properties/BucketName");
        let text = |event: types::OperationEvent| found(event).expect("it is wrong").to_text();
        let expected =
            "Bucket: must be of type String (at /Resources/Bucket/Properties/BucketName)";
        assert_eq!(text(validation.build()), expected);
        let hook = event()
            .event_type(types::EventType::HookInvocationError)
            .resource_type("AWS::S3::Bucket")
            .hook_type("Acme::Guard::Hook")
            .hook_status_reason("no encryption");
        assert_eq!(
            text(hook.build()),
            "Bucket (AWS::S3::Bucket): hook Acme::Guard::Hook: no encryption"
        );
        assert!(found(event().event_type(types::EventType::StackEvent).build()).is_none());
    }

    #[test]
    fn of_what_is_wrong_with_a_stack_only_the_errors_of_the_operation_count() {
        let error = |operation: &str, reason: &str| {
            let event = types::OperationEvent::builder()
                .event_type(types::EventType::ValidationError)
                .validation_status_reason(reason)
                .operation_id(operation);
            found(event.build()).expect("it is wrong")
        };
        let texts = |operation: Option<&str>| -> Vec<String> {
            let all = vec![error("one", "a"), error("two", "b"), error("two", "c")];
            of_operation(all, operation).iter().map(OperationError::to_text).collect()
        };
        assert_eq!(texts(Some("one")), ["a"]);
        assert_eq!(texts(Some("two")), ["b", "c"]);
        assert_eq!(
            texts(Some("three")),
            [""; 0],
            "what an operation before was refused for is not its"
        );
        assert_eq!(texts(None), ["b", "c"], "the last one");
    }
}
