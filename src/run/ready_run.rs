//! A run that is ready to go, and its way to the end.

use std::sync::Arc;

use tokio::sync::watch;

use super::control_requests::ControlRequests;
use super::environment_locks::EnvironmentLocks;
use super::steering::Steering;
use crate::cloud::Cloud;
use crate::engine::{self, Run, Stop};
use crate::event::{self, Keeper};
use crate::journal::{Journal, RunFolder, keep_prior_stacks};
use crate::plan::Plan;
use crate::report::{self, Reporters, RunState};

/// A run that is ready to go.
pub struct ReadyRun {
    /// What it does.
    pub plan: Arc<Plan>,
    /// The cloud that it works in.
    pub cloud: Cloud,
    /// What it is told besides.
    pub run: Run,
    /// The folder that it is kept in.
    pub folder: RunFolder,
    /// Its journal, locked.
    pub journal: Journal,
    /// What makes it safe on disk.
    pub keeper: Keeper,
    /// What is known of it, if it is resumed.
    pub state: RunState,
    /// Keeps other runs from its environments.
    pub locks: EnvironmentLocks,
}

impl ReadyRun {
    /// Carries out the run to its end, or to where it is stopped, and returns how it stands then.
    pub async fn carry_out(self, reporters: Reporters, stop: watch::Receiver<Stop>) -> RunState {
        let Self { plan, cloud, run, folder, journal, keeper, state, locks } = self;
        let clock = run.clock;
        let requests = ControlRequests::of(&folder, &run.id);
        // What was left for a process that is gone.
        requests.forget();
        let (steering, heard) = Steering::new();
        let run = Run { control: heard.control, ..run };
        let steering = steering.steer(stop, requests.clone(), clock);
        let reporters = reporters.with_journal(journal).telling_what_is_kept(keeper.kept);
        let prior_stacks = keep_prior_stacks(folder, run.id.clone(), keeper.prior_stacks);
        let (events, incoming) = event::channel();
        let running = engine::run(plan, &cloud, run, heard.stop, events);
        let following = report::drive_from(state, incoming, reporters, &clock);
        let work = async { tokio::join!(running, following, prior_stacks) };
        let state = tokio::select! {
            ((), state, ()) = work => state,
            () = steering => unreachable!("a run is steered for as long as it goes on"),
        };
        requests.forget();
        // What is still to be told changes nothing.
        drop(locks);
        state
    }
}
