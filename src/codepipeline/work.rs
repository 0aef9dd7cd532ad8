//! The work on one job, from its artifact to how it ends: its run is found or begun, carried out, and
//! kept. Who asks for jobs, and who is told of the end, is not known here.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::blame::{
    changed_files, lost_journal, newer_journal, no_shelf, said, unkept, would_forget, wrong_files,
};
use super::leftover::JobNotes;
use super::reserved::Reservations;
use super::shelf::ShelfError;
use super::told::{self, End, JobFailed};
use super::wanted::Wanted;
use super::workshop::{Assignment, WAITING, Workshop};
use crate::clock::Clock;
use crate::conduct::{self, KeptRun, Patience, Ready, Turn};
use crate::engine::{Limits, Run, Stop};
use crate::environment::OnFailure;
use crate::event::{Invocation, Operation, RunResult};
use crate::journal::{ReadError, RunFolder, journal_name};
use crate::name::{EnvironmentName, RunId};
use crate::plan::Plan;
use crate::report::{self, RunState};

/// How long a run is kept in the state bucket at its end: a job that is left has little time.
const KEPT_WITHIN: Duration = Duration::from_secs(15);

/// How often a run is looked for that an environment is kept for.
const LOOKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Works on a job until its run ends, or is left because of `stop`; `on_run` hears which run that is
/// before anything is sent for it.
///
/// # Errors
/// If the action has failed.
pub async fn work(
    workshop: &Workshop,
    assignment: &Assignment,
    stop: watch::Receiver<Stop>,
    on_run: impl FnMut(&RunId) -> io::Result<()>,
) -> Result<End, JobFailed> {
    let notes = JobNotes::of(&workshop.shelf.folder);
    let workplace = notes.workplace(&assignment.job.id).map_err(|error| unkept(&error))?;
    let mut stopped = stop.clone();
    let unpacked = tokio::select! {
        unpacked = workshop.unpacked(&assignment.job, &workplace) => unpacked?,
        _ = stopped.wait_for(|stop| *stop != Stop::No) => {
            return Ok(assignment.untouched("the artifact was not read in time"));
        }
    };
    let plan = assignment.wanted.plan(&unpacked.files);
    let plan = plan.map_err(|faults| wrong_files(&faults, &unpacked))?;
    let task = Task { workshop, assignment, plan: Arc::new(plan), stop };
    match assignment.wanted.plan_only {
        true => task.look_ahead().await,
        false => task.carry_out(on_run).await,
    }
}

/// A job whose plan is known.
struct Task<'a> {
    workshop: &'a Workshop,
    assignment: &'a Assignment,
    plan: Arc<Plan>,
    stop: watch::Receiver<Stop>,
}

/// The run of a job, and whether something may have been sent for it that is not in this machine's
/// journal.
struct RunOfJob {
    id: RunId,
    may_be_known_elsewhere: bool,
}

/// A run that a job goes on with.
enum Found {
    /// It has ended already; only its pipeline does not know.
    Over(Box<RunState>),
    /// It is ready to go.
    Ready(Box<Ready>),
}

impl Task<'_> {
    /// Works on the job's run until it ends, or is left; `on_run` hears which run that is before
    /// anything is sent for it.
    async fn carry_out(
        self,
        mut on_run: impl FnMut(&RunId) -> io::Result<()>,
    ) -> Result<End, JobFailed> {
        let mut stopped = self.stop.clone();
        let begun = async {
            let run = self.run().await?;
            Ok::<_, JobFailed>((self.turn(&run.id).await?, run))
        };
        let (turn, run) = tokio::select! {
            begun = begun => begun?,
            _ = stopped.wait_for(|stop| *stop != Stop::No) => {
                let why = "waiting for the end of another run on the same environment";
                return Ok(self.assignment.untouched(why));
            }
        };
        on_run(&run.id).map_err(|error| unkept(&error))?;
        let state = match self.ready(&run, turn)? {
            Found::Over(state) => *state,
            Found::Ready(ready) => {
                let reporters = (self.workshop.reporters)(&self.assignment.job);
                let carrying = ready.carry_out(reporters, self.stop.clone());
                tokio::pin!(carrying);
                let is_left = async { stopped.wait_for(|stop| *stop != Stop::No).await.is_ok() };
                let ended = tokio::select! {
                    biased;
                    true = is_left => None,
                    state = &mut carrying => Some(state),
                };
                match ended {
                    Some(state) => state,
                    None => {
                        // While the environments are still ours: whoever gets their locks next sees it.
                        if let Err(error) = self.reserve(&run.id) {
                            tracing::warn!(%error, "the environments are not reserved yet");
                        }
                        carrying.await
                    }
                }
            }
        };
        self.end(&run.id, &state).await
    }

    /// Tells what would change. Nothing is kept of it: a job that is left begins anew with the next one.
    async fn look_ahead(self) -> Result<End, JobFailed> {
        let Workshop { cloud, reporters, .. } = self.workshop;
        let run = Run::new(self.new_run(), Operation::Plan, Limits::default(), Clock::System);
        let (cloud, reporters) = (cloud.afresh(), reporters(&self.assignment.job));
        let plan = self.plan.clone();
        let state = conduct::follow(plan, &cloud, run, reporters, self.stop.clone()).await;
        let report = report::Report::new(&state);
        if self.was_left(&report) {
            return Ok(told::of_waiting(WAITING, "what would change is looked for anew"));
        }
        self.hand_out(&report, &state).await
    }

    /// Returns the run of the job: the one that it has begun, that it is told to go on with, or a new one.
    async fn run(&self) -> Result<RunOfJob, JobFailed> {
        let Workshop { shelf, forgets, .. } = self.workshop;
        let refused = |error: ShelfError| no_shelf(&error);
        let job = &self.assignment.job.id;
        let own = self.assignment.run.clone();
        let known = match own.clone().or(self.assignment.told()?) {
            Some(run) => Some(run),
            None => shelf.run_of(job).await.map_err(refused)?,
        };
        if let Some(id) = known {
            shelf.fetch(&id).await.map_err(refused)?;
            return Ok(RunOfJob { id, may_be_known_elsewhere: own.is_none() });
        }
        if *forgets && !shelf.is_shared() && self.may_go_back() {
            return Err(would_forget());
        }
        let id = self.new_run();
        shelf.note(job, &id).await.map_err(refused)?;
        Ok(RunOfJob { id, may_be_known_elsewhere: false })
    }

    fn new_run(&self) -> RunId {
        let name = self.assignment.job.execution.as_str();
        let name = self.assignment.wanted.execution.as_deref().unwrap_or(name);
        RunId::named(Clock::System.now(), name, fastrand::u32(..))
    }

    /// Takes the turn on the plan's environments, once no other run works on them or is to be gone on
    /// with.
    async fn turn(&self, run: &RunId) -> Result<Turn, JobFailed> {
        let folder = &self.workshop.shelf.folder;
        folder.make().map_err(|error| unkept(&error))?;
        let reservations = Reservations::of(folder);
        loop {
            let turn = Turn::take(folder, self.environments(), |_, _| Patience::Wait).await;
            let turn = turn.map_err(|error| unkept(&error))?;
            if reservations.other(self.environments(), Some(run), Clock::System.now()).is_none() {
                return Ok(turn);
            }
            drop(turn);
            sleep(LOOKED_AGAIN_AFTER).await;
        }
    }

    fn environments(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.plan.environments.iter().map(|environment| &environment.name)
    }

    /// Makes the run ready: a new one, or the one that its journal tells of.
    fn ready(&self, run: &RunOfJob, mut turn: Turn) -> Result<Found, JobFailed> {
        let Workshop { cloud, shelf, .. } = self.workshop;
        let cloud = cloud.afresh();
        turn.sign(&run.id, Operation::Apply, Clock::System);
        let (plan, folder) = (self.plan.clone(), shelf.folder.clone());
        if let Some(kept) = kept_run(&folder, &run.id)? {
            if kept.is_over() {
                return Ok(Found::Over(Box::new(kept.state)));
            }
            if kept.is_newer() || kept.began().is_none() {
                return Err(newer_journal(&run.id));
            }
            kept.check(&plan).map_err(|changed| changed_files(&run.id, &changed))?;
            let ready = kept.go_on(plan, cloud, folder, turn).map_err(|error| unkept(&error))?;
            return Ok(Found::Ready(Box::new(ready)));
        }
        if run.may_be_known_elsewhere {
            // What it changed before could not go back any more.
            if self.may_go_back() {
                return Err(lost_journal(&run.id));
            }
            tracing::warn!(run = %run.id, "its journal is not here: going on from what stands");
        }
        let limits = Limits { on_failure: self.assignment.wanted.on_failure, ..Limits::default() };
        let run = Run::new(run.id.clone(), Operation::Apply, limits, Clock::System);
        let run = Run { asked: Some(self.asked()), ..run };
        let ready = conduct::begin(plan, cloud, run, folder, turn);
        Ok(Found::Ready(Box::new(ready.map_err(|error| unkept(&error))?)))
    }

    /// Whether a failure may lead to what the run changed being put back.
    fn may_go_back(&self) -> bool {
        let goes_back = |on_failure: OnFailure| match on_failure {
            OnFailure::Stop | OnFailure::Continue => false,
            OnFailure::RollbackWave | OnFailure::RollbackRun => true,
        };
        let mut of_files = self.plan.environments.iter().map(|e| e.pace.on_failure);
        match self.assignment.wanted.on_failure {
            Some(on_failure) => goes_back(on_failure),
            None => of_files.any(goes_back),
        }
    }

    fn asked(&self) -> Invocation {
        let Wanted { files, accounts, stacks, on_failure, .. } = self.assignment.wanted.clone();
        let words = OnFailure::WORDS.iter();
        let word =
            |wanted| words.clone().find(|(_, known)| *known == wanted).map(|(word, _)| *word);
        Invocation {
            // The artifact's own: there is no such folder once the job has ended.
            folder: PathBuf::from(format!("artifact of {}", self.assignment.job.place())),
            files,
            accounts,
            stacks,
            on_failure: on_failure.and_then(word).map(str::to_owned),
            plan: self.plan.digest(),
            owner: conduct::owner(),
            ..Invocation::default()
        }
    }

    /// Returns how the job ends, now that its run has ended or was left.
    async fn end(&self, run: &RunId, state: &RunState) -> Result<End, JobFailed> {
        let report = report::Report::new(state);
        let Workshop { shelf, forgets, .. } = self.workshop;
        let reservations = Reservations::of(&shelf.folder);
        let kept = timeout(KEPT_WITHIN, shelf.put(run)).await.unwrap_or(Err(ShelfError::Late));
        if let Err(error) = &kept {
            let error = said(error);
            tracing::warn!(%run, error, "the run is not in the state bucket");
        }
        if self.was_left(&report) {
            match kept {
                // Whoever shares the folder goes on all the same.
                Err(error) if *forgets => return Err(no_shelf(&error)),
                Ok(()) | Err(_) => {}
            }
            self.reserve(run).map_err(|error| unkept(&error))?;
            return Ok(told::of_pause(&report, run.as_str()));
        }
        reservations.release(self.environments(), run);
        self.hand_out(&report, state).await
    }

    /// Keeps the environments for the job that goes on with the run.
    fn reserve(&self, run: &RunId) -> io::Result<()> {
        let reservations = Reservations::of(&self.workshop.shelf.folder);
        reservations.keep(self.environments(), run, Clock::System.now())
    }

    /// Whether the run was stopped because the job is to end.
    fn was_left(&self, report: &report::Report) -> bool {
        *self.stop.borrow() != Stop::No && report.result == RunResult::Cancelled
    }

    /// Writes the output artifact, and returns how the job ends.
    async fn hand_out(&self, report: &report::Report, state: &RunState) -> Result<End, JobFailed> {
        let handed_out = self.workshop.hand_out(&self.assignment.job, state).await;
        match (told::of_end(report), handed_out) {
            (End::Succeeded { progress, .. }, Err(failed)) => Err(JobFailed {
                message: format!("{}\nbut {}", progress.summary, failed.message),
                run: progress.run,
                ..failed
            }),
            (end, Err(failed)) => {
                tracing::warn!("{}", failed.message);
                Ok(end)
            }
            (end, Ok(())) => Ok(end),
        }
    }
}

/// Reads a run that was begun; none if nothing of it was written, so that nothing was sent either.
fn kept_run(folder: &RunFolder, run: &RunId) -> Result<Option<KeptRun>, JobFailed> {
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
