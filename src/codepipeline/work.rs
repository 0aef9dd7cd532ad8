//! The work on one job, from its artifact to its result: its run is found or begun, carried out, and
//! kept. Who polls for jobs, and who is told of the result, is not known here.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::assignment::{Assignment, WAITING};
use super::context::JobContext;
use super::failure::{JobFailure, unkept, unusable_store, wrong_files};
use super::job_notes::JobNotes;
use super::job_plan::{JobPlan, StartedRun};
use super::reservations::Reservations;
use super::result::JobResult;
use super::run_store::RunStoreError;
use super::untrusted_plan::{UntrustedPlan, resolve};
use crate::clock::Clock;
use crate::engine::{Limits, Run, Stop};
use crate::error_chain::with_causes;
use crate::event::{Operation, RunResult};
use crate::name::RunId;
use crate::package::Boundary;
use crate::plan;
use crate::report::{Report, RunState};
use crate::run;

/// How long a run is kept in the state bucket at its end: a job that is left has little time.
const KEPT_WITHIN: Duration = Duration::from_secs(15);

/// Works on a job until its run ends, or is left because of `stop`; `on_run` hears which run that is
/// before anything is sent for it.
///
/// # Errors
/// If the action has failed.
pub async fn work(
    context: &JobContext,
    assignment: &Assignment,
    stop: watch::Receiver<Stop>,
    on_run: impl FnMut(&RunId) -> io::Result<()>,
) -> Result<JobResult, JobFailure> {
    let notes = JobNotes::of(&context.store.folder);
    let folder = notes.job_folder(&assignment.job.id).map_err(|error| unkept(&error))?;
    let mut stopped = stop.clone();
    let unpacked = tokio::select! {
        unpacked = context.unpacked(&assignment.job, &folder) => unpacked?,
        _ = stopped.wait_for(|stop| *stop != Stop::No) => {
            return Ok(assignment.untouched("the artifact was not read in time"));
        }
    };
    let plan = resolve(&assignment.configuration, &unpacked.files);
    let plan = plan.map_err(|faults| wrong_files(&faults, &unpacked))?;
    let UntrustedPlan { plan, selection, coverage } = plan;
    let links = unpacked.links.iter().map(|link| link.path.as_path());
    let boundary = Boundary::of(&unpacked.files, links).map_err(|error| unkept(&error))?;
    // Large code takes its time, and the pipeline is to hear of us meanwhile.
    let packing = spawn_blocking(move || plan::package(plan, &boundary, &|| ()));
    let plan = packing.await.expect("packing does not panic");
    let plan = plan.map_err(|faults| wrong_files(&faults, &unpacked))?;
    let (plan, folder) = (Arc::new(plan), unpacked.files);
    let job = JobPlan { context, assignment, plan, selection, coverage, folder };
    let work = Work { job, stop };
    match assignment.configuration.plan_only {
        true => work.look_ahead().await,
        false => work.carry_out(on_run).await,
    }
}

/// A job that is worked on until it is asked to stop.
struct Work<'a> {
    job: JobPlan<'a>,
    stop: watch::Receiver<Stop>,
}

impl Work<'_> {
    /// Works on the job's run until it ends, or is left; `on_run` hears which run that is before
    /// anything is sent for it.
    async fn carry_out(
        self,
        mut on_run: impl FnMut(&RunId) -> io::Result<()>,
    ) -> Result<JobResult, JobFailure> {
        let mut stopped = self.stop.clone();
        let begun = async {
            let run = self.job.run().await?;
            Ok::<_, JobFailure>((self.job.lock_environments(&run.id).await?, run))
        };
        let (locks, run) = tokio::select! {
            begun = begun => begun?,
            _ = stopped.wait_for(|stop| *stop != Stop::No) => {
                let why = "waiting for the end of another run on the same environment";
                return Ok(self.job.assignment.untouched(why));
            }
        };
        on_run(&run.id).map_err(|error| unkept(&error))?;
        let ready = tokio::select! {
            ready = self.job.ready(&run, locks) => ready?,
            _ = stopped.wait_for(|stop| *stop != Stop::No) => {
                return Ok(self.job.assignment.untouched("the login was not found in time"));
            }
        };
        let state = match ready {
            StartedRun::Over(state) => *state,
            StartedRun::Ready(ready) => {
                let reporters = (self.job.context.reporters)(&self.job.assignment.job);
                let carrying = ready.carry_out(reporters, self.stop.clone());
                tokio::pin!(carrying);
                let is_left = async { stopped.wait_for(|stop| *stop != Stop::No).await.is_ok() };
                let ended = tokio::select! {
                    biased;
                    true = is_left => None,
                    ended = &mut carrying => Some(ended),
                };
                match ended {
                    Some(ended) => ended.state,
                    None => {
                        // While the environments are still ours: whoever gets their locks next sees it.
                        if let Err(error) = self.job.reserve(&run.id) {
                            tracing::warn!(%error, "the environments are not reserved yet");
                        }
                        carrying.await.state
                    }
                }
            }
        };
        self.end(&run.id, &state).await
    }

    /// Tells what would change. Nothing is kept of it: a job that is left begins anew with the next one.
    async fn look_ahead(self) -> Result<JobResult, JobFailure> {
        let JobPlan { context, assignment, plan, .. } = &self.job;
        let run = Run::new(self.job.new_run(), Operation::Plan, Limits::default(), Clock::System);
        let (cloud, reporters) = (context.cloud.afresh(), (context.reporters)(&assignment.job));
        let plan = plan.clone();
        let mut stopped = self.stop.clone();
        let run = tokio::select! {
            run = self.job.asked(run, &cloud) => run,
            _ = stopped.wait_for(|stop| *stop != Stop::No) => {
                return Ok(JobResult::waiting(WAITING, "the login was not found in time"));
            }
        };
        let state = run::follow(plan, &cloud, run, reporters, self.stop.clone()).await;
        let report = Report::new(&state);
        if self.was_left(&report) {
            return Ok(JobResult::waiting(WAITING, "what would change is looked for anew"));
        }
        self.finish(&report, &state).await
    }

    /// Returns how the job ends, now that its run has ended or was left.
    async fn end(&self, run: &RunId, state: &RunState) -> Result<JobResult, JobFailure> {
        let report = Report::new(state);
        let JobContext { store, forgets, .. } = self.job.context;
        let reservations = Reservations::of(&store.folder);
        let kept = timeout(KEPT_WITHIN, store.put(run)).await.unwrap_or(Err(RunStoreError::Late));
        if let Err(error) = &kept {
            let error = with_causes(error);
            tracing::warn!(%run, error, "the run is not in the state bucket");
        }
        if self.was_left(&report) {
            match kept {
                // Whoever shares the folder goes on all the same.
                Err(error) if *forgets => return Err(unusable_store(&error)),
                Ok(()) | Err(_) => {}
            }
            self.job.reserve(run).map_err(|error| unkept(&error))?;
            return Ok(JobResult::paused(&report, run.as_str()));
        }
        reservations.release(self.job.environments(), run);
        self.finish(&report, state).await
    }

    /// Whether the run was stopped because the job is to end.
    fn was_left(&self, report: &Report) -> bool {
        *self.stop.borrow() != Stop::No && report.result == RunResult::Cancelled
    }

    /// Writes the output artifact, and returns how the job ends.
    async fn finish(&self, report: &Report, state: &RunState) -> Result<JobResult, JobFailure> {
        let written = self.job.context.write_output(&self.job.assignment.job, state).await;
        match (JobResult::of_run(report), written) {
            (JobResult::Succeeded { progress, .. }, Err(failed)) => Err(JobFailure {
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
