//! A run that is ready to go, and its way to the end.

use std::sync::Arc;
use std::time::Duration;

use futures::future::OptionFuture;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::control_requests::ControlRequests;
use super::environment_locks::EnvironmentLocks;
use super::notice_sender::NoticeSender;
use super::steering::Steering;
use crate::cloud::Cloud;
use crate::engine::{self, Run, Stop};
use crate::event::{self, Keeper, Kept};
use crate::journal::{self, Journal, keep_prior_stacks};
use crate::plan::Plan;
use crate::report::{self, Reporter, Reporters, RunState};
use crate::sessions::Sessions;
use crate::state::{RunMirror, RunPlace, SharedState};

/// How long the inventory may take at the end of a run: the journals tell the same.
const KEPT_WITHIN: Duration = Duration::from_secs(15);

/// Where a run is kept, and what writes it to where others see it.
pub struct KeptIn {
    /// The folder or bucket.
    pub place: RunPlace,
    /// What writes it there, if the place is shared.
    pub mirror: Option<RunMirror>,
}

/// A run that is ready to go.
pub struct ReadyRun {
    /// What it does.
    pub plan: Arc<Plan>,
    /// The cloud that it works in.
    pub cloud: Cloud,
    /// What it is told besides.
    pub run: Run,
    /// Where it is kept.
    pub kept: KeptIn,
    /// Its journal, locked.
    pub journal: Journal,
    /// What makes it safe on disk.
    pub keeper: Keeper,
    /// What is known of it, if it is resumed.
    pub state: RunState,
    /// Keeps other runs from its environments.
    pub locks: EnvironmentLocks,
}

/// A run that was carried out.
#[derive(Debug)]
pub struct EndedRun {
    /// How it stands.
    pub state: RunState,
    /// Why its end is not kept where others see it, if it is not.
    pub unkept: Option<String>,
    /// Whom its notices did not reach, and why: sentences without a full stop at their end.
    pub untold: Vec<String>,
}

impl ReadyRun {
    /// Carries out the run to its end, or to where it is stopped, and returns how it stands then.
    pub async fn carry_out(self, reporters: Reporters, stop: watch::Receiver<Stop>) -> EndedRun {
        let Self { plan, cloud, run, kept, journal, keeper, state, locks } = self;
        let KeptIn { place, mirror } = kept;
        let clock = run.clock;
        let folder = place.folder().clone();
        let requests = ControlRequests::of(&folder, &run.id);
        // What was left for a process that is gone.
        requests.forget();
        let (steering, heard) = Steering::new();
        let sessions = run.sessions.clone();
        let sessions =
            sessions.unwrap_or_else(|| Arc::new(Sessions::new(cloud.clone(), plan.clone())));
        let notices = NoticeSender::of(&plan, &cloud, &sessions);
        let run = Run { control: heard.control, sessions: Some(sessions), ..run };
        let steering = steering.steer(stop, requests.clone(), clock);
        let (noticed, to_be_sent) = mpsc::unbounded_channel();
        let reporters = match &notices {
            Some(_) => reporters.with(Reporter::notices(noticed)),
            None => reporters,
        };
        let reporters = reporters.with_journal(journal);
        // What is written here is safe only once it is where others see it.
        let (reporters, mirroring) = match mirror {
            None => (reporters.telling_what_is_kept(keeper.kept), None),
            Some(mirror) => {
                let (here, written) = watch::channel(Kept::UpTo(0));
                let safe = keeper.kept.subscribe();
                let reporters = reporters.telling_what_is_kept(here).hearing_what_is_lost(safe);
                (reporters, Some(Box::pin(mirror.follow(written, keeper.kept))))
            }
        };
        let run_id = run.id.clone();
        let prior_stacks = keep_prior_stacks(folder, run_id.clone(), keeper.prior_stacks);
        let (events, incoming) = event::channel();
        // Boxed, so that whoever waits for the run stays small.
        let running = Box::pin(engine::run(plan, &cloud, run, heard.stop, events));
        let following = Box::pin(report::drive_from(state, incoming, reporters, &clock));
        let mirroring = OptionFuture::from(mirroring);
        let handing_on =
            OptionFuture::from(notices.as_ref().map(|notices| notices.hand_on(to_be_sent)));
        let heard_elsewhere = place.shared().map(|shared| shared.hear(&run_id));
        let work = async { tokio::join!(running, following, prior_stacks, mirroring, handing_on) };
        let (state, unkept) = tokio::select! {
            ((), state, (), unkept, _) = work => (state, unkept.flatten()),
            () = steering => unreachable!("a run is steered for as long as it goes on"),
            Some(()) = OptionFuture::from(heard_elsewhere) => {
                unreachable!("what is asked elsewhere is heard for as long")
            }
        };
        requests.forget();
        if let Some(shared) = place.shared()
            && timeout(KEPT_WITHIN, keep_inventory(shared)).await.is_err()
        {
            tracing::warn!("what the runs made is not kept where others see it: no answer came");
        }
        // What is still to be told changes nothing.
        drop(locks);
        let untold = match notices {
            Some(notices) => notices.finish().await,
            None => Vec::new(),
        };
        EndedRun { state, unkept, untold }
    }
}

/// Keeps what the run made for those who look from elsewhere; the journals tell it as well.
async fn keep_inventory(shared: &SharedState) {
    if let Err(error) = journal::read_inventory(shared.folder()) {
        tracing::warn!(%error, "what the runs made cannot be told");
    }
    if let Err(error) = shared.put_small().await {
        tracing::warn!(%error, "what the runs made is not kept where others see it");
    }
}
