//! What a run heeds while it goes on: signals, and the requests of people who watch it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::control_requests::ControlRequests;
use crate::clock::{Clock, MachinePace};
use crate::engine::Stop;
use crate::event::{Control, ControlRequest};

/// How often requests are looked for.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);
/// How often at most by the machine's time, where time passes faster.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// Brings a run what is asked of it.
pub(super) struct Steering {
    stop: watch::Sender<Stop>,
    control: watch::Sender<Option<ControlRequest>>,
}

/// What a run hears of what is asked of it.
pub(super) struct Heard {
    pub stop: watch::Receiver<Stop>,
    pub control: watch::Receiver<Option<ControlRequest>>,
}

impl Steering {
    /// Returns one that has asked for nothing yet, and what the run listens to.
    pub fn new() -> (Self, Heard) {
        let (stop, heard_stop) = watch::channel(Stop::No);
        let (control, heard) = watch::channel(None);
        (Self { stop, control }, Heard { stop: heard_stop, control: heard })
    }

    /// Hands on signals and requests for as long as the run goes on.
    pub async fn steer(
        self,
        mut signals: watch::Receiver<Stop>,
        requests: ControlRequests,
        clock: Clock,
    ) {
        let mut pace = MachinePace::new(SHORTEST_WAIT);
        self.wish(*signals.borrow_and_update());
        loop {
            tokio::select! {
                biased;
                Ok(()) = signals.changed() => self.wish(*signals.borrow_and_update()),
                () = sleep(LOOKED_FOR_EVERY) => {
                    if !clock.is_ahead() || pace.is_due() {
                        requests.take().into_iter().for_each(|request| self.heed(request));
                    }
                    self.keep_time_from_running_away(&clock).await;
                }
            }
        }
    }

    /// Hands on a wish that wants more than those before.
    fn wish(&self, wish: Stop) {
        self.stop.send_if_modified(|stop| {
            let wants_more = wish > *stop;
            if wants_more {
                *stop = wish;
            }
            wants_more
        });
    }

    fn heed(&self, request: ControlRequest) {
        let is_cancel = request.control == Control::Cancel;
        // First who asks: the wish itself says nothing of that.
        self.control.send_replace(Some(request));
        if is_cancel {
            self.wish(Stop::Settle);
        }
    }

    /// Lets the machine's time pass where a paused run would make years of its own out of it.
    async fn keep_time_from_running_away(&self, clock: &Clock) {
        let last = self.control.borrow().as_ref().map(|request| request.control);
        if clock.is_ahead() && last == Some(Control::Pause) {
            let waiting = tokio::task::spawn_blocking(|| std::thread::sleep(SHORTEST_WAIT));
            // It goes away with the program only.
            let _ = waiting.await;
        }
    }
}
