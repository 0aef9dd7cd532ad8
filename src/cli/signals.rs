//! Ctrl-C and its kin: once lets what runs settle, twice leaves at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::engine::Stop;

/// Returns what a run listens to, and turns signals into wishes to stop from now on.
pub fn listen() -> watch::Receiver<Stop> {
    let (wish, heard) = watch::channel(Stop::No);
    let catch = |kind| signal(kind).expect("signals can be caught while the runtime runs");
    let mut interrupt = catch(SignalKind::interrupt());
    let mut terminate = catch(SignalKind::terminate());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupt.recv() => {}
                Some(()) = terminate.recv() => {}
                () = wish.closed() => return,
            }
            let next = match *wish.borrow() {
                Stop::No => Stop::Settle,
                Stop::Settle | Stop::AtOnce => Stop::AtOnce,
            };
            wish.send_replace(next);
        }
    });
    heard
}
