//! Following an operation on a stack until it settles.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;

use jiff::Timestamp;

use super::client::Stacks;
use crate::cloud::stack::Stack;
use crate::cloud::watch::poll_interval::{Expected, events_pause_after, pause_after};
use crate::cloud::watch::shared_poll::PollStep;
use crate::cloud::watch::stack_events::{FirstCause, OperationEvents, StackEvent};
use crate::cloud::wire::call_error::CallError;
use crate::event::StackAction;
use crate::name::AccountName;
use crate::status::{ResourceStatus, StackStatus};
use crate::template::Template;

/// How long AWS may be out of reach before a stack that moves is given up. It moves on by itself.
const UNREACHABLE_FOR: Duration = Duration::from_secs(600);
/// The same where nobody waits for its end any more.
const UNREACHABLE_AFTER_A_STOP_FOR: Duration = Duration::from_secs(60);
/// How long a stack is not seen before that is told.
const TOLD_UNSEEN_AFTER: Duration = Duration::from_secs(15);
/// How long after its time a look may still be without an answer before that is told.
const OVERDUE_AFTER: Duration = Duration::from_secs(60);
/// How long a read may be behind a write: a stack that was just created may not show itself, one
/// that is being changed may still show how it stood.
pub(in crate::cloud) const BEHIND_FOR: Duration = Duration::from_secs(30);
/// How many stacks within stacks are searched for a first cause.
const DEEPEST_NESTING: usize = 5;

/// Follows one operation on one stack.
#[derive(Debug)]
pub struct Followed {
    stacks: Stacks,
    stack_id: String,
    action: StackAction,
    /// Operations of one kind take about the same time.
    kind: String,
    resources: usize,
    may_change_iam: bool,
    history: OperationEvents,
    began: SystemTime,
    /// The look that was seen last, and when.
    looked: u64,
    looked_at: SystemTime,
    events_read_at: SystemTime,
    events_error: Option<CallError>,
    /// When an answer was last believed.
    last_answer: SystemTime,
    last_status: Option<StackStatus>,
    is_precedent_told: bool,
    before: Option<(StackStatus, Option<Timestamp>)>,
    unreachable_for: Duration,
}

/// What one look at a stack shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// The stack's create or update before this one, told once.
    Precedent {
        /// How long it took.
        took: Duration,
    },
    /// The stack's own status is another.
    Stack {
        /// The status.
        status: StackStatus,
        /// Why.
        reason: Option<String>,
    },
    /// It has not been seen for a while.
    Unseen {
        /// Why not.
        reason: String,
    },
    /// A resource took a step.
    Resource {
        /// Its name in the template.
        resource: String,
        /// Its type.
        resource_type: String,
        /// Where it stands.
        status: ResourceStatus,
        /// Why.
        reason: Option<String>,
    },
}

/// What a look at a stack ends with.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It still moves: look again.
    Moving,
    /// It settled and stands as described.
    Settled(Box<Stack>),
    /// It is gone.
    Gone,
}

/// An operation that is followed.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What is being done to the stack.
    pub action: StackAction,
    /// The call's own token; an operation that somebody else began has none.
    pub token: Option<&'a str>,
    /// The stack as it stood when the call was sent; `None` for one that was not there, and for an
    /// operation that somebody else began.
    pub before: Option<&'a Stack>,
    /// Its template: operations with the same one take about the same time.
    pub template: &'a Template,
}

impl Stacks {
    /// Returns a follower of an operation on the stack with this ARN.
    pub fn follow(&self, stack_id: &str, operation: Operation<'_>) -> Followed {
        let Operation { action, token, before, template } = operation;
        self.watch.follow(stack_id);
        let now = TimeSource::now(&self.clock);
        Followed {
            stacks: self.clone(),
            stack_id: stack_id.to_owned(),
            action,
            kind: format!("{} of {}", action.as_noun(), template.digest),
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
    pub async fn look(&mut self) -> Result<(Vec<Sighting>, Standing), CallError> {
        let found = match self.sight().await {
            Ok(found) => found,
            Err(error) => return self.bear(error),
        };
        let now = self.now();
        if self.may_be_behind(found.as_ref(), now) {
            self.looked_at = now;
            return Ok((Vec::new(), Standing::Moving));
        }
        let mut sightings = Vec::new();
        if let Some(stack) = &found
            && stack.status.is_settled()
            && self.is_taken_up()
        {
            match self.confirm(stack, now).await {
                Ok((events, true)) => sightings = events,
                Ok((events, false)) => {
                    self.looked_at = now;
                    return Ok((events, Standing::Moving));
                }
                Err(error) => return self.bear(error),
            }
        }
        let is_settled = found.as_ref().is_none_or(|stack| stack.status.is_settled());
        let deletes = self.action.deletes();
        let is_good = found.as_ref().map_or(deletes, |stack| stack.status.is_good());
        if is_settled && is_good {
            self.remember(now);
            if self.may_change_iam && !deletes {
                self.stacks.propagation.changed(self.stacks.guard.account());
            }
        }
        self.looked_at = now;
        if is_settled && !is_good {
            // The cause stands in the events, so they are waited for; the stack has settled anyway.
            match self.read_events().await {
                Ok(events) => sightings.extend(events.into_iter().filter_map(sighting)),
                Err(error) => self.events_error = Some(error),
            }
        } else if !is_settled && self.are_events_due(now) {
            self.events_read_at = now;
            let events = self.read_newest_events().await;
            sightings.extend(self.precedent());
            sightings.extend(events.into_iter().filter_map(sighting));
        }
        self.last_answer = now;
        let Some(stack) = found else { return Ok((sightings, Standing::Gone)) };
        if self.last_status.as_ref() != Some(&stack.status) {
            self.last_status = Some(stack.status.clone());
            let (status, reason) = (stack.status.clone(), stack.status_reason.clone());
            sightings.push(Sighting::Stack { status, reason });
        }
        let standing =
            if is_settled { Standing::Settled(Box::new(stack)) } else { Standing::Moving };
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

    /// Returns the failure that came first, looking into nested stacks.
    pub async fn first_cause(&self) -> Option<FirstCause> {
        let Some(mut cause) = self.history.first_cause() else {
            return match self.history.has_failed_validation() {
                true => self.stacks.validation_error(&self.stack_id).await,
                false => None,
            };
        };
        for _ in 0..DEEPEST_NESTING {
            if cause.resource_type != "AWS::CloudFormation::Stack" {
                break;
            }
            let Some(nested) = cause.physical_id.clone().filter(|id| !id.is_empty()) else { break };
            let mut history = OperationEvents::new(self.action, None);
            let read = self.stacks.events(&nested, |page| history.is_enough(page)).await;
            let Ok(events) = read else { break };
            history.take(events);
            let Some(inner) = history.first_cause() else { break };
            cause =
                FirstCause { resource: format!("{}/{}", cause.resource, inner.resource), ..inner };
        }
        Some(cause)
    }

    /// Returns the resources that failed, as `Name (Type)`.
    pub fn failed_resources(&self) -> Vec<String> {
        self.history.failed_resources()
    }

    /// Returns how the stack stands, as soon as its own time to look or anybody's look shows it.
    async fn sight(&mut self) -> Result<Option<Stack>, CallError> {
        let stacks = self.stacks.clone();
        loop {
            let changed = stacks.watch.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let wait = self.until_due();
            match stacks.watch.step(&self.stack_id, self.looked, wait.is_zero()) {
                // That a listing lacks it says little: its own status says what became of it.
                PollStep::Seen(reading, None) => {
                    self.looked = reading;
                    return stacks.describe(&self.stack_id).await;
                }
                PollStep::Seen(reading, stack) => {
                    self.looked = reading;
                    return Ok(stack.map(|stack| *stack));
                }
                PollStep::Failed(reading, error) => {
                    self.looked = reading;
                    return Err(error);
                }
                PollStep::Read(reading) if reading.is_listing => stacks.list(reading).await?,
                PollStep::Read(reading) => {
                    let stack = stacks.describe(&self.stack_id).await?;
                    self.looked = reading.number();
                    reading.saw_one(&self.stack_id, stack.clone());
                    return Ok(stack);
                }
                PollStep::Ask => return stacks.describe(&self.stack_id).await,
                // Somebody is reading: what that shows is told.
                PollStep::Wait if wait.is_zero() => changed.await,
                PollStep::Wait => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = changed => {}
                    }
                }
            }
        }
    }

    fn until_due(&self) -> Duration {
        let since =
            |then: SystemTime, now: SystemTime| now.duration_since(then).unwrap_or_default();
        let looked = since(self.began, self.looked_at);
        let pause = pause_after(looked, self.expected());
        pause.saturating_sub(since(self.looked_at, self.now()))
    }

    /// Returns when it is expected to settle: as the stack's own operation before did, as others with
    /// the same template did in this run, or as its resources come along.
    fn expected(&self) -> Option<Expected> {
        let before = self.history.took_before();
        let as_prior_stack =
            |took: Duration| Expected { low: took * 97 / 100, high: took * 103 / 100 };
        let by_progress = || {
            let read = self.events_read_at.duration_since(self.began).unwrap_or_default();
            Expected::by_progress(read, self.history.done(), self.resources)
        };
        before
            .map(as_prior_stack)
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

    /// Tells others with the same template how long this one took.
    fn remember(&self, now: SystemTime) {
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

    /// Whether it was sent by a run that somebody goes on with: how the stack stood before is not known.
    fn is_taken_up(&self) -> bool {
        self.before.is_none() && self.action != StackAction::Create && self.history.has_token()
    }

    /// Returns what the events newly tell, and whether they say the same as a stack that settled after
    /// an operation of which it is not known how the stack stood before.
    async fn confirm(
        &mut self,
        stack: &Stack,
        now: SystemTime,
    ) -> Result<(Vec<Sighting>, bool), CallError> {
        let events = self.read_events().await?.into_iter().filter_map(sighting).collect();
        let is_of_before = stack.changed.is_some_and(|changed| self.history.is_of_before(changed));
        let says_the_same = self.history.stack_status() == Some(stack.status.as_str());
        let is_confirmed = says_the_same && !is_of_before;
        let waited = now.duration_since(self.last_answer).unwrap_or_default();
        Ok((events, is_confirmed || waited >= BEHIND_FOR))
    }

    /// Whether what was read may be from before the write, even if a look between saw what came of it:
    /// not every reader is behind by as much.
    fn may_be_behind(&self, found: Option<&Stack>, now: SystemTime) -> bool {
        let is_as_before = match found {
            None => self.action == StackAction::Create,
            Some(stack) => self.before.as_ref().is_some_and(|(status, changed)| {
                *status == stack.status && *changed == stack.changed
            }),
        };
        is_as_before && now.duration_since(self.last_answer).unwrap_or_default() < BEHIND_FOR
    }

    /// Returns the stack's status as it was last seen.
    pub fn last_status(&self) -> Option<&StackStatus> {
        self.last_status.as_ref()
    }

    async fn read_events(&mut self) -> Result<Vec<StackEvent>, CallError> {
        let history = &self.history;
        let events = self.stacks.events(&self.stack_id, |page| history.is_enough(page)).await?;
        Ok(self.history.take(events))
    }

    /// Reads what is new if that can be done without waiting: it only shows progress.
    async fn read_newest_events(&mut self) -> Vec<StackEvent> {
        match self.stacks.newest_events(&self.stack_id).await {
            None => Vec::new(),
            // Where a page does not reach back to what was seen, the last reading takes it all in.
            Some(Ok((events, is_all))) if is_all || self.history.is_enough(&events) => {
                self.history.take(events)
            }
            Some(Ok(_)) => Vec::new(),
            Some(Err(error)) => {
                tracing::warn!(stack = self.stack_id, %error, "events not read");
                Vec::new()
            }
        }
    }

    /// Returns the name of the account that the stack stands in.
    pub fn account(&self) -> &AccountName {
        &self.stacks.account
    }

    /// Returns why the events that would hold a cause could not be read.
    pub fn events_error(&self) -> Option<&CallError> {
        self.events_error.as_ref()
    }

    /// A stack moves whether or not it can be seen, so a passing error is waited out.
    fn bear(&mut self, error: CallError) -> Result<(Vec<Sighting>, Standing), CallError> {
        let now = self.now();
        self.looked_at = now;
        let unseen = now.duration_since(self.last_answer).unwrap_or_default();
        if error.is_retryable() && unseen < self.unreachable_for {
            tracing::warn!(stack = self.stack_id, %error, "the stack could not be seen");
            let is_long = unseen >= TOLD_UNSEEN_AFTER;
            let told = is_long.then(|| Sighting::Unseen { reason: error.to_string() });
            Ok((told.into_iter().collect(), Standing::Moving))
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

/// The stack's own events are told from its status instead, which is never behind.
fn sighting(event: StackEvent) -> Option<Sighting> {
    let StackEvent { resource, resource_type, status, reason, is_stack, .. } = event;
    let status = ResourceStatus::from(status);
    (!is_stack).then_some(Sighting::Resource { resource, resource_type, status, reason })
}
