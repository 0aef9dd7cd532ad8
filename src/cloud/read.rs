//! Calls that only read: one stack, its events, or why it was refused.

use aws_sdk_cloudformation::types;

use super::history::{FirstCause, StackEvent};
use super::refusal::CallError;
use super::stack::{Stack, timestamp};
use super::stacks::Stacks;

impl Stacks {
    /// Looks at a stack by name or ARN; a stack that is gone is `None`.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn describe(&self, stack: &str) -> Result<Option<Stack>, CallError> {
        let reply = self.client.describe_stacks().stack_name(stack).send().await;
        match reply {
            Ok(reply) => Ok(reply
                .stacks
                .unwrap_or_default()
                .into_iter()
                .next()
                .map(Stack::from)
                .filter(|stack| !stack.status.is_gone())),
            Err(error) => {
                let error = CallError::of("cloudformation:DescribeStacks", &error);
                if error.is_no_such_stack() { Ok(None) } else { Err(error) }
            }
        }
    }

    /// Reads a stack's events newest first, a page at a time, until `enough` says so.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn events(
        &self,
        stack: &str,
        mut enough: impl FnMut(&[StackEvent]) -> bool,
    ) -> Result<Vec<StackEvent>, CallError> {
        let mut events = Vec::new();
        let mut next_token = None;
        loop {
            let reply = self
                .client
                .describe_stack_events()
                .stack_name(stack)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(|error| CallError::of("cloudformation:DescribeStackEvents", &error))?;
            events.extend(reply.stack_events.unwrap_or_default().into_iter().map(StackEvent::from));
            next_token = reply.next_token.filter(|token| !token.is_empty());
            if next_token.is_none() || enough(&events) {
                return Ok(events);
            }
        }
    }
}

impl Stacks {
    /// Returns why CloudFormation refused an operation before it touched any resource; `None` if
    /// that cannot be learned.
    pub(super) async fn validation_error(&self, stack: &str) -> Option<FirstCause> {
        let failed = types::EventFilter::builder().failed_events(true).build();
        let reply = self.client.describe_events().stack_name(stack).filters(failed).send().await;
        let events = match reply {
            Ok(reply) => reply.operation_events.unwrap_or_default(),
            Err(error) => {
                let error = CallError::of("cloudformation:DescribeEvents", &error);
                tracing::warn!(stack, %error, "the reason for a failed validation is not known");
                return None;
            }
        };
        let is_validation = |event: &types::OperationEvent| {
            event.event_type == Some(types::EventType::ValidationError)
        };
        // They come newest first: those of an operation before stand at the end.
        let event = events.into_iter().find(is_validation)?;
        Some(FirstCause {
            resource: event.logical_resource_id.unwrap_or_default(),
            resource_type: event.resource_type.unwrap_or_default(),
            physical_id: event.physical_resource_id,
            reason: event.validation_status_reason?,
        })
    }
}

impl From<types::StackEvent> for StackEvent {
    fn from(event: types::StackEvent) -> Self {
        let is_stack = event.physical_resource_id.is_some()
            && event.physical_resource_id == event.stack_id
            && event.resource_type.as_deref() == Some("AWS::CloudFormation::Stack");
        Self {
            id: event.event_id.unwrap_or_default(),
            at: event.timestamp.and_then(timestamp),
            resource: event.logical_resource_id.unwrap_or_default(),
            resource_type: event.resource_type.unwrap_or_default(),
            physical_id: event.physical_resource_id,
            is_stack,
            status: event.resource_status.as_ref().map_or("", |s| s.as_str()).to_owned(),
            reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
            token: event.client_request_token,
        }
    }
}
