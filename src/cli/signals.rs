//! Ctrl-C, SIGTERM and SIGHUP: before a run begins they end the program; then once lets what runs
//! settle, twice leaves at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

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
        print::note("\ninterrupted: nothing was touched");
        std::process::exit(Exit::Interrupted.code().into());
    }))
}

impl Drop for NotBegun {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The signals by which a person or a service asks a program to stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// A terminal that closes, such as an SSH session that drops, unless `nohup` told us to bear it.
    hangup: Option<Signal>,
}

impl Signals {
    fn catch() -> Self {
        let catch = |kind| signal(kind).expect("signals can be caught while the runtime runs");
        Self {
            interrupt: catch(SignalKind::interrupt()),
            terminate: catch(SignalKind::terminate()),
            hangup: (!is_hangup_ignored()).then(|| catch(SignalKind::hangup())),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            Some(()) = self.interrupt.recv() => {}
            Some(()) = self.terminate.recv() => {}
            Some(()) = come(self.hangup.as_mut()) => {}
        }
    }
}

/// Waits for a signal; for ever if it is not listened to.
async fn come(signal: Option<&mut Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    }
}

/// Whether whoever started the program wants it to outlive its terminal.
///
/// Source: proc(5), `SigIgn` of `/proc/pid/status`: a mask of the ignored signals, the first of which
/// is SIGHUP. Where there is no such file, nothing is ignored as far as we know.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}
