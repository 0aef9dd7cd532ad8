//! The last look at a stack that failed: its events, which hold the cause, and what is known without them.

use std::time::Duration;

use super::first_cause::first_cause;
use super::follow::Followed;
use super::history_read::read_events_patiently;
use super::last_refusal::LastRefusal;
use super::sighting::{Sighting, StackState, sighting};
use crate::cloud::stack::Stack;
use crate::cloud::watch::cause::{FirstCause, stack_reason};
use crate::cloud::wire::call_error::CallError;
use crate::name::AccountName;

/// How long the events of a stack that failed are waited for before its status is told without them. Where AWS
/// answers that it cannot show them, that is all: a failure that is known is told.
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// How long they are waited for after that where they wait for their turn, until the failure is told with
/// what is known.
const CAUSE_WITHIN: Duration = Duration::from_secs(20);

/// Which look at the events of a stack that failed it is.
#[derive(Clone, Copy)]
enum CauseLook {
    /// The first: where it takes long, the next reads them.
    First,
    /// The one after the status was told: with it the stack has settled.
    Last,
}

impl CauseLook {
    /// Returns how long the events are waited for.
    fn within(self) -> Duration {
        match self {
            Self::First => TOLD_WITHIN,
            Self::Last => CAUSE_WITHIN,
        }
    }
}

impl Followed {
    /// Reads the events of a stack that failed and returns what is new. Where that takes longer than a
    /// moment, only its status is told, and the next look reads them.
    pub(super) async fn failed(&mut self, found: Option<Stack>) -> (Vec<Sighting>, StackState) {
        self.read_cause(found, CauseLook::First).await
    }

    /// Reads the events of a stack that was told as failed, and returns what is new: it has settled then,
    /// whether they could be read or not.
    pub(super) async fn failed_before(
        &mut self,
        found: Option<Stack>,
    ) -> (Vec<Sighting>, StackState) {
        self.read_cause(found, CauseLook::Last).await
    }

    async fn read_cause(
        &mut self,
        found: Option<Stack>,
        look: CauseLook,
    ) -> (Vec<Sighting>, StackState) {
        let refusal = LastRefusal::default();
        let id = &self.stack_id;
        let read = read_events_patiently(&self.stacks, id, &mut self.history, &refusal);
        // Boxed, so that what waits is small.
        let read = tokio::time::timeout(look.within(), Box::pin(read)).await;
        let mut sightings = Vec::new();
        let is_over = match read {
            Ok(Ok(events)) => {
                sightings.extend(events.into_iter().filter_map(sighting));
                true
            }
            Ok(Err(error)) => {
                self.events_error = Some(error);
                true
            }
            Err(_) => {
                let refusal = refusal.into_error();
                let is_over = match look {
                    CauseLook::First => refusal.as_ref().is_some_and(CallError::is_unavailable),
                    CauseLook::Last => true,
                };
                self.events_error = is_over.then(|| refusal.unwrap_or_else(unanswered));
                is_over
            }
        };
        sightings.extend(found.as_ref().and_then(|stack| self.new_status(stack)));
        match (is_over, found) {
            (false, found) => {
                self.awaits_cause = Some(found);
                (sightings, StackState::Moving)
            }
            (true, Some(stack)) => (sightings, StackState::Settled(Box::new(stack))),
            (true, None) => (sightings, StackState::Gone),
        }
    }

    /// Returns the stack's status if it is another than was told last.
    pub(super) fn new_status(&mut self, stack: &Stack) -> Option<Sighting> {
        let (status, reason) = (stack.status.clone(), stack.status_reason.clone());
        if status.is_bad() && self.first_reason.is_none() {
            self.first_reason = reason.as_deref().and_then(stack_reason).map(str::to_owned);
        }
        if self.last_status.as_ref() == Some(&status) {
            return None;
        }
        self.last_status = Some(status.clone());
        Some(Sighting::Stack { status, reason })
    }

    /// Returns the resources that failed, as `Name (Type)`.
    pub fn failed_resources(&self) -> Vec<String> {
        self.history.failed_resources()
    }

    /// Returns the failure that came first, looking into nested stacks; where no event tells, what the
    /// stack's status said on the way.
    pub async fn first_cause(&self) -> Option<FirstCause> {
        let told = first_cause(&self.stacks, &self.stack_id, self.action, &self.history).await;
        told.or_else(|| self.first_reason.clone().map(FirstCause::Stack))
    }

    /// Returns the stack's ARN.
    pub fn stack_id(&self) -> &str {
        &self.stack_id
    }

    /// Returns the name of the account that the stack stands in.
    pub fn account(&self) -> &AccountName {
        &self.stacks.account
    }

    /// Returns why the events that would hold a cause could not be read.
    pub fn events_error(&self) -> Option<&CallError> {
        self.events_error.as_ref()
    }
}

/// Returns what stands for events of which nothing was heard.
fn unanswered() -> CallError {
    CallError::overdue("cloudformation:DescribeStackEvents", TOLD_WITHIN + CAUSE_WITHIN)
}
