//! A run that another process carries out, or did: its events as they are written.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::clock::MachinePace;
use crate::event::{EventKind, NamedState, RunEvent};
use crate::journal::{JournalFollower, ReadError, Reading};
use crate::name::RunId;
use crate::report::RunState;

/// How often the journal is looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(300);
/// How often it is brought up to date, where it is kept elsewhere.
const REFRESHED_EVERY: Duration = Duration::from_secs(1);

/// A run whose journal is read while another process may write it.
#[derive(Debug)]
pub struct WatchedRun {
    follower: JournalFollower,
    /// What was read and not handed on yet.
    events: Vec<RunEvent>,
    run: RunId,
    named_state: Option<NamedState>,
    has_finished: bool,
}

/// How a run stands that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStanding {
    /// A process carries it out.
    Running,
    /// It has ended.
    Finished,
    /// Nobody carries it out any more, and it has not ended.
    BrokenOff,
}

impl WatchedRun {
    /// Reads a run from its journal, as far as that goes; `named_state` is its place as it is named now. Waits until
    /// the run has begun.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn open(journal: &Path, named_state: Option<NamedState>) -> Result<Self, ReadError> {
        let mut follower = JournalFollower::of(journal.to_owned());
        loop {
            let mut events = Vec::new();
            follower.read_on(|event| events.push(event))?;
            let first = events.first().map(|event| &event.kind);
            if let Some(EventKind::RunStarted { run, .. }) = first {
                let run = run.clone();
                let mut watched =
                    Self { follower, events: Vec::new(), run, named_state, has_finished: false };
                events.into_iter().for_each(|event| watched.take(event));
                return Ok(watched);
            }
            sleep(LOOKED_AT_EVERY).await;
        }
    }

    /// Returns the run's id.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// Returns how the journal was read so far.
    pub fn reading(&self) -> &Reading {
        self.follower.reading()
    }

    /// Returns how the run stood when its journal was looked at last.
    pub fn standing(&self) -> RunStanding {
        match (self.has_finished, self.reading().is_running) {
            (true, _) => RunStanding::Finished,
            (false, true) => RunStanding::Running,
            (false, false) => RunStanding::BrokenOff,
        }
    }

    /// Returns the state of the run by what was read and not handed on yet.
    pub fn state(&self) -> RunState {
        let mut state = RunState::default();
        self.events.iter().for_each(|event| state.on(event));
        state
    }

    /// Returns when the last event happened that was read and not handed on yet.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.events.last().map(|event| event.at)
    }

    /// Hands on the events, those that are there and those to come, until the run ends or nobody carries it out
    /// any more; returns which of the two. `refresh` brings the journal up to date about once a second.
    ///
    /// # Errors
    /// If the journal can no longer be read.
    pub async fn follow(
        &mut self,
        events: mpsc::Sender<RunEvent>,
        mut refresh: impl AsyncFnMut(),
    ) -> Result<RunStanding, ReadError> {
        let mut pace = MachinePace::new(REFRESHED_EVERY);
        loop {
            for event in self.events.drain(..) {
                // Who reads them goes away only with this.
                let _ = events.send(event).await;
            }
            if self.standing() != RunStanding::Running {
                return Ok(self.standing());
            }
            sleep(LOOKED_AT_EVERY).await;
            if pace.is_due() {
                refresh().await;
            }
            let mut added = Vec::new();
            self.follower.read_on(|event| added.push(event))?;
            added.into_iter().for_each(|event| self.take(event));
        }
    }

    fn take(&mut self, mut event: RunEvent) {
        match &mut event.kind {
            EventKind::RunStarted { run_request: Some(request), .. } => {
                // What the run's own command line said may lead elsewhere from here.
                request.name_state(self.named_state.clone());
            }
            EventKind::RunResumed { .. } => self.has_finished = false,
            EventKind::RunFinished { .. } => self.has_finished = true,
            _ => {}
        }
        self.events.push(event);
    }
}
