//! The connection limit: how many there may be at once, and which idle one is closed for another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The most connections at once, however many files a process may have open: a run opens one for each account
/// that it asks at the same time.
const MOST: u64 = 8192;

/// How long a connection stays open without a request: one that just came is about to send its own.
const GRACE: Duration = Duration::from_secs(1);

/// How many connections a server may have.
#[derive(Debug)]
pub struct ConnectionLimit {
    most: usize,
    idle: Arc<IdleConnections>,
}

/// The connections that wait for their clients, the longest first.
#[derive(Debug, Default)]
struct IdleConnections {
    /// Since when, and what tells each of them to close, which is its key as well.
    list: Mutex<VecDeque<(Instant, Arc<Notify>)>>,
    one_more: Notify,
}

/// The right of one connection to stay open.
#[derive(Debug)]
pub struct ConnectionPermit {
    close: Arc<Notify>,
    idle: Arc<IdleConnections>,
}

/// A request that is being answered: its connection stays for as long as this does.
#[derive(Debug)]
pub struct BusyConnection {
    permit: Arc<ConnectionPermit>,
}

impl ConnectionLimit {
    /// Returns a limit of half of the files that this process may have open; the rest is for what the answers need.
    pub fn for_this_process() -> Self {
        Self::within(getrlimit(Resource::Nofile).current)
    }

    fn within(files: Option<u64>) -> Self {
        let most = files.map_or(MOST, |files| (files / 2).clamp(1, MOST));
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), idle: Arc::default() }
    }

    /// Returns how many connections there may be.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Returns the permit of a connection, which is idle at first.
    pub fn take(&self) -> Arc<ConnectionPermit> {
        let permit = ConnectionPermit { close: Arc::default(), idle: self.idle.clone() };
        self.idle.add(&permit.close);
        Arc::new(permit)
    }

    /// Closes the connection that has waited the longest for its client, if it has for long enough;
    /// returns whether one does.
    pub fn close_one(&self) -> bool {
        let mut idle = self.idle.list();
        match idle.front() {
            Some((since, _)) if since.elapsed() >= GRACE => {}
            _ => return false,
        }
        let oldest = idle.pop_front();
        oldest.is_some_and(|(_, close)| {
            close.notify_one();
            true
        })
    }

    /// Waits until a connection can be closed.
    pub async fn one_may_close(&self) {
        loop {
            let oldest = self.idle.list().front().map(|(since, _)| *since);
            match oldest {
                None => self.idle.one_more.notified().await,
                Some(since) if since.elapsed() >= GRACE => return,
                // It may be busy again by then.
                Some(since) => sleep_until(since + GRACE).await,
            }
        }
    }
}

impl ConnectionPermit {
    /// Says that a request came; `None` if the connection has to close.
    pub fn begin(self: &Arc<Self>) -> Option<BusyConnection> {
        self.idle.remove(&self.close).then(|| BusyConnection { permit: self.clone() })
    }

    /// Waits until the connection has to close.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.idle.remove(&self.close);
    }
}

impl Drop for BusyConnection {
    fn drop(&mut self) {
        self.permit.idle.add(&self.permit.close);
    }
}

impl IdleConnections {
    fn add(&self, close: &Arc<Notify>) {
        self.list().push_back((Instant::now(), close.clone()));
        self.one_more.notify_one();
    }

    /// Returns whether it was there.
    fn remove(&self, close: &Arc<Notify>) -> bool {
        let mut idle = self.list();
        // Clients use the connection again that they used last.
        let place = idle.iter().rposition(|(_, idle)| Arc::ptr_eq(idle, close));
        place.and_then(|place| idle.remove(place)).is_some()
    }

    fn list(&self) -> MutexGuard<'_, VecDeque<(Instant, Arc<Notify>)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn has_to_close(permit: &ConnectionPermit) -> bool {
        permit.closed().now_or_never().is_some()
    }

    #[test]
    fn half_of_the_files_are_for_connections() {
        for (files, most) in [
            (None, 8192),
            (Some(1_048_576), 8192),
            (Some(1024), 512),
            (Some(64), 32),
            (Some(1), 1),
            (Some(0), 1),
        ] {
            assert_eq!(ConnectionLimit::within(files).most(), most, "{files:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_idle_the_longest_closes_and_nobody_who_is_served() {
        let limit = ConnectionLimit::within(None);
        let [first, second, third] = [(); 3].map(|()| limit.take());
        let busy = first.begin().expect("nobody has to close yet");
        assert!(!limit.close_one(), "they have only just come");
        limit.one_may_close().await;
        assert!(limit.close_one() && has_to_close(&second) && second.begin().is_none());
        drop(busy);
        assert!(limit.close_one() && has_to_close(&third) && !has_to_close(&first));
        assert!(!limit.close_one(), "it was served just now");
        limit.one_may_close().await;
        assert!(limit.close_one() && has_to_close(&first));
        assert!(!limit.close_one());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_gone_is_not_idle() {
        let limit = ConnectionLimit::within(None);
        let permit = limit.take();
        drop(permit.begin());
        limit.one_may_close().await;
        drop(permit);
        assert!(limit.one_may_close().now_or_never().is_none());
    }
}
