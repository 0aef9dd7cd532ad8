//! Reads the events of a stack that is followed into its history.

use std::time::Duration;

use super::client::Stacks;
use crate::cloud::watch::stack_event::StackEvent;
use crate::cloud::watch::stack_events::OperationEvents;
use crate::cloud::wire::call_error::CallError;

/// How long a read that only shows progress may take: the next look at the stack's status waits behind it.
const PROGRESS_WITHIN: Duration = Duration::from_secs(3);

/// Reads all that is new of a stack's events, and returns it.
///
/// # Errors
/// When AWS refuses or does not answer.
pub(super) async fn read_events(
    stacks: &Stacks,
    stack_id: &str,
    history: &mut OperationEvents,
) -> Result<Vec<StackEvent>, CallError> {
    let events = stacks.events(stack_id, |page| history.is_enough(page)).await?;
    Ok(history.take(events))
}

/// Reads what is new if that can be done without waiting: it only shows progress.
pub(super) async fn read_newest_events(
    stacks: &Stacks,
    stack_id: &str,
    history: &mut OperationEvents,
) -> Vec<StackEvent> {
    let read =
        tokio::time::timeout(PROGRESS_WITHIN, Box::pin(stacks.newest_events(stack_id))).await;
    let Ok(read) = read else {
        tracing::warn!(stack = stack_id, "events not read: no answer within {PROGRESS_WITHIN:?}");
        return Vec::new();
    };
    match read {
        None => Vec::new(),
        // Where a page does not reach back to what was seen, the last reading takes it all in.
        Some(Ok((events, is_all))) if is_all || history.is_enough(&events) => history.take(events),
        Some(Ok(_)) => Vec::new(),
        Some(Err(error)) => {
            tracing::warn!(stack = stack_id, %error, "events not read");
            Vec::new()
        }
    }
}
