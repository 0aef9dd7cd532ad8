//! Reads that may be from before the write: whether a stack that looks settled has settled since.

use std::time::{Duration, SystemTime};

use super::follow::Followed;
use super::history_read::read_events;
use super::sighting::{Sighting, sighting};
use crate::cloud::stack::Stack;
use crate::cloud::wire::call_error::CallError;
use crate::event::StackAction;
use crate::status::StackStatus;

/// How long a read may be behind a write: a stack that was just created may not show itself, one
/// that is being changed may still show how it stood.
pub(in crate::cloud) const BEHIND_FOR: Duration = Duration::from_secs(30);

/// How long the events are waited for that prove an end: without them, [`BEHIND_FOR`] does.
const PROVEN_WITHIN: Duration = Duration::from_secs(3);

impl Followed {
    /// Whether it was sent by a run that was resumed: how the stack stood before is not known.
    pub(super) fn is_resumed(&self) -> bool {
        self.before.is_none() && self.action != StackAction::Create && self.history.has_token()
    }

    /// Returns what the events newly tell, and whether they say the same as a stack that settled after
    /// an operation of which it is not known how the stack stood before.
    pub(super) async fn confirm(
        &mut self,
        stack: &Stack,
        now: SystemTime,
    ) -> Result<(Vec<Sighting>, bool), CallError> {
        let events = read_events(&self.stacks, &self.stack_id, &mut self.history)
            .await?
            .into_iter()
            .filter_map(sighting)
            .collect();
        let is_of_before = stack.changed.is_some_and(|changed| self.history.is_of_before(changed));
        let says_the_same = self.history.stack_status() == Some(stack.status.as_str());
        let is_confirmed = says_the_same && !is_of_before;
        let waited = now.duration_since(self.last_answer).unwrap_or_default();
        Ok((events, is_confirmed || waited >= BEHIND_FOR))
    }

    /// Whether what was read may be from before the write, even if a look between saw what came of it:
    /// not every reader is behind by as much.
    pub(super) fn may_be_behind(&self, found: Option<&Stack>, now: SystemTime) -> bool {
        let is_as_before = match found {
            None => self.action == StackAction::Create,
            Some(stack) => self.before.as_ref().is_some_and(|(status, changed)| {
                *status == stack.status && *changed == stack.changed
            }),
        };
        is_as_before && now.duration_since(self.last_answer).unwrap_or_default() < BEHIND_FOR
    }

    /// Returns what the events newly tell, and whether they say that our operation has ended, with the
    /// stack as it stood before: a rollback that is continued and a deletion may fail at once, and change
    /// neither the status nor the time of the last update, and what is being created may be deleted by
    /// somebody else.
    pub(super) async fn ended_as_before(&mut self, found: Option<&Stack>) -> (Vec<Sighting>, bool) {
        let status = found.map_or(&StackStatus::DeleteComplete, |stack| &stack.status);
        if !status.is_settled() || !self.history.has_token() {
            return (Vec::new(), false);
        }
        // Boxed, so that what waits is small.
        let read = Box::pin(read_events(&self.stacks, &self.stack_id, &mut self.history));
        match tokio::time::timeout(PROVEN_WITHIN, read).await {
            Ok(Ok(events)) => {
                let has_ended = self.history.has_ended_as(status.as_str());
                (events.into_iter().filter_map(sighting).collect(), has_ended)
            }
            Ok(Err(error)) => {
                tracing::warn!(stack = self.stack_id, %error, "events not read");
                (Vec::new(), false)
            }
            Err(_) => (Vec::new(), false),
        }
    }
}
