//! The events of one operation on one stack: which are new, and which failure came first.
//!
//! Everything here is plain: pages of events go in, newest first as AWS gives them; what is new
//! comes out oldest first.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::cause::{FirstCause, first_cause};
use super::stack_event::{HookFailure, StackEvent};
use crate::event::StackAction;

/// The events of one operation, as far as they were read.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct OperationEvents {
    action: StackAction,
    token: Option<String>,
    newest_seen: Option<String>,
    events: Vec<StackEvent>,
    took_before: Option<Duration>,
    /// Whether the operation's first step was seen.
    has_begun: bool,
    /// Whether that step, or one after it, has the token of our call.
    is_proven: bool,
    /// When the last thing happened to the stack before the operation began, by AWS's clock.
    ended_before: Option<Timestamp>,
}

impl OperationEvents {
    /// Returns the empty history of an operation that was begun with `token`, or by somebody else.
    pub fn new(action: StackAction, token: Option<String>) -> Self {
        Self {
            action,
            token,
            newest_seen: None,
            events: Vec::new(),
            took_before: None,
            has_begun: false,
            is_proven: false,
            ended_before: None,
        }
    }

    /// Whether older pages hold nothing new of this operation.
    pub fn is_enough(&self, newest_first: &[StackEvent]) -> bool {
        newest_first.iter().any(|event| self.is_seen(event) || self.is_start(event))
    }

    /// Takes in what was read and returns what is new, oldest first. Where the operation's first step is not
    /// shown, only what carries its token is of it.
    pub fn take(&mut self, newest_first: Vec<StackEvent>) -> Vec<StackEvent> {
        if self.took_before.is_none() {
            self.took_before = took_before(&newest_first, |event| self.is_start(event));
        }
        let mut fresh = Vec::new();
        let mut all = newest_first.into_iter();
        while let Some(event) = all.next() {
            if self.is_seen(&event) {
                break;
            }
            let is_start = self.is_start(&event);
            let is_proven = event.token.is_some() && event.token == self.token;
            if is_start && self.is_foreign(&event) {
                // Our operation has not shown itself yet: all this belongs to the one before.
                return Vec::new();
            }
            fresh.push(event);
            if is_start {
                self.has_begun = true;
                self.is_proven = is_proven;
                self.ended_before = all.next().and_then(|event| event.at);
                break;
            }
        }
        if !self.has_begun && self.token.is_some() {
            // Its first step is not shown: what has no token of ours may be of what was before.
            fresh.retain(|event| event.token == self.token);
            self.has_begun = !fresh.is_empty();
            self.is_proven = self.has_begun;
        }
        if let Some(newest) = fresh.first() {
            self.newest_seen = Some(newest.id.clone());
        }
        fresh.reverse();
        self.events.extend(fresh.iter().cloned());
        fresh
    }

    /// Returns how long the operation before this one took, if it was seen.
    pub fn took_before(&self) -> Option<Duration> {
        self.took_before
    }

    /// Whether the operation is known by the token of its call.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Returns the stack's own status as the operation's newest event about it tells it; none before its
    /// first step was seen, as all events may then be of what was before.
    pub fn stack_status(&self) -> Option<&str> {
        let mut newest_first = self.events.iter().rev().filter(|_| self.has_begun);
        newest_first.find(|event| event.is_stack).map(|event| event.status.as_str())
    }

    /// Whether the events show, by the token of our call, that the operation began and left the stack in a
    /// status.
    pub fn has_ended_as(&self, status: &str) -> bool {
        self.is_proven && self.stack_status() == Some(status)
    }

    /// Whether a stack that says when its last operation began shows how it stood before this one. Only
    /// an update is told so: nothing else changes that time.
    pub fn is_of_before(&self, changed: Timestamp) -> bool {
        let is_update = matches!(self.action, StackAction::Update | StackAction::PutBack);
        is_update && self.ended_before.is_some_and(|ended| changed <= ended)
    }

    /// Returns how many resources are done with their part of the operation, as far as was read.
    pub fn done(&self) -> usize {
        let is_done = |event: &&StackEvent| !event.is_stack && event.status.ends_with("_COMPLETE");
        let done: BTreeSet<&str> =
            self.events.iter().filter(is_done).map(|event| event.resource.as_str()).collect();
        done.len()
    }

    /// Returns the failure that came first, of a resource or of the stack itself.
    pub fn first_cause(&self) -> Option<FirstCause> {
        first_cause(self.events.iter(), self.action, self.token.as_deref())
    }

    /// Whether CloudFormation refused the operation before any resource was touched, and keeps the
    /// reasons among the operation's own events.
    ///
    /// Source: the CloudFormation user guide, "Validate stack deployments": the stack's event then
    /// points at DescribeEvents.
    pub fn has_failed_validation(&self) -> bool {
        let points_elsewhere = |reason: &String| reason.contains("DescribeEvents");
        self.events.iter().any(|e| e.is_stack && e.reason.as_ref().is_some_and(points_elsewhere))
    }

    /// Returns the operation's id, if AWS says it. A rollback that follows is an operation of its own.
    pub fn operation_id(&self) -> Option<&str> {
        self.events.iter().find_map(|event| event.operation.as_deref())
    }

    /// Returns what hooks found wrong with a resource that failed for it, in the order in which they did.
    pub fn hook_failures(&self, resource: &str) -> Vec<HookFailure> {
        let events = self.events.iter().filter(|event| event.resource == resource);
        let failures = events.filter_map(|event| event.hook_failure.clone());
        let mut failures: Vec<_> = failures.filter(|failure| !failure.is_warning).collect();
        failures.dedup();
        failures
    }

    /// Returns what hooks only warned of, each with the resource and its type, in the order in which they did.
    pub fn hook_warnings(&self) -> Vec<(&str, &str, &HookFailure)> {
        let warnings = self.events.iter().filter_map(|event| {
            let warning = event.hook_failure.as_ref().filter(|failure| failure.is_warning)?;
            Some((event.resource.as_str(), event.resource_type.as_str(), warning))
        });
        let mut warnings: Vec<_> = warnings.collect();
        warnings.dedup();
        warnings
    }

    /// Whether a hook looked at a resource.
    pub fn has_hooks(&self) -> bool {
        self.events.iter().any(|event| event.is_of_hook)
    }

    /// Returns the names and types of resources that failed last: those that stay where they are.
    pub fn failed_resources(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .events
            .iter()
            .filter(|event| !event.is_stack && event.status.ends_with("_FAILED"))
            .map(|event| format!("{} ({})", event.resource, event.resource_type))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn is_seen(&self, event: &StackEvent) -> bool {
        self.newest_seen.as_ref() == Some(&event.id)
    }

    /// Whether the operation began with this event: the stack's own first step of that kind.
    fn is_start(&self, event: &StackEvent) -> bool {
        let starts: &[&str] = match self.action {
            StackAction::Create => &["CREATE_IN_PROGRESS"],
            StackAction::Update | StackAction::PutBack => &["UPDATE_IN_PROGRESS"],
            StackAction::Delete | StackAction::DeleteBeforeCreate | StackAction::TakeBack => {
                &["DELETE_IN_PROGRESS"]
            }
            StackAction::ContinueRollback | StackAction::CancelUpdate => {
                &["UPDATE_ROLLBACK_IN_PROGRESS"]
            }
            StackAction::RollBack => &["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"],
            StackAction::Wait => &[
                "CREATE_IN_PROGRESS",
                "UPDATE_IN_PROGRESS",
                "DELETE_IN_PROGRESS",
                "IMPORT_IN_PROGRESS",
            ],
        };
        event.is_stack && starts.contains(&event.status.as_str())
    }

    fn is_foreign(&self, event: &StackEvent) -> bool {
        matches!((&self.token, &event.token), (Some(ours), Some(theirs)) if ours != theirs)
    }
}

/// Returns how long the last create or update took that came before the start of this operation.
fn took_before(
    newest_first: &[StackEvent],
    is_start: impl Fn(&StackEvent) -> bool,
) -> Option<Duration> {
    let start = newest_first.iter().position(is_start)?;
    let own: Vec<&StackEvent> =
        newest_first[start + 1..].iter().filter(|event| event.is_stack).collect();
    let end = own
        .iter()
        .position(|event| matches!(event.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE"))?;
    let begin = own[end..].iter().find(|event| {
        matches!(event.status.as_str(), "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS")
    })?;
    Duration::try_from(own[end].at?.duration_since(begin.at?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u32, resource: &str, status: &str) -> StackEvent {
        StackEvent {
            id: id.to_string(),
            resource: resource.to_owned(),
            is_stack: resource == "stack",
            status: status.to_owned(),
            ..StackEvent::default()
        }
    }

    fn failed(id: u32, resource: &str, reason: &str) -> StackEvent {
        StackEvent { reason: Some(reason.to_owned()), ..event(id, resource, "CREATE_FAILED") }
    }

    fn newest_first(mut events: Vec<StackEvent>) -> Vec<StackEvent> {
        events.reverse();
        events
    }

    #[test]
    fn a_stack_that_was_changed_before_the_operation_began_shows_what_stood_before() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let timed =
            |id, status, second| StackEvent { at: Some(at(second)), ..event(id, "stack", status) };
        let events = newest_first(vec![
            timed(1, "UPDATE_IN_PROGRESS", 100),
            timed(2, "UPDATE_COMPLETE", 110),
            timed(3, "UPDATE_IN_PROGRESS", 200),
            timed(4, "UPDATE_COMPLETE", 210),
        ]);
        let mut history = OperationEvents::new(StackAction::Update, Some("ours".to_owned()));
        assert!(!history.is_of_before(at(100)), "nothing is known yet");
        history.take(events);
        assert!(history.is_of_before(at(100)));
        assert!(!history.is_of_before(at(200)));
    }

    #[test]
    fn events_before_the_operations_start_are_left_out() {
        let mut history = OperationEvents::new(StackAction::Update, None);
        let fresh = history.take(newest_first(vec![
            event(1, "stack", "CREATE_IN_PROGRESS"),
            event(2, "stack", "CREATE_COMPLETE"),
            event(3, "stack", "UPDATE_IN_PROGRESS"),
            event(4, "Role", "UPDATE_IN_PROGRESS"),
        ]));
        assert_eq!(fresh.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), ["3", "4"]);
    }

    #[test]
    fn the_operation_before_tells_how_long_this_one_may_take() {
        let at = |event: StackEvent, second: i64| StackEvent {
            at: Some(Timestamp::from_second(second).expect("a time")),
            ..event
        };
        let mut history = OperationEvents::new(StackAction::Update, None);
        history.take(newest_first(vec![
            at(event(1, "stack", "CREATE_IN_PROGRESS"), 0),
            at(event(2, "stack", "CREATE_COMPLETE"), 100),
            at(event(3, "stack", "UPDATE_IN_PROGRESS"), 1000),
            at(event(4, "stack", "UPDATE_COMPLETE"), 1600),
            at(event(5, "stack", "UPDATE_IN_PROGRESS"), 2000),
        ]));
        assert_eq!(history.took_before(), Some(Duration::from_secs(600)));
    }

    #[test]
    fn a_second_reading_yields_only_what_is_new() {
        let mut history = OperationEvents::new(StackAction::Create, None);
        let first = vec![event(1, "stack", "CREATE_IN_PROGRESS")];
        history.take(newest_first(first.clone()));
        let mut second = first;
        second.push(event(2, "Role", "CREATE_COMPLETE"));
        assert!(history.is_enough(&newest_first(second.clone())));
        let fresh = history.take(newest_first(second));
        assert_eq!(fresh.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn an_operation_that_has_not_shown_itself_yields_nothing() {
        let mut history = OperationEvents::new(StackAction::Update, Some("ours".to_owned()));
        let before = StackEvent {
            token: Some("theirs".to_owned()),
            ..event(1, "stack", "UPDATE_IN_PROGRESS")
        };
        assert!(history.take(vec![event(2, "stack", "UPDATE_COMPLETE"), before]).is_empty());
        assert!(history.first_cause().is_none());
    }

    #[test]
    fn an_operation_that_ended_at_once_is_known_by_its_token_even_without_its_first_step() {
        let ours = |event| StackEvent { token: Some("ours".to_owned()), ..event };
        let mut history = OperationEvents::new(StackAction::Delete, Some("ours".to_owned()));
        let before = vec![
            event(1, "stack", "UPDATE_IN_PROGRESS"),
            event(2, "Role", "UPDATE_COMPLETE"),
            event(3, "stack", "UPDATE_COMPLETE"),
        ];
        assert!(history.take(newest_first(before.clone())).is_empty());
        assert!(!history.has_ended_as("UPDATE_COMPLETE"), "that was before");
        let mut begun = before.clone();
        begun.push(ours(event(4, "stack", "DELETE_IN_PROGRESS")));
        assert_eq!(history.clone().take(newest_first(begun)).len(), 1);
        assert!(!history.has_ended_as("UPDATE_COMPLETE"), "it still moves");
        let mut ended = before;
        ended.push(ours(event(5, "stack", "UPDATE_COMPLETE")));
        assert_eq!(history.take(newest_first(ended)).len(), 1);
        assert!(history.has_ended_as("UPDATE_COMPLETE"));
    }

    #[test]
    fn a_stack_that_was_taken_back_still_tells_its_first_failure() {
        let mut history = OperationEvents::new(StackAction::Create, None);
        history.take(newest_first(vec![
            event(1, "stack", "CREATE_IN_PROGRESS"),
            failed(2, "Bucket", "my-bucket already exists"),
            event(3, "stack", "CREATE_FAILED"),
            event(4, "stack", "DELETE_IN_PROGRESS"),
            event(5, "stack", "DELETE_COMPLETE"),
        ]));
        let cause = history.first_cause().expect("a cause");
        assert!(matches!(&cause, FirstCause::Resource(it) if it.name == "Bucket"), "{cause:?}");
    }

    #[test]
    fn an_operation_that_never_began_has_no_cause_of_what_was_before() {
        let mut history = OperationEvents::new(StackAction::Delete, Some("ours".to_owned()));
        history.take(newest_first(vec![
            event(1, "stack", "CREATE_IN_PROGRESS"),
            failed(2, "Bucket", "my-bucket already exists"),
        ]));
        assert!(history.first_cause().is_none());
    }
}
