//! A worker: asks CodePipeline for the jobs of a custom action and works on several at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::cadence::{Asked, Cadence};
use super::leftover::{JobNote, JobNotes, NotedJob};
use super::told::{self, End, JobFailed};
use super::wanted::Wanted;
use super::work::{Assignment, Workshop};
use crate::cloud::{ActionType, CallError, Job, JobFailureKind, Jobs, OfferedJob};
use crate::engine::Stop;

/// The most jobs that are asked for at once: others are to have some as well.
const MOST_ASKED_FOR: usize = 5;

/// How long a job may look ahead: nothing of it is kept for another one. Keys of jobs last an hour.
const MOST_LOOKING: Duration = Duration::from_secs(50 * 60);

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// The type of the actions that it carries out.
    pub action_type: ActionType,
    /// The most jobs that it works on at the same time.
    pub most_jobs: usize,
    /// How long it works on a job before the next one goes on with it, and the pipeline shows how far
    /// it is.
    pub job_time: Duration,
    /// How long jobs may go on once it is asked to stop, before they are left to the next worker.
    pub drain: Duration,
}

/// Works on jobs until it is asked to stop; then takes no more, and lets those that it has end, or
/// leaves them to be gone on with. `say` hears what happens, a line each.
///
/// # Errors
/// If CodePipeline refuses the very first question: the worker is not set up right.
pub async fn worker(
    workshop: Workshop,
    jobs: Jobs,
    settings: WorkerSettings,
    mut stop: watch::Receiver<Stop>,
    say: fn(&str),
) -> Result<(), CallError> {
    let (leave, left) = watch::channel(Stop::No);
    let notes = JobNotes::of(&workshop.shelf.folder);
    let desk = Desk { workshop, jobs, job_time: settings.job_time, left, say };
    let mut worker = Worker {
        desk: Arc::new(desk),
        notes,
        settings,
        cadence: Cadence::default(),
        tasks: JoinSet::new(),
        was_answered: false,
    };
    let mut next = Instant::now();
    while *stop.borrow_and_update() == Stop::No {
        let has_room = worker.tasks.len() < worker.settings.most_jobs;
        tokio::select! {
            changed = stop.changed() => if changed.is_err() { break },
            Some(ended) = worker.tasks.join_next() => {
                if ended.expect("a job does not panic") == Ended::Continued {
                    next = next.min(Instant::now() + worker.cadence.expect());
                }
            }
            () = sleep_until(next), if has_room => {
                next = Instant::now() + worker.ask().await?;
            }
        }
    }
    worker.drain(&leave, &mut stop).await;
    Ok(())
}

/// A worker and the jobs that it works on.
struct Worker {
    desk: Arc<Desk>,
    notes: JobNotes,
    settings: WorkerSettings,
    cadence: Cadence,
    tasks: JoinSet<Ended>,
    was_answered: bool,
}

/// How the work on a job ended, as far as the worker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Another job follows at once.
    Continued,
    /// It is over.
    Over,
}

impl Worker {
    /// Asks for jobs and begins with what comes; returns how long to wait before asking again.
    async fn ask(&mut self) -> Result<Duration, CallError> {
        for note in self.notes.left() {
            (self.desk.say)(&format!("job {} was left by a worker: taking it over", note.job.id));
            let desk = self.desk.clone();
            self.tasks.spawn(async move { desk.take_over(note).await });
        }
        let room = self.settings.most_jobs.saturating_sub(self.tasks.len());
        if room == 0 {
            return Ok(self.cadence.expect());
        }
        let asked = self.desk.jobs.poll(&self.settings.action_type, room.min(MOST_ASKED_FOR)).await;
        match asked {
            Ok(offered) => {
                self.was_answered = true;
                let asked = if offered.is_empty() { Asked::Nothing } else { Asked::Found };
                for offered in offered {
                    let (desk, notes) = (self.desk.clone(), self.notes.clone());
                    self.tasks.spawn(async move { desk.take(offered, &notes).await });
                }
                Ok(self.cadence.after(asked))
            }
            Err(error) if !self.was_answered => Err(error),
            Err(error) => {
                (self.desk.say)(&format!("no answer from CodePipeline, asking again: {error}"));
                Ok(self.cadence.after(Asked::Refused))
            }
        }
    }

    /// Lets the jobs end; those that take too long, or all if that is wanted, are left.
    async fn drain(mut self, leave: &watch::Sender<Stop>, stop: &mut watch::Receiver<Stop>) {
        if self.tasks.is_empty() {
            return;
        }
        let count = self.tasks.len();
        (self.desk.say)(&format!("stopping: taking no more jobs, {count} go on for a while"));
        let is_enough = async {
            tokio::select! {
                () = sleep(self.settings.drain) => {}
                _ = stop.wait_for(|stop| *stop == Stop::AtOnce) => {}
            }
        };
        tokio::pin!(is_enough);
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => if ended.is_none() { return },
                () = &mut is_enough => break,
            }
        }
        (self.desk.say)("leaving the jobs: the next worker goes on with them");
        leave.send_replace(Stop::AtOnce);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What all jobs of a worker share.
struct Desk {
    workshop: Workshop,
    jobs: Jobs,
    job_time: Duration,
    /// Whether jobs are to be left.
    left: watch::Receiver<Stop>,
    say: fn(&str),
}

impl Desk {
    /// Takes a job that was offered, unless another worker has it meanwhile, and works on it.
    async fn take(&self, offered: OfferedJob, notes: &JobNotes) -> Ended {
        let OfferedJob { job, nonce } = offered;
        // Before it is taken: one that was taken is offered to nobody else.
        let noted = NotedJob { id: job.id.clone(), nonce, run: None };
        match notes.begin(noted) {
            Ok(note) => self.work(job, note).await,
            Err(error) => {
                (self.say)(&format!("job {} is not taken: it cannot be noted: {error}", job.id));
                Ended::Over
            }
        }
    }

    /// Goes on with a job whose worker lives no more.
    async fn take_over(&self, note: JobNote) -> Ended {
        match self.jobs.details(&note.job.id).await {
            Ok(job) => self.work(job, note).await,
            Err(error) => self.give_up(note, &error),
        }
    }

    async fn work(&self, job: Job, mut note: JobNote) -> Ended {
        match self.jobs.take(&job.id, &note.job.nonce).await {
            Ok(true) => {}
            Ok(false) => {
                (self.say)(&format!("job {} has ended already", job.id));
                note.finish();
                return Ended::Over;
            }
            Err(error) => return self.give_up(note, &error),
        }
        (self.say)(&format!("{}: job {} taken", place(&job), job.id));
        let run = note.job.run.clone();
        let end = match Wanted::of(&job.configuration) {
            Ok(wanted) => {
                let assignment = Assignment { job: job.clone(), wanted, run };
                self.work_in_time(&assignment, &mut note).await
            }
            Err(error) => {
                Err(JobFailed::new(JobFailureKind::ConfigurationError, error.to_string()))
            }
        };
        self.tell(&job, end.unwrap_or_else(End::Failed), note).await
    }

    /// Works on a job for as long as one may take.
    async fn work_in_time(
        &self,
        assignment: &Assignment,
        note: &mut JobNote,
    ) -> Result<End, JobFailed> {
        let (leave, stop) = watch::channel(Stop::No);
        let mut left = self.left.clone();
        let work = self.workshop.work(assignment, stop, |run| note.note_run(run));
        tokio::pin!(work);
        let plan_only = assignment.wanted.plan_only;
        let is_late = tokio::select! {
            end = &mut work => return end,
            () = sleep(if plan_only { MOST_LOOKING } else { self.job_time }) => true,
            _ = left.wait_for(|stop| *stop != Stop::No) => false,
        };
        leave.send_replace(Stop::AtOnce);
        match work.await {
            Ok(End::Continued { .. }) if plan_only && is_late => Err(told::of_looking_too_long()),
            end => end,
        }
    }

    /// Tells CodePipeline how a job ended.
    async fn tell(&self, job: &Job, end: End, note: JobNote) -> Ended {
        let place = place(job);
        let (told, line, ended) = match &end {
            End::Continued { token, progress } => {
                let none = BTreeMap::new();
                let told = self.jobs.succeed(&job.id, progress, Some(token), none).await;
                (told, format!("goes on with another job: {}", progress.summary), Ended::Continued)
            }
            End::Succeeded { progress, variables } => {
                let told = self.jobs.succeed(&job.id, progress, None, variables.clone()).await;
                (told, format!("succeeded: {}", progress.summary), Ended::Over)
            }
            End::Failed(JobFailed { kind, message, run }) => {
                let told = self.jobs.fail(&job.id, *kind, message, run.as_deref()).await;
                (told, format!("failed: {message}"), Ended::Over)
            }
        };
        match told {
            Ok(()) => (self.say)(&format!("{place}: job {} {line}", job.id)),
            Err(error) => {
                let line = format!("{place}: job {}: its end cannot be told: {error}", job.id);
                (self.say)(&line);
                if !is_over(&error) {
                    // The note stays: whoever takes it over tells it.
                    return Ended::Over;
                }
            }
        }
        note.finish();
        ended
    }

    fn give_up(&self, note: JobNote, error: &CallError) -> Ended {
        (self.say)(&format!("job {} is not ours: {error}", note.job.id));
        if is_over(error) {
            note.finish();
        }
        Ended::Over
    }
}

/// Whether a refusal means that the job is another worker's or has ended.
fn is_over(error: &CallError) -> bool {
    ["InvalidNonceException", "InvalidJobStateException", "JobNotFoundException"]
        .iter()
        .any(|code| error.has_code(code))
}

/// Returns where a job stands in its pipeline, for people: a function is not told, and has the start of
/// the job's id.
pub fn place(job: &Job) -> String {
    let parts = [&job.pipeline, &job.stage, &job.action].map(String::as_str);
    let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    match named[..] {
        [] => format!("job {}", job.id.split('-').next().unwrap_or_default()),
        _ => named.join("/"),
    }
}
