//! The invocations of functions: added, waited for, ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use super::function::Function;
use super::outcome::InvocationOutcome;
use super::queue::{DispatchedInvocation, FunctionInvocation, Queue};
use crate::clock::Clock;
use crate::sandbox::wire::request_id;

/// The invocations of a sandbox, and who waits for them.
#[derive(Debug)]
pub struct Invocations {
    clock: Clock,
    queue: Mutex<Queue>,
    changed: Notify,
}

impl Invocations {
    /// Returns a Lambda without invocations whose functions may take as long as `timeout`.
    pub fn new(clock: Clock, timeout: Duration) -> Self {
        Self { clock, queue: Mutex::new(Queue::new(timeout)), changed: Notify::new() }
    }

    /// Invokes a function asynchronously at a moment, and returns the id of the invocation.
    pub fn invoke_later(&self, function: Function, payload: Bytes, from: Timestamp) -> String {
        let id = request_id();
        self.add(FunctionInvocation::new(id.clone(), function, payload, from));
        id
    }

    /// Invokes a function at once and waits for its answer, which comes with the invocation's id.
    pub(super) async fn invoke(
        &self,
        function: Function,
        payload: Bytes,
    ) -> (String, InvocationOutcome) {
        let (id, (caller, mut answer)) = (request_id(), oneshot::channel());
        let invocation = FunctionInvocation::new(id.clone(), function, payload, self.clock.now());
        self.add(invocation.with_caller(caller));
        (id, self.wait_for(|_, _| answer.try_recv().ok()).await)
    }

    /// Waits for an invocation that a process of this function, or of any, may have.
    ///
    /// It is handed out in the moment in which this returns, never while it waits.
    pub(super) async fn next(&self, function: Option<&str>) -> DispatchedInvocation {
        self.wait_for(|queue, now| queue.dispatch(function, now)).await
    }

    /// Ends an invocation that a process has; returns whether one had it.
    pub(super) fn end(&self, id: &str, outcome: InvocationOutcome) -> bool {
        let now = self.clock.now();
        let is_known = self.queue().end(id, outcome, now);
        self.changed.notify_waiters();
        is_known
    }

    /// Ends the invocation that a process which could not start would have had.
    pub(super) fn fail_next(&self, function: Option<&str>, outcome: InvocationOutcome) {
        let now = self.clock.now();
        self.queue().fail_next(function, outcome, now);
        self.changed.notify_waiters();
    }

    fn add(&self, invocation: FunctionInvocation) {
        self.queue().add(invocation);
        self.changed.notify_waiters();
    }

    /// Waits until `look` finds something.
    async fn wait_for<T>(&self, mut look: impl FnMut(&mut Queue, Timestamp) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // What changes from here on is not missed.
            changed.as_mut().enable();
            let now = self.clock.now();
            let (found, due) = {
                let mut queue = self.queue();
                queue.expire_overdue(now);
                (look(&mut queue, now), queue.next_due(now))
            };
            if let Some(found) = found {
                self.changed.notify_waiters();
                return found;
            }
            tokio::select! {
                () = changed => {}
                () = passing(now, due) => {}
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until something is due, for ever if nothing is.
async fn passing(now: Timestamp, due: Option<Timestamp>) {
    match due {
        None => std::future::pending().await,
        Some(due) => {
            let rest = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            tokio::time::sleep(rest).await;
        }
    }
}
