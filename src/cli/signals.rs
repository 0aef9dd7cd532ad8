//! Ctrl-C, SIGTERM and SIGHUP: before a run begins they end the program; then once lets what runs
//! settle, twice leaves at once.

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::caught_signals::Signals;
use super::exit::Exit;
use super::print;
use crate::engine::Stop;

/// Returns what a run listens to, and turns signals into wishes to stop from now on.
pub fn listen() -> watch::Receiver<Stop> {
    let (wish, heard) = watch::channel(Stop::No);
    let mut signals = Signals::catch();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = signals.next() => {}
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

/// The time before a run begins: until this is dropped, a signal ends the program at once.
pub struct NotBegun(JoinHandle<()>);

/// Returns what makes a signal end the program at once, whatever it waits for.
pub fn not_begun() -> NotBegun {
    let mut signals = Signals::catch();
    NotBegun(tokio::spawn(async move {
        signals.next().await;
        print::trouble("\ninterrupted: nothing was touched");
        std::process::exit(Exit::Interrupted.code().into());
    }))
}

impl Drop for NotBegun {
    fn drop(&mut self) {
        self.0.abort();
    }
}
