//! Ctrl-C, SIGTERM and SIGHUP: once lets what runs settle, twice leaves at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::engine::Stop;

/// Returns what a run listens to, and turns signals into wishes to stop from now on.
pub fn listen() -> watch::Receiver<Stop> {
    let (wish, heard) = watch::channel(Stop::No);
    let catch = |kind| signal(kind).expect("signals can be caught while the runtime runs");
    let mut interrupt = catch(SignalKind::interrupt());
    let mut terminate = catch(SignalKind::terminate());
    // A terminal that closes, such as an SSH session that drops, unless `nohup` told us to bear it.
    let mut hangup = (!is_hangup_ignored()).then(|| catch(SignalKind::hangup()));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupt.recv() => {}
                Some(()) = terminate.recv() => {}
                Some(()) = come(hangup.as_mut()) => {}
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
