//! Reads the events of a stack that is followed into its history.

use std::time::Duration;

use super::client::Stacks;
use super::last_refusal::LastRefusal;
use crate::cloud::watch::stack_event::StackEvent;
use crate::cloud::watch::stack_events::OperationEvents;
use crate::cloud::wire::call_error::CallError;

/// How long a read that only shows progress may take: the next look at the stack's status waits behind it.
const PROGRESS_WITHIN: Duration = Duration::from_secs(3);
/// How long is waited before events are asked for again that could not be read, at first and at most.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(2)];

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

/// Reads all that is new of a stack's events, for as long as that may work, and returns it; each refusal is
/// known at once. Whoever waits for it says for how long.
///
/// # Errors
/// When asking again would not help.
pub(super) async fn read_events_patiently(
    stacks: &Stacks,
    stack_id: &str,
    history: &mut OperationEvents,
    refusal: &LastRefusal,
) -> Result<Vec<StackEvent>, CallError> {
    let [mut pause, most] = AGAIN_AFTER;
    loop {
        let read = stacks.events_asking_once(stack_id, |page| history.is_enough(page), refusal);
        match read.await {
            Ok(events) => return Ok(history.take(events)),
            Err(error) if error.is_retryable() => tokio::time::sleep(pause).await,
            Err(error) => return Err(error),
        }
        pause = (pause * 2).min(most);
    }
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
