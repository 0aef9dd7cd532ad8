//! The loop between a run's events and everyone who reads them.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::clock::{Clock, MachinePace};
use crate::event::RunEvent;
use crate::report::fold::state::RunState;
use crate::report::live::reporter::Reporters;

/// How often a display that shows time passing is drawn.
const TICK: Duration = Duration::from_millis(100);
/// The same where time is ahead of the machine's and may pass faster: what is shown counts whole seconds.
const TICK_AHEAD: Duration = Duration::from_secs(1);
/// How often it is drawn at most then by the machine's time, as nobody sees more.
const SHORTEST_FRAME: Duration = Duration::from_millis(50);

/// A tick that comes that long after the one before paints nothing: the program may have been stopped meanwhile, and the thread
/// that hears of it may be the last to wake up.
const LATE: Duration = Duration::from_millis(300);

/// Follows a run to the end of its events: folds them, tells the reporters, returns what they made.
///
/// It ends when every sender of the channel is gone, whether or not the run said that it finished;
/// a report of the state tells the two apart.
pub async fn drive(
    incoming: mpsc::Receiver<RunEvent>,
    reporters: Reporters,
    clock: &Clock,
) -> RunState {
    drive_from(RunState::default(), incoming, reporters, clock).await
}

/// Follows a run that is resumed: `state` is what is known of it.
pub async fn drive_from(
    mut state: RunState,
    mut incoming: mpsc::Receiver<RunEvent>,
    mut reporters: Reporters,
    clock: &Clock,
) -> RunState {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut pace = MachinePace::new(SHORTEST_FRAME);
    let want_ticks = reporters.want_ticks();
    let (mut ticked, mut was_late) = (Instant::now(), false);
    loop {
        tokio::select! {
            event = incoming.recv() => {
                let Some(event) = event else { break };
                state.on(&event);
                reporters.on(&event, &state);
                if incoming.is_empty() {
                    reporters.rest();
                }
            }
            () = reporters.hear_what_is_lost() => {}
            _ = ticks.tick(), if want_ticks => {
                reporters.beat(&state, clock.now());
                let is_late = ticked.elapsed() > LATE && !was_late;
                (ticked, was_late) = (Instant::now(), is_late);
                let is_due = match clock.is_ahead() {
                    true => {
                        ticks.reset_after(TICK_AHEAD);
                        pace.is_due()
                    }
                    false => !is_late,
                };
                if is_due {
                    reporters.draw(&state, clock.now());
                }
            }
        }
    }
    reporters.close();
    state
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;
    use crate::event::{self, RunResult};
    use crate::journal::{self, Journal, RunFolder};
    use crate::name::RunId;
    use crate::report::recorded::{self, Recording};
    use crate::report::{Palette, Report, Reporter};

    /// A pipe whose reader went away.
    struct BrokenPipe;

    impl Write for BrokenPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn driven(recording: Recording, reporters: Reporters) -> RunState {
        let (events, incoming) = event::channel();
        let send = async move {
            for event in recording.events {
                events.send(event).await.expect("the driver listens");
            }
        };
        let clock = Clock::starting_at(jiff::Timestamp::UNIX_EPOCH);
        let ((), state) = tokio::join!(send, drive(incoming, reporters, &clock));
        state
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_pipe_never_stops_a_run() {
        let reporters = Reporters::none()
            .with(Reporter::plain(BrokenPipe, Palette::Plain))
            .with(Reporter::json(BrokenPipe));
        let report = Report::new(&driven(recorded::many(), reporters).await);
        assert_eq!(report.result, RunResult::Failed);
        assert_eq!(report.stack_instances.len(), 600);
    }

    #[tokio::test(start_paused = true)]
    async fn the_driven_state_is_the_folded_one() {
        let state = driven(recorded::chain(), Reporters::none()).await;
        assert_eq!(state, recorded::chain().state());
    }

    #[tokio::test(start_paused = true)]
    async fn a_journal_read_back_folds_to_the_same_state() {
        let state_folder = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state_folder.path());
        folder.make().expect("it can be made");
        for recording in [recorded::failure(), recorded::left_at_once(), recorded::many()] {
            let run = RunId::new(jiff::Timestamp::UNIX_EPOCH, fastrand::u32(..));
            let journal = Journal::create(&folder, &run).expect("it can be begun");
            let state = driven(recording, Reporters::none().with_journal(journal)).await;
            let mut read_back = RunState::default();
            let reading = journal::read(&folder.journal(&run), |event| read_back.on(&event));
            assert_eq!(read_back, state);
            assert!(!reading.expect("it can be read").is_running);
        }
    }
}
