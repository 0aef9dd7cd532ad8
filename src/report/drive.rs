//! The loop between a run's events and everyone who reads them.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::{Report, Reporters, RunState};
use crate::clock::Clock;
use crate::event::RunEvent;

/// How often a display that shows time passing is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Follows a run to the end of its events: folds them, tells the reporters, returns the report.
///
/// It ends when every sender of the channel is gone, whether or not the run said that it finished;
/// the report tells the two apart.
pub async fn drive(
    mut incoming: mpsc::Receiver<RunEvent>,
    mut reporters: Reporters,
    clock: &Clock,
) -> Report {
    let mut state = RunState::default();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let want_ticks = reporters.want_ticks();
    loop {
        tokio::select! {
            event = incoming.recv() => {
                let Some(event) = event else { break };
                state.on(&event);
                reporters.on(&event, &state);
            }
            _ = ticks.tick(), if want_ticks => reporters.tick(&state, clock.now()),
        }
    }
    reporters.close();
    Report::new(&state)
}
