//! The plan of a job and the run that carries it out: which run that is, its locks, and how it is made
//! ready. What becomes of it is not known here.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::assignment::Assignment;
use super::context::JobContext;
use super::failure::{
    JobFailure, changed_files, lost_journal, newer_journal, unkept, unusable_store, would_forget,
};
use super::job_origin::run_request;
use super::reservations::Reservations;
use super::run_store::RunStoreError;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::engine::{Limits, Run};
use crate::environment::OnFailure;
use crate::event::{LeftBehind, Operation};
use crate::journal::{InventoryStack, ReadError, RunFolder, journal_name};
use crate::name::{EnvironmentName, RunId};
use crate::plan::{Coverage, Plan, Selection};
use crate::report::RunState;
use crate::run::{
    self, EnvironmentLocks, KeptRun, KnownInventory, NAMES_UNKNOWN, ReadyRun, WhenLocked,
};
use crate::sessions::Sessions;
use crate::state::RunPlace;

/// How often a run is looked for that an environment is kept for.
const LOOKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A job whose plan is known.
pub struct JobPlan<'a> {
    /// What it is worked on with.
    pub context: &'a JobContext,
    /// The job and what is known of it.
    pub assignment: &'a Assignment,
    /// What its files resolve to.
    pub plan: Arc<Plan>,
    /// What of them is selected.
    pub selection: Selection,
    /// Every stack that they name; nothing if the name of one cannot be told.
    pub coverage: Option<Coverage>,
    /// The folder that they were unpacked to.
    pub folder: PathBuf,
}

/// The run of a job, and whether something may have been sent for it that is not in this machine's
/// journal.
pub struct RunOfJob {
    /// The id of the run.
    pub id: RunId,
    may_be_known_elsewhere: bool,
}

/// The run of a job, as far as it went before.
pub enum StartedRun {
    /// It has ended already; only its pipeline does not know.
    Over(Box<RunState>),
    /// It is ready to go.
    Ready(Box<ReadyRun>),
}

impl JobPlan<'_> {
    /// Returns the run of the job: the one that it has begun, that it is told to go on with, or a new one.
    pub async fn run(&self) -> Result<RunOfJob, JobFailure> {
        let JobContext { store, forgets, .. } = self.context;
        let refused = |error: RunStoreError| unusable_store(&error);
        let job = &self.assignment.job.id;
        let own = self.assignment.run.clone();
        let known = match own.clone().or(self.assignment.continued_run()?) {
            Some(run) => Some(run),
            None => store.run_of(job).await.map_err(refused)?,
        };
        if let Some(id) = known {
            store.fetch(&id).await.map_err(refused)?;
            return Ok(RunOfJob { id, may_be_known_elsewhere: own.is_none() });
        }
        if *forgets && !store.is_shared() && self.may_go_back() {
            return Err(would_forget());
        }
        let id = self.new_run();
        store.note(job, &id).await.map_err(refused)?;
        Ok(RunOfJob { id, may_be_known_elsewhere: false })
    }

    /// Returns the id of a new run.
    pub fn new_run(&self) -> RunId {
        RunId::named(Clock::System.now(), self.assignment.execution(), fastrand::u32(..))
    }

    /// Locks the plan's environments, once no other run works on them or is to be gone on
    /// with.
    pub async fn lock_environments(&self, run: &RunId) -> Result<EnvironmentLocks, JobFailure> {
        let folder = &self.context.store.folder;
        let place = RunPlace::Folder(folder.clone());
        folder.make().map_err(|error| unkept(&error))?;
        let reservations = Reservations::of(folder);
        loop {
            let locks =
                EnvironmentLocks::acquire(&place, self.environments(), |_, _| WhenLocked::Wait)
                    .await;
            let locks = locks.map_err(|error| unkept(&error))?;
            if reservations.other(self.environments(), Some(run), Clock::System.now()).is_none() {
                return Ok(locks);
            }
            drop(locks);
            sleep(LOOKED_AGAIN_AFTER).await;
        }
    }

    /// Returns the environments of the plan.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.plan.environments.iter().map(|environment| &environment.name)
    }

    /// Returns a run with what is asked for and by whom, once its logins were looked for. Those that are
    /// missing are told by the run itself.
    pub async fn asked(&self, run: Run, cloud: &Cloud) -> Run {
        let sessions = Arc::new(Sessions::new(cloud.clone(), self.plan.clone()));
        let _ = sessions.log_in().await;
        let asked = run_request(self.assignment, &self.plan, &self.folder, &sessions);
        let (left_behind, left_behind_unknown) = self.left_behind(&sessions);
        let run = Run { left_behind, left_behind_unknown, ..run };
        Run { asked: Some(asked), sessions: Some(sessions), ..run }
    }

    /// Returns what earlier runs made and the files no longer name, as far as runs that are kept here have
    /// told, and what keeps that from being known whole.
    fn left_behind(&self, sessions: &Sessions) -> (Vec<LeftBehind>, Vec<String>) {
        let KnownInventory { inventory, mut unknown } =
            KnownInventory::read(&self.context.store.folder);
        let is_ours =
            |stack: &InventoryStack| self.environments().any(|name| *name == stack.environment);
        if !inventory.made().any(is_ours) {
            return (Vec::new(), unknown);
        }
        let Some(coverage) = &self.coverage else {
            unknown.push(NAMES_UNKNOWN.to_owned());
            return (Vec::new(), unknown);
        };
        let clouds = run::environment_clouds(&self.plan, sessions);
        let left = run::left_behind(&inventory, &clouds, coverage).left.into_iter();
        let told = left.map(|one| one.told);
        let takes = |told: &LeftBehind| {
            let groups = coverage.groups_of(&told.id.environment, &told.account_id);
            self.selection.takes(&told.id, &told.account_id, groups)
        };
        (told.filter(takes).collect(), unknown)
    }

    /// Makes the run ready: a new one, or the one that its journal tells of.
    pub async fn ready(
        &self,
        run: &RunOfJob,
        mut locks: EnvironmentLocks,
    ) -> Result<StartedRun, JobFailure> {
        let JobContext { cloud, store, .. } = self.context;
        let cloud = cloud.afresh();
        let signed = locks.sign(&run.id, Operation::Apply, Clock::System).await;
        signed.map_err(|error| unkept(&error))?;
        let (plan, folder) = (self.plan.clone(), store.folder.clone());
        let place = RunPlace::Folder(folder.clone());
        if let Some(kept) = kept_run(&folder, &run.id)? {
            if kept.is_over() {
                return Ok(StartedRun::Over(Box::new(kept.state)));
            }
            if kept.is_newer() || kept.began().is_none() {
                return Err(newer_journal(&run.id));
            }
            kept.check(&plan).map_err(|changed| changed_files(&run.id, &changed))?;
            let ready = kept.go_on(plan, cloud, place, locks).await;
            let ready = ready.map_err(|error| unkept(&error))?;
            return Ok(StartedRun::Ready(Box::new(ready)));
        }
        if run.may_be_known_elsewhere {
            // What it changed before could not go back any more.
            if self.may_go_back() {
                return Err(lost_journal(&run.id));
            }
            tracing::warn!(run = %run.id, "its journal is not here: taking the stacks as they are");
        }
        let limits =
            Limits { on_failure: self.assignment.configuration.on_failure, ..Limits::default() };
        let run = Run::new(run.id.clone(), Operation::Apply, limits, Clock::System);
        let run = self.asked(run, &cloud).await;
        let ready = run::begin(plan, cloud, run, place, locks).await;
        Ok(StartedRun::Ready(Box::new(ready.map_err(|error| unkept(&error))?)))
    }

    /// Whether a failure may lead to what the run changed being put back.
    fn may_go_back(&self) -> bool {
        let goes_back = |on_failure: OnFailure| match on_failure {
            OnFailure::Stop | OnFailure::Continue => false,
            OnFailure::RollbackWave | OnFailure::RollbackRun => true,
        };
        let mut of_files = self.plan.environments.iter().map(|e| e.wave_limits.on_failure);
        match self.assignment.configuration.on_failure {
            Some(on_failure) => goes_back(on_failure),
            None => of_files.any(goes_back),
        }
    }

    /// Keeps the environments for the job that resumes the run.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn reserve(&self, run: &RunId) -> io::Result<()> {
        let reservations = Reservations::of(&self.context.store.folder);
        reservations.keep(self.environments(), run, Clock::System.now())
    }
}

/// Reads a run that was begun; none if nothing of it was written, so that nothing was sent either.
fn kept_run(folder: &RunFolder, run: &RunId) -> Result<Option<KeptRun>, JobFailure> {
    if folder.look(run).map_err(|error| unkept(&error))?.is_none() {
        return Ok(None);
    }
    let runs = folder.opened().map_err(|error| unkept(&error))?;
    let name = journal_name(run);
    let is_torn = || runs.read(&name).is_ok_and(|bytes| !bytes.contains(&b'\n'));
    match KeptRun::read(&folder.journal(run)) {
        Ok(kept) => Ok(Some(kept)),
        Err(ReadError::Empty { .. } | ReadError::NotAJournal { .. }) if is_torn() => {
            runs.remove(&name).map_err(|error| unkept(&error))?;
            Ok(None)
        }
        Err(error) => Err(unkept(&error)),
    }
}
