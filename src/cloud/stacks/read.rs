//! Calls that only read: one stack, its events, or why it was refused.

use aws_config::retry::RetryConfig;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput;
use aws_sdk_cloudformation::types;
use aws_smithy_async::time::TimeSource;

use super::client::Stacks;
use super::last_refusal::LastRefusal;
use crate::cloud::stack::{Stack, timestamp};
use crate::cloud::watch::shared_poll::{PollPermit, PollStep};
use crate::cloud::watch::stack_event::{HookFailure, StackEvent};
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::pages::Pages;

const DESCRIBE: &str = "cloudformation:DescribeStacks";
const DESCRIBE_EVENTS: &str = "cloudformation:DescribeStackEvents";

impl Stacks {
    /// Looks at a stack by name or ARN; a stack that is gone is `None`.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn describe(&self, stack: &str) -> Result<Option<Stack>, CallError> {
        let describe = || async {
            let reply = self.client.describe_stacks().stack_name(stack).send().await;
            reply.map_err(|error| CallError::of(DESCRIBE, &error))
        };
        match self.reads.send(describe).await {
            Ok(reply) => Ok(standing(reply).next()),
            Err(error) if error.is_no_such_stack() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds a stack by name before anything is done to it; where several stack instances of the
    /// run stand, one listing finds them all.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn find(&self, name: &str) -> Result<Option<Stack>, CallError> {
        if self.expected.len() < 2 || !self.expected.contains(name) {
            return self.describe(name).await;
        }
        let asked_at = TimeSource::now(&self.clock);
        let after = self.watch.begun();
        loop {
            let changed = self.watch.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = TimeSource::now(&self.clock);
            match self.watch.step_to_find(name, asked_at, after, now) {
                PollStep::Seen(_, stack) => return Ok(stack.map(|stack| *stack)),
                PollStep::Failed(_, error) => return Err(error),
                PollStep::Ask => return self.describe(name).await,
                PollStep::Read(reading) => self.list(reading).await?,
                PollStep::Wait => changed.await,
            }
        }
    }

    /// Lists all stacks for everybody who follows or looks for one, unless that is refused or takes
    /// more pages than the run has stacks here.
    pub(in crate::cloud) async fn list(&self, reading: PollPermit<'_>) -> Result<(), CallError> {
        let at = TimeSource::now(&self.clock);
        let (mut stacks, mut count, mut pages) = (Vec::new(), 0, Pages::of(DESCRIBE));
        loop {
            let describe = || async {
                let request = self.client.describe_stacks().set_next_token(pages.token());
                request.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
            };
            let mut reply = match self.reads.not_retrying_denied().send(describe).await {
                Ok(reply) => reply,
                // One stack by its name may be shown all the same, and what makes the list unreadable be
                // of another.
                Err(error)
                    if error.is_access_denied() || error.origin == ErrorOrigin::Unreadable =>
                {
                    reading.gave_up_listing();
                    return Ok(());
                }
                Err(error) => {
                    reading.failed(error.clone());
                    return Err(error);
                }
            };
            let next = pages.advance(reply.next_token.take());
            stacks.extend(standing(reply));
            count += 1;
            match next {
                Ok(false) => {
                    reading.saw_all(at, count, stacks, |stack| self.expected.contains(&stack.name));
                    return Ok(());
                }
                Ok(true) if count < self.expected.len() => {}
                // One stack by its name needs no list.
                Ok(true) | Err(_) => {
                    reading.gave_up_listing();
                    return Ok(());
                }
            }
        }
    }

    /// Reads the newest events of a stack if that can be done without waiting; `None` if not.
    /// Tells as well whether those are all.
    pub(in crate::cloud) async fn newest_events(
        &self,
        stack: &str,
    ) -> Option<Result<(Vec<StackEvent>, bool), CallError>> {
        let read = || async {
            let reply = self.client.describe_stack_events().stack_name(stack).send().await;
            reply.map_err(|error| CallError::of(DESCRIBE_EVENTS, &error))
        };
        let reply = self.event_reads.send_now(read).await?;
        Some(reply.map(|reply| {
            let is_all = reply.next_token().is_none_or(str::is_empty);
            let events = reply.stack_events.unwrap_or_default();
            (events.into_iter().map(StackEvent::from).collect(), is_all)
        }))
    }

    /// Reads a stack's events newest first, a page at a time, until `enough` says so.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn events(
        &self,
        stack: &str,
        enough: impl FnMut(&[StackEvent]) -> bool,
    ) -> Result<Vec<StackEvent>, CallError> {
        self.read_pages(stack, enough, None).await
    }

    /// As [`events`](Self::events), where whoever asks knows of each refusal at once, and asks again.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub(super) async fn events_asking_once(
        &self,
        stack: &str,
        enough: impl FnMut(&[StackEvent]) -> bool,
        refusal: &LastRefusal,
    ) -> Result<Vec<StackEvent>, CallError> {
        self.read_pages(stack, enough, Some(refusal)).await
    }

    async fn read_pages(
        &self,
        stack: &str,
        mut enough: impl FnMut(&[StackEvent]) -> bool,
        refusal: Option<&LastRefusal>,
    ) -> Result<Vec<StackEvent>, CallError> {
        let (mut events, mut pages) = (Vec::new(), Pages::of(DESCRIBE_EVENTS));
        loop {
            let read = || async {
                let request = self.client.describe_stack_events().stack_name(stack);
                let request = request.set_next_token(pages.token());
                let reply = match refusal {
                    None => request.send().await,
                    Some(_) => request.customize().config_override(not_again()).send().await,
                };
                reply
                    .map_err(|error| CallError::of(DESCRIBE_EVENTS, &error))
                    .inspect_err(|error| refusal.iter().for_each(|refusal| refusal.set(error)))
            };
            let reply = self.event_reads.send(read).await?;
            events.extend(reply.stack_events.unwrap_or_default().into_iter().map(StackEvent::from));
            if enough(&events) || !pages.advance(reply.next_token)? {
                return Ok(events);
            }
        }
    }
}

/// The settings of a call that the SDK does not send again by itself.
fn not_again() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

fn standing(reply: DescribeStacksOutput) -> impl Iterator<Item = Stack> {
    let stacks = reply.stacks.unwrap_or_default().into_iter().map(Stack::from);
    stacks.filter(|stack| !stack.status.is_gone())
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
            operation: event.operation_id,
            is_of_hook: event.hook_type.is_some(),
            hook_failure: hook_failure(
                event.hook_type,
                event.hook_status.as_ref(),
                event.hook_failure_mode.as_ref(),
                event.hook_status_reason,
                event.hook_invocation_id,
            ),
        }
    }
}

/// Returns what a hook found wrong with a resource, if an event tells of that.
fn hook_failure(
    hook: Option<String>,
    status: Option<&types::HookStatus>,
    mode: Option<&types::HookFailureMode>,
    reason: Option<String>,
    invocation: Option<String>,
) -> Option<HookFailure> {
    let is_failed =
        matches!(status?, types::HookStatus::HookCompleteFailed | types::HookStatus::HookFailed);
    let is_warning = mode == Some(&types::HookFailureMode::Warn);
    let hook = hook.filter(|_| is_failed)?;
    Some(HookFailure { hook, reason, invocation, is_warning })
}
