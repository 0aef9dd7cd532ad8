//! A worker: asks CodePipeline for the jobs of a custom action and works on several at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

use super::context::JobContext;
use super::job_notes::JobNotes;
use super::job_runner::{JobEnd, JobRunner};
use super::poll_interval::{PollAnswer, PollInterval};
use crate::cloud::{ActionType, CallError, ErrorOrigin, Jobs, OfferedJob};
use crate::engine::Stop;

/// The most jobs that are asked for at once: others are to have some as well.
const MOST_ASKED_FOR: usize = 5;

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
/// leaves them to be resumed. `say` hears what happens, a line each.
///
/// # Errors
/// If CodePipeline refuses the first question for a reason that does not pass: the worker is not set
/// up right.
pub async fn worker(
    context: JobContext,
    jobs: Jobs,
    settings: WorkerSettings,
    mut stop: watch::Receiver<Stop>,
    say: fn(&str),
) -> Result<(), CallError> {
    let (leave, left) = watch::channel(Stop::No);
    let notes = JobNotes::of(&context.store.folder);
    let ActionType { category, provider, version } = &settings.action_type;
    let of = format!("{} {category}/{provider}/{version}", context.region);
    let job_time = settings.job_time;
    let runner = Arc::new(JobRunner { context, jobs, notes, of, job_time, left, say });
    let (interval, tasks) = (PollInterval::default(), JoinSet::new());
    let mut worker = Worker { runner, settings, interval, tasks, was_answered: false };
    let mut next = Instant::now();
    // A question is a task of its own beside the others: a wish to stop does not wait for its answer.
    let mut question: Option<Question> = None;
    while *stop.borrow_and_update() == Stop::No {
        let is_asking = question.is_some();
        tokio::select! {
            changed = stop.changed() => if changed.is_err() { break },
            Some(ended) = worker.tasks.join_next() => {
                if worker.ended(ended) == JobEnd::Continued {
                    next = next.min(Instant::now() + worker.interval.expect());
                }
            }
            () = sleep_until(next), if !is_asking && worker.room() > 0 => {
                question = worker.ask();
            }
            answer = answered(&mut question), if is_asking => {
                question = None;
                next = Instant::now() + worker.begin(answer)?;
            }
        }
    }
    worker.drain(&leave, &mut stop).await;
    Ok(())
}

/// A question for jobs that is not answered yet.
type Question = Pin<Box<dyn Future<Output = Result<Vec<OfferedJob>, CallError>> + Send>>;

/// Waits for the answer to a question; for ever if there is none.
async fn answered(question: &mut Option<Question>) -> Result<Vec<OfferedJob>, CallError> {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

/// A worker and the jobs that it works on.
struct Worker {
    runner: Arc<JobRunner>,
    settings: WorkerSettings,
    interval: PollInterval,
    tasks: JoinSet<JobEnd>,
    was_answered: bool,
}

impl Worker {
    /// Returns how many more jobs may be worked on.
    fn room(&self) -> usize {
        self.settings.most_jobs.saturating_sub(self.tasks.len())
    }

    /// Takes over what other workers left, and asks for jobs if there is still room.
    fn ask(&mut self) -> Option<Question> {
        // Not before it is known that this worker is set up right.
        if self.was_answered {
            for note in self.runner.notes.left(&self.runner.of, self.room()) {
                (self.runner.say)(&format!(
                    "job {} was left by a worker: taking it over",
                    note.job.id
                ));
                let runner = self.runner.clone();
                self.tasks.spawn(async move { runner.take_over(note).await });
            }
        }
        let most = self.room().min(MOST_ASKED_FOR);
        if most == 0 {
            return None;
        }
        let (runner, action_type) = (self.runner.clone(), self.settings.action_type.clone());
        Some(Box::pin(async move { runner.jobs.poll(&action_type, most).await }))
    }

    /// Begins with the jobs that came; returns how long to wait before asking again.
    fn begin(&mut self, answer: Result<Vec<OfferedJob>, CallError>) -> Result<Duration, CallError> {
        match answer {
            Ok(offered) => {
                let was_answered = std::mem::replace(&mut self.was_answered, true);
                let answered =
                    if offered.is_empty() { PollAnswer::Nothing } else { PollAnswer::Found };
                for offered in offered {
                    let runner = self.runner.clone();
                    self.tasks.spawn(async move { runner.take(offered).await });
                }
                // What was left is looked for at once.
                Ok(if was_answered {
                    self.interval.after(answered)
                } else {
                    self.interval.expect()
                })
            }
            Err(error) if !self.was_answered && is_wrong_set_up(&error) => Err(error),
            Err(error) => {
                (self.runner.say)(&format!("no answer from CodePipeline, asking again: {error}"));
                Ok(self.interval.after(PollAnswer::Refused))
            }
        }
    }

    /// Returns how a job ended; a bug is told, and the other jobs go on.
    fn ended(&self, ended: Result<JobEnd, JoinError>) -> JobEnd {
        ended.unwrap_or_else(|error| {
            (self.runner.say)(&format!("a job ended by a bug in xdeploy: {error}"));
            JobEnd::Over
        })
    }

    /// Lets the jobs end; those that take too long, or all if that is wanted, are left.
    async fn drain(mut self, leave: &watch::Sender<Stop>, stop: &mut watch::Receiver<Stop>) {
        if self.tasks.is_empty() {
            return;
        }
        let count = self.tasks.len();
        (self.runner.say)(&format!("ending: taking no more jobs, {count} continue for a while"));
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
        (self.runner.say)("leaving the jobs: the next worker resumes them");
        leave.send_replace(Stop::AtOnce);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Whether an error does not pass by itself.
fn is_wrong_set_up(error: &CallError) -> bool {
    matches!(error.origin, ErrorOrigin::Credentials | ErrorOrigin::Unusable)
        || error.is_access_denied()
        || error.has_code("ActionTypeNotFoundException")
        || error.has_code("ValidationException")
}
