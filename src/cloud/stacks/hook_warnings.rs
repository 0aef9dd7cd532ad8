//! What hooks warn of in an operation that went well: only its events tell.
//!
//! Early validation only warns of change sets.

use std::time::Duration;

use tokio::time::Instant;

use super::follow::Followed;
use super::history_read::read_events;
use super::operation_errors::hook_reason;

/// How long events are waited for that may tell nothing, and then all that hooks say besides.
const LOOKED_FOR: Duration = Duration::from_secs(3);
/// How many warnings are told of one operation.
const MOST: usize = 20;

impl Followed {
    /// Returns what hooks warned of, as sentences without a full stop at their end; nothing where that cannot be
    /// learned.
    ///
    /// The events that were read to show progress tell whether there are hooks: without any, nothing more is asked.
    pub async fn warnings(&mut self) -> Vec<String> {
        if self.history.has_hooks() {
            self.stacks.hooks.saw();
        }
        if self.stacks.hooks.any() {
            self.read_last_events().await;
        }
        let until = Instant::now() + LOOKED_FOR;
        let mut told = Vec::new();
        for (resource, resource_type, warning) in
            self.history.hook_warnings().into_iter().take(MOST)
        {
            let mut reason = hook_reason(&warning.hook, warning.reason.as_deref());
            if let Some(invocation) = &warning.invocation {
                let annotations = Box::pin(self.stacks.hook_annotations(invocation));
                // What is not known by then is left out.
                let annotations = tokio::time::timeout_at(until, annotations).await;
                reason.push_str(&annotations.unwrap_or_default());
            }
            told.push(format!("warning: {resource} ({resource_type}): {reason}"));
        }
        told
    }

    /// Reads what is new if that can be done without waiting.
    async fn read_last_events(&mut self) {
        // Boxed, so that what waits is small.
        let newest = Box::pin(self.stacks.newest_events(&self.stack_id));
        match tokio::time::timeout(LOOKED_FOR, newest).await {
            Ok(Some(Ok((events, is_all)))) if is_all || self.history.is_enough(&events) => {
                self.history.take(events);
            }
            Ok(Some(Ok(_))) => {
                let all = Box::pin(read_events(&self.stacks, &self.stack_id, &mut self.history));
                // What was read until then counts.
                let _ = tokio::time::timeout(LOOKED_FOR, all).await;
            }
            Ok(Some(Err(_)) | None) | Err(_) => {}
        }
    }
}
