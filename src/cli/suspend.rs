//! Ctrl-Z and `fg`: a dashboard leaves the screen before the program stops, and comes back with it.

use rustix::process::{Signal, getpgrp, getpid, getsid, kill_process};
use signal_hook::consts::SIGCONT;
use signal_hook::flag;
use tokio::signal::unix::{SignalKind, signal};

use crate::report::Screen;

/// Suspends the program when the terminal asks for it, with its dashboard out of the way, and draws
/// anew when it is resumed, also after it was stopped without being asked.
pub fn heed(screen: Screen) {
    let mut suspended = signal(SignalKind::from_raw(Signal::TSTP.as_raw()))
        .expect("signals can be caught while the runtime runs");
    // In the signal's handler itself: a task that is told of it may run after a frame was painted over what others wrote.
    flag::register(SIGCONT, screen.resumption()).expect("SIGCONT can be caught");
    tokio::spawn(async move {
        while let Some(()) = suspended.recv().await {
            stop(&screen);
        }
    });
}

/// Wipes the dashboard and stops the program until somebody resumes it.
///
/// What CloudFormation was asked to do goes on meanwhile; calls under way are made again if they
/// are answered too late.
fn stop(screen: &Screen) {
    // Nobody could resume a program that was not started as a job of a shell: there Ctrl-Z does
    // nothing, as it does by default where it is not caught.
    let is_job = getsid(None).is_ok_and(|session| session != getpgrp());
    if is_job {
        screen.suspend();
        // SIGTSTP itself is caught from now on, so it is its uncatchable sister that stops us. It
        // takes hold of every thread soon, not at once: the screen stays free until SIGCONT.
        kill_process(getpid(), Signal::STOP).expect("a program may stop itself");
    }
}
