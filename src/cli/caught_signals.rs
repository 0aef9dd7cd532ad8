//! The signals that are caught: Ctrl-C, SIGTERM and SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals by which a person or a service asks a program to stop.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// A terminal that closes, such as an SSH session that drops, unless `nohup` told us to bear it.
    hangup: Option<Signal>,
}

impl Signals {
    /// Catches the signals from now on: they end the program no more by themselves.
    pub fn catch() -> Self {
        let catch = |kind| signal(kind).expect("signals can be caught while the runtime runs");
        Self {
            interrupt: catch(SignalKind::interrupt()),
            terminate: catch(SignalKind::terminate()),
            hangup: (!is_hangup_ignored()).then(|| catch(SignalKind::hangup())),
        }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
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
