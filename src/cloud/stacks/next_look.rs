//! The next look at a stack: one's own when it is due, or anybody's that shows it before.

use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;

use super::client::Stacks;
use crate::cloud::stack::Stack;
use crate::cloud::watch::shared_poll::PollStep;
use crate::cloud::wire::call_error::CallError;

/// Returns how a stack stands, as soon as it is due or anybody's look shows it; `looked` is the number of
/// the look that was seen last.
pub(super) async fn next_look(
    stacks: &Stacks,
    stack_id: &str,
    looked: &mut u64,
    due: SystemTime,
) -> Result<Option<Stack>, CallError> {
    loop {
        let changed = stacks.watch.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let now = TimeSource::now(&stacks.clock);
        let wait = due.duration_since(now).unwrap_or_default();
        match stacks.watch.step(stack_id, *looked, wait.is_zero()) {
            // That a listing lacks it says little: its own status says what became of it.
            PollStep::Seen(reading, None) => {
                *looked = reading;
                return stacks.describe(stack_id).await;
            }
            PollStep::Seen(reading, stack) => {
                *looked = reading;
                return Ok(stack.map(|stack| *stack));
            }
            PollStep::Failed(reading, error) => {
                *looked = reading;
                return Err(error);
            }
            PollStep::Read(reading) if reading.is_listing => stacks.list(reading).await?,
            PollStep::Read(reading) => {
                let stack = stacks.describe(stack_id).await?;
                *looked = reading.number();
                reading.saw_one(stack_id, stack.clone());
                return Ok(stack);
            }
            PollStep::Ask => return stacks.describe(stack_id).await,
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
