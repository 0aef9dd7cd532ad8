//! The job runner of a worker: it takes a job, works on it, and tells CodePipeline its result.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::sleep;

use super::assignment::Assignment;
use super::configuration::ActionConfiguration;
use super::context::JobContext;
use super::failure::{JobFailure, bug, preview_too_long, wrong_configuration};
use super::job_notes::{JobNote, JobNotes, NotedJob};
use super::put_result::put_result;
use super::result::JobResult;
use super::work::work;
use crate::cloud::{Acknowledged, CallError, CodePipelineJob, JobFailureKind, Jobs, OfferedJob};
use crate::engine::Stop;

/// How long a job may look ahead: nothing of it is kept for another one. Keys of jobs last an hour.
const MOST_PREVIEW: Duration = Duration::from_secs(50 * 60);

/// How many workers may live no more before a job is given up: it may be what ended them.
const MOST_LOST_WORKERS: u32 = 3;

/// The pauses before each retry of telling a result; the SDK retries each for some two minutes.
const RETRIED_AFTER: [Duration; 3] =
    [Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(300)];

/// Takes jobs and works on them, with what all jobs of a worker share.
pub(super) struct JobRunner {
    pub context: JobContext,
    pub jobs: Jobs,
    pub notes: JobNotes,
    /// The Region and the type of its actions.
    pub of: String,
    pub job_time: Duration,
    /// Whether jobs are to be left.
    pub left: watch::Receiver<Stop>,
    pub say: fn(&str),
}

/// How the work on a job ended, as far as its worker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobEnd {
    /// Another job follows at once.
    Continued,
    /// It is over.
    Over,
}

impl JobRunner {
    /// Takes a job that was offered, unless another worker has it meanwhile, and works on it.
    pub async fn take(&self, offered: OfferedJob) -> JobEnd {
        let OfferedJob { job, nonce } = offered;
        let (id, of) = (job.id.clone(), self.of.clone());
        // Before it is taken: one that was taken is offered to nobody else.
        let noted = NotedJob { id, nonce, of, is_taken: false, lost_workers: 0, run: None };
        match self.notes.begin(noted) {
            Ok(note) => self.work(job, note).await,
            Err(error) => {
                (self.say)(&format!("job {} is not taken: it cannot be noted: {error}", job.id));
                JobEnd::Over
            }
        }
    }

    /// Goes on with a job whose worker lives no more.
    pub async fn take_over(&self, note: JobNote) -> JobEnd {
        match self.jobs.details(&note.job.id).await {
            Ok(job) => self.work(job, note).await,
            Err(error) => self.give_up(note, &error),
        }
    }

    async fn work(&self, job: CodePipelineJob, mut note: JobNote) -> JobEnd {
        match self.jobs.take(&job.id, &note.job.nonce).await {
            Ok(Acknowledged::InProgress) => {}
            Ok(Acknowledged::Over) => {
                (self.say)(&format!("job {} has ended already", job.id));
                note.finish();
                return JobEnd::Over;
            }
            Ok(Acknowledged::NotYet) => return JobEnd::Over,
            // CodePipeline does not say whether a job can be taken twice by the same worker. One that was
            // ours before still is: nobody else is offered it.
            Err(error) if note.job.is_taken && error.is_of_another_job() => {}
            Err(error) => return self.give_up(note, &error),
        }
        (self.say)(&format!("{}: job {} taken", job.place(), job.id));
        let end = match note.note_taken() {
            Ok(()) => self.end_of(&job, &mut note).await,
            Err(error) => Err(JobFailure::new(
                JobFailureKind::SystemUnavailable,
                format!("the worker cannot note the job: {error}"),
            )),
        };
        self.report(&job, &end.unwrap_or_else(JobResult::Failed), note).await
    }

    /// Works on a job, and returns how it ends, whatever happens.
    async fn end_of(
        &self,
        job: &CodePipelineJob,
        note: &mut JobNote,
    ) -> Result<JobResult, JobFailure> {
        if note.job.lost_workers >= MOST_LOST_WORKERS {
            return Err(JobFailure::new(
                JobFailureKind::SystemUnavailable,
                format!(
                    "{} workers ended while they worked on this job: look at their logs, then retry \
                     the action, which takes the stacks as they are",
                    note.job.lost_workers
                ),
            ));
        }
        let configuration = ActionConfiguration::of(&job.configuration);
        let configuration = configuration.map_err(|error| wrong_configuration(&error))?;
        let assignment = Assignment { job: job.clone(), configuration, run: note.job.run.clone() };
        let work = AssertUnwindSafe(self.work_in_time(&assignment, note)).catch_unwind();
        work.await.unwrap_or_else(|_| Err(bug()))
    }

    /// Works on a job for as long as one may take.
    async fn work_in_time(
        &self,
        assignment: &Assignment,
        note: &mut JobNote,
    ) -> Result<JobResult, JobFailure> {
        let (leave, stop) = watch::channel(Stop::No);
        let mut left = self.left.clone();
        let mut working = Box::pin(work(&self.context, assignment, stop, |run| note.note_run(run)));
        let plan_only = assignment.configuration.plan_only;
        let is_late = tokio::select! {
            end = &mut working => return end,
            () = sleep(if plan_only { MOST_PREVIEW } else { self.job_time }) => true,
            _ = left.wait_for(|stop| *stop != Stop::No) => false,
        };
        leave.send_replace(Stop::AtOnce);
        match working.await {
            Ok(JobResult::Continued { .. }) if plan_only && is_late => Err(preview_too_long()),
            end => end,
        }
    }

    /// Tells CodePipeline how a job ended, again for a while if it cannot be told.
    async fn report(&self, job: &CodePipelineJob, end: &JobResult, note: JobNote) -> JobEnd {
        let place = job.place();
        let mut pauses = RETRIED_AFTER.iter();
        let mut left = self.left.clone();
        loop {
            let error = match put_result(&self.jobs, &job.id, end).await {
                Ok(()) => {
                    (self.say)(&format!("{place}: job {} {}", job.id, end.line()));
                    break;
                }
                // Told before, though the reply got lost, or stopped by the pipeline.
                Err(error) if error.is_of_another_job() => {
                    (self.say)(&format!(
                        "{place}: job {} {}; the pipeline has it ended already: {error}",
                        job.id,
                        end.line()
                    ));
                    break;
                }
                Err(error) => error,
            };
            (self.say)(&format!("{place}: job {}: its end cannot be told: {error}", job.id));
            // Whoever takes the note over tells it.
            let Some(pause) = pauses.next() else { return JobEnd::Over };
            tokio::select! {
                () = sleep(*pause) => {}
                _ = left.wait_for(|stop| *stop != Stop::No) => return JobEnd::Over,
            }
        }
        note.finish();
        match end {
            JobResult::Continued { .. } => JobEnd::Continued,
            JobResult::Succeeded { .. } | JobResult::Failed(_) => JobEnd::Over,
        }
    }

    fn give_up(&self, note: JobNote, error: &CallError) -> JobEnd {
        (self.say)(&format!("job {} is not ours: {error}", note.job.id));
        if error.is_of_another_job() {
            note.finish();
        }
        JobEnd::Over
    }
}
