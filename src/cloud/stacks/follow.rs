//! Following an operation on a stack until it settles.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;

use jiff::Timestamp;

use super::client::Stacks;
use super::followed_operation::FollowedOperation;
use super::history_read::read_newest_events;
use super::next_look::next_look;
use super::sighting::{Sighting, StackState, sighting};
use crate::cloud::stack::Stack;
use crate::cloud::watch::poll_interval::{Expected, events_pause_after, pause_after};
use crate::cloud::watch::stack_events::OperationEvents;
use crate::cloud::wire::call_error::CallError;
use crate::event::StackAction;
use crate::status::StackStatus;

/// How long AWS may be out of reach before a stack that moves is given up. It moves on by itself.
const UNREACHABLE_FOR: Duration = Duration::from_secs(600);
/// The same where nobody waits for its end any more.
const UNREACHABLE_AFTER_A_STOP_FOR: Duration = Duration::from_secs(60);
/// How long a stack is not seen before that is told.
const TOLD_UNSEEN_AFTER: Duration = Duration::from_secs(15);
/// How long after its time a look may still be without an answer before that is told.
const OVERDUE_AFTER: Duration = Duration::from_secs(60);

/// Follows one operation on one stack.
#[derive(Debug)]
pub struct Followed {
    pub(super) stacks: Stacks,
    pub(super) stack_id: String,
    pub(super) action: StackAction,
    /// Operations of one kind take about the same time.
    kind: String,
    resources: usize,
    may_change_iam: bool,
    pub(super) history: OperationEvents,
    began: SystemTime,
    /// The look that was seen last, and when.
    looked: u64,
    looked_at: SystemTime,
    events_read_at: SystemTime,
    pub(super) events_error: Option<CallError>,
    /// When an answer was last believed.
    pub(super) last_answer: SystemTime,
    pub(super) last_status: Option<StackStatus>,
    /// Why the stack fails, as its own status first said.
    pub(super) first_reason: Option<String>,
    /// How the stack failed, while its events are still to be read.
    pub(super) awaits_cause: Option<Option<Stack>>,
    is_precedent_told: bool,
    pub(super) before: Option<(StackStatus, Option<Timestamp>)>,
    unreachable_for: Duration,
}

impl Stacks {
    /// Returns a follower of an operation on the stack with this ARN.
    pub fn follow(&self, stack_id: &str, operation: FollowedOperation<'_>) -> Followed {
        let FollowedOperation { action, token, before, template } = operation;
        self.watch.follow(stack_id);
        let now = TimeSource::now(&self.clock);
        Followed {
            stacks: self.clone(),
            stack_id: stack_id.to_owned(),
            action,
            kind: format!("{} of {}", action.as_noun(), template.as_written().digest),
            resources: template.resources.len(),
            may_change_iam: template.may_change_iam(),
            history: OperationEvents::new(action, token.map(str::to_owned)),
            began: now,
            looked: self.watch.begun(),
            events_error: None,
            looked_at: now,
            events_read_at: now,
            last_answer: now,
            last_status: None,
            first_reason: None,
            awaits_cause: None,
            is_precedent_told: false,
            before: before.map(|stack| (stack.status.clone(), stack.changed)),
            unreachable_for: UNREACHABLE_FOR,
        }
    }
}

impl Followed {
    /// Waits until it is time or somebody else has looked, and returns what is new and where the
    /// stack stands.
    ///
    /// # Errors
    /// When AWS refuses to show the stack, or has been out of reach for ten minutes, or one after
    /// [`give_up_sooner`](Self::give_up_sooner).
    pub async fn look(&mut self) -> Result<(Vec<Sighting>, StackState), CallError> {
        if let Some(found) = self.awaits_cause.take() {
            return Ok(self.failed_before(found).await);
        }
        let due = self.due();
        let found = match next_look(&self.stacks, &self.stack_id, &mut self.looked, due).await {
            Ok(found) => found,
            Err(error) => return self.bear(error),
        };
        let now = self.now();
        let mut sightings = Vec::new();
        if self.may_be_behind(found.as_ref(), now) {
            let (events, has_ended) = self.ended_as_before(found.as_ref()).await;
            if !has_ended {
                self.looked_at = now;
                return Ok((events, StackState::Moving));
            }
            sightings = events;
        }
        if let Some(stack) = &found
            && stack.status.is_settled()
            && self.is_resumed()
        {
            match self.confirm(stack, now).await {
                Ok((events, true)) => sightings = events,
                Ok((events, false)) => {
                    self.looked_at = now;
                    return Ok((events, StackState::Moving));
                }
                Err(error) => return self.bear(error),
            }
        }
        let is_settled = found.as_ref().is_none_or(|stack| stack.status.is_settled());
        let deletes = self.action.deletes();
        let is_good = found.as_ref().map_or(deletes, |stack| !deletes && stack.status.is_good());
        if is_settled && is_good {
            self.remember(now);
        }
        self.looked_at = now;
        self.last_answer = now;
        if is_settled && !is_good {
            let (events, standing) = self.failed(found).await;
            sightings.extend(events);
            return Ok((sightings, standing));
        }
        if !is_settled && self.are_events_due(now) {
            self.events_read_at = now;
            let events = read_newest_events(&self.stacks, &self.stack_id, &mut self.history).await;
            sightings.extend(self.precedent());
            sightings.extend(events.into_iter().filter_map(sighting));
        }
        let Some(stack) = found else { return Ok((sightings, StackState::Gone)) };
        sightings.extend(self.new_status(&stack));
        let standing =
            if is_settled { StackState::Settled(Box::new(stack)) } else { StackState::Moving };
        Ok((sightings, standing))
    }

    /// Gives the stack up sooner from now on, should it be out of reach: the run was asked to stop.
    pub fn give_up_sooner(&mut self) {
        self.unreachable_for = UNREACHABLE_AFTER_A_STOP_FOR;
    }

    /// Returns how long the next look may take until it is overdue: it waits for its time, and the
    /// answer then comes at once.
    pub fn overdue_after(&self) -> Duration {
        self.until_due() + OVERDUE_AFTER
    }

    fn until_due(&self) -> Duration {
        self.due().duration_since(self.now()).unwrap_or_default()
    }

    /// Returns when it is time for the next look.
    fn due(&self) -> SystemTime {
        let looked = self.looked_at.duration_since(self.began).unwrap_or_default();
        self.looked_at + pause_after(looked, self.expected())
    }

    /// Returns when it is expected to settle: as the stack's own operation before did, as others with
    /// the same template did in this run, or as its resources come along. Nothing is known of how long it
    /// takes until a stack is gone that somebody else deletes meanwhile.
    fn expected(&self) -> Option<Expected> {
        if self.last_status == Some(StackStatus::DeleteInProgress) && !self.action.deletes() {
            return None;
        }
        let before = self.history.took_before();
        let as_before = |took: Duration| Expected { low: took * 97 / 100, high: took * 103 / 100 };
        let by_progress = || {
            let read = self.events_read_at.duration_since(self.began).unwrap_or_default();
            Expected::by_progress(read, self.history.done(), self.resources)
        };
        before
            .map(as_before)
            .or_else(|| self.stacks.durations.expected(&self.kind))
            .or_else(by_progress)
    }

    /// Returns how long the operation before this one took, the first time it is known.
    ///
    /// How long a stack took to be made or changed says nothing of how long it takes to go.
    fn precedent(&mut self) -> Option<Sighting> {
        let is_change = self.action == StackAction::Update && !self.is_precedent_told;
        let took = self.history.took_before().filter(|_| is_change)?;
        self.is_precedent_told = true;
        Some(Sighting::Precedent { took })
    }

    /// Tells others with the same template how long this one took, and that IAM may have changed.
    fn remember(&self, now: SystemTime) {
        if self.may_change_iam && !self.action.deletes() {
            self.stacks.propagation.changed(self.stacks.guard.account());
        }
        let elapsed = |then: SystemTime| then.duration_since(self.began).unwrap_or_default();
        let settled = Expected { low: elapsed(self.looked_at), high: elapsed(now) };
        if self.action != StackAction::Wait {
            self.stacks.durations.saw(&self.kind, settled);
        }
    }

    fn are_events_due(&self, now: SystemTime) -> bool {
        let since = |then: SystemTime| now.duration_since(then).unwrap_or_default();
        since(self.events_read_at) >= events_pause_after(since(self.began))
    }

    fn now(&self) -> SystemTime {
        TimeSource::now(&self.stacks.clock)
    }

    /// Returns the stack's status as it was last seen.
    pub fn last_status(&self) -> Option<&StackStatus> {
        self.last_status.as_ref()
    }

    /// A stack moves whether or not it can be seen, so a passing error is waited out.
    fn bear(&mut self, error: CallError) -> Result<(Vec<Sighting>, StackState), CallError> {
        let now = self.now();
        self.looked_at = now;
        let unseen = now.duration_since(self.last_answer).unwrap_or_default();
        if error.is_retryable() && unseen < self.unreachable_for {
            tracing::warn!(stack = self.stack_id, %error, "the stack could not be seen");
            let is_long = unseen >= TOLD_UNSEEN_AFTER;
            let told = is_long.then(|| Sighting::Unseen { reason: error.to_string() });
            Ok((told.into_iter().collect(), StackState::Moving))
        } else {
            Err(error)
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.stacks.watch.unfollow(&self.stack_id);
    }
}
