//! The connections that there may be at once, and which of them leaves when another one comes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The most connections at once, however many files a process may have open: a run opens one for each account
/// that it asks at the same time.
const MOST: u64 = 8192;

/// How long a connection keeps its seat without a request: one that just came is about to send its own.
const GRACE: Duration = Duration::from_secs(1);

/// The seats of a server.
#[derive(Debug)]
pub struct Seats {
    most: usize,
    room: Arc<Room>,
}

/// Who waits for its client, the longest first.
#[derive(Debug, Default)]
struct Room {
    /// Since when, and what tells each of them to leave, which is its name as well.
    idle: Mutex<VecDeque<(Instant, Arc<Notify>)>>,
    one_more: Notify,
}

/// The seat of one connection.
#[derive(Debug)]
pub struct Seat {
    leave: Arc<Notify>,
    room: Arc<Room>,
}

/// A request that is being answered: its connection stays for as long as this does.
#[derive(Debug)]
pub struct Busy {
    seat: Arc<Seat>,
}

impl Seats {
    /// Returns seats for half of the files that this process may have open; the rest is for what the answers need.
    pub fn for_this_process() -> Self {
        Self::within(getrlimit(Resource::Nofile).current)
    }

    fn within(files: Option<u64>) -> Self {
        let most = files.map_or(MOST, |files| (files / 2).clamp(1, MOST));
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), room: Arc::default() }
    }

    /// Returns how many connections there may be.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Returns a seat for a connection, which is idle at first.
    pub fn take(&self) -> Arc<Seat> {
        let seat = Seat { leave: Arc::default(), room: self.room.clone() };
        self.room.add(&seat.leave);
        Arc::new(seat)
    }

    /// Lets the connection leave that has waited the longest for its client, if it has for long enough;
    /// returns whether one does.
    pub fn dismiss_one(&self) -> bool {
        let mut idle = self.room.idle();
        match idle.front() {
            Some((since, _)) if since.elapsed() >= GRACE => {}
            _ => return false,
        }
        let oldest = idle.pop_front();
        oldest.is_some_and(|(_, leave)| {
            leave.notify_one();
            true
        })
    }

    /// Waits until a connection can be dismissed.
    pub async fn one_may_leave(&self) {
        loop {
            let oldest = self.room.idle().front().map(|(since, _)| *since);
            match oldest {
                None => self.room.one_more.notified().await,
                Some(since) if since.elapsed() >= GRACE => return,
                // It may be busy again by then.
                Some(since) => sleep_until(since + GRACE).await,
            }
        }
    }
}

impl Seat {
    /// Says that a request came; `None` if the connection has to leave.
    pub fn begin(self: &Arc<Self>) -> Option<Busy> {
        self.room.remove(&self.leave).then(|| Busy { seat: self.clone() })
    }

    /// Waits until the connection has to leave.
    pub async fn dismissed(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.remove(&self.leave);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.seat.room.add(&self.seat.leave);
    }
}

impl Room {
    fn add(&self, leave: &Arc<Notify>) {
        self.idle().push_back((Instant::now(), leave.clone()));
        self.one_more.notify_one();
    }

    /// Returns whether it was there.
    fn remove(&self, leave: &Arc<Notify>) -> bool {
        let mut idle = self.idle();
        // Clients use the connection again that they used last.
        let place = idle.iter().rposition(|(_, idle)| Arc::ptr_eq(idle, leave));
        place.and_then(|place| idle.remove(place)).is_some()
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Instant, Arc<Notify>)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn has_to_leave(seat: &Seat) -> bool {
        seat.dismissed().now_or_never().is_some()
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
            assert_eq!(Seats::within(files).most(), most, "{files:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_idle_the_longest_leaves_and_nobody_who_is_served() {
        let seats = Seats::within(None);
        let [first, second, third] = [(); 3].map(|()| seats.take());
        let busy = first.begin().expect("nobody has to leave yet");
        assert!(!seats.dismiss_one(), "they have only just come");
        seats.one_may_leave().await;
        assert!(seats.dismiss_one() && has_to_leave(&second) && second.begin().is_none());
        drop(busy);
        assert!(seats.dismiss_one() && has_to_leave(&third) && !has_to_leave(&first));
        assert!(!seats.dismiss_one(), "it was served just now");
        seats.one_may_leave().await;
        assert!(seats.dismiss_one() && has_to_leave(&first));
        assert!(!seats.dismiss_one());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_gone_is_not_idle() {
        let seats = Seats::within(None);
        let seat = seats.take();
        drop(seat.begin());
        seats.one_may_leave().await;
        drop(seat);
        assert!(seats.one_may_leave().now_or_never().is_none());
    }
}
