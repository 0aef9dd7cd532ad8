//! The work on one job, from its artifact to how it ends. Who asks for jobs, and who is told of the
//! end, is not known here.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::artifact::{self, ArtifactError, MOST_PACKED_BYTES};
use super::leftover::JobNotes;
use super::shelf::{Shelf, ShelfError};
use super::told::{self, End, JobFailed};
use super::wanted::Wanted;
use crate::clock::Clock;
use crate::cloud::{CallError, Cloud, GetError, Job, JobArtifact, JobFailureKind};
use crate::conduct::{self, BeginError, KeptRun, Patience, Ready, Turn};
use crate::engine::{Limits, Run, Stop};
use crate::environment::OnFailure;
use crate::event::{Asked, Operation, RunResult};
use crate::name::{Region, RunId};
use crate::plan::Plan;
use crate::report::summary::{self, Reader};
use crate::report::{self, Palette, Reporters, RunState};

/// The token of a job that waits for another run to end before it begins one of its own.
const WAITING: &str = "waiting";

/// What jobs are worked on with.
pub struct Workshop {
    /// AWS, as every run of a job reaches it.
    pub cloud: Cloud,
    /// The Region of the pipelines and their artifacts.
    pub region: Region,
    /// Where runs are kept.
    pub shelf: Shelf,
    /// Who follows a job's run.
    pub reporters: fn(&Job) -> Reporters,
}

/// A job, what it wants and what it goes on with.
pub struct Assignment {
    /// The job.
    pub job: Job,
    /// What it wants.
    pub wanted: Wanted,
    /// The run that it has begun already; the continuation token tells of one as well.
    pub run: Option<RunId>,
}

impl Assignment {
    /// Returns the run that is to be gone on with.
    fn begun(&self) -> Option<RunId> {
        let token = self.job.continuation.as_deref();
        self.run.clone().or_else(|| token.and_then(|token| token.parse().ok()))
    }

    /// Returns the token that another job goes on with if this one has no run yet.
    fn waiting(&self) -> String {
        self.begun().map_or_else(|| WAITING.to_owned(), |run| run.to_string())
    }
}

impl Workshop {
    /// Works on a job until its run ends, or is left because of `stop`; `on_run` hears which run that
    /// is before anything is sent for it.
    ///
    /// # Errors
    /// If the action has failed.
    pub async fn work(
        &self,
        assignment: &Assignment,
        stop: watch::Receiver<Stop>,
        on_run: impl FnMut(&RunId) -> io::Result<()>,
    ) -> Result<End, JobFailed> {
        let notes = JobNotes::of(&self.shelf.folder);
        let workplace = notes.workplace(&assignment.job.id).map_err(|error| unkept(&error))?;
        let files = self.unpacked(&assignment.job, workplace.path()).await?;
        let plan = assignment.wanted.plan(&files).map_err(|faults| wrong_files(&faults, &files))?;
        let task = Task { workshop: self, assignment, plan: Arc::new(plan), stop };
        match assignment.wanted.plan_only {
            true => task.look_ahead().await,
            false => task.carry_out(on_run).await,
        }
    }

    /// Returns the folder with what the job's input artifact holds.
    async fn unpacked(&self, job: &Job, workplace: &Path) -> Result<std::path::PathBuf, JobFailed> {
        let Some(input) = job.inputs.first() else {
            return Err(JobFailed::new(
                JobFailureKind::ConfigurationError,
                "the action has no input artifact: give it the one that holds the environment file",
            ));
        };
        let (packed, files) = (workplace.join("artifact.zip"), workplace.join("files"));
        let mut file = File::create(&packed).map_err(|error| unkept(&error))?;
        let objects = self.cloud.objects(&self.region, job.keys.clone()).await;
        let got = objects.get(&input.bucket, &input.key, MOST_PACKED_BYTES, &mut file).await;
        got.map_err(|error| no_artifact(input, error))?;
        fs::create_dir(&files).map_err(|error| unkept(&error))?;
        let (archive, into) = (File::open(&packed).map_err(|error| unkept(&error))?, files.clone());
        let unpacking = tokio::task::spawn_blocking(move || artifact::unpack(archive, &into));
        unpacking.await.expect("unpacking does not panic").map_err(|error| bad_artifact(&error))?;
        let _ = fs::remove_file(packed);
        Ok(files)
    }

    /// Writes the output artifact, if the action has one.
    async fn hand_out(&self, job: &Job, state: &RunState) -> Result<(), CallError> {
        let Some(output) = job.outputs.first() else { return Ok(()) };
        let report = report::Report::new(state);
        let files = [
            ("report.json", report.json()),
            ("summary.txt", summary::text(&report, Palette::Plain, Reader::File)),
            ("outputs.json", format!("{:#}\n", told::outputs(&report).tree())),
            ("report.html", report::html(state, &report)),
            ("junit.xml", report::junit(&report)),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        let packed = artifact::pack(&files).expect("texts of ours can be packed");
        let objects = self.cloud.objects(&self.region, job.keys.clone()).await;
        let key = job.encryption_key.as_deref();
        objects.put(&output.bucket, &output.key, packed, key).await
    }
}

/// A job whose plan is known.
struct Task<'a> {
    workshop: &'a Workshop,
    assignment: &'a Assignment,
    plan: Arc<Plan>,
    stop: watch::Receiver<Stop>,
}

impl Task<'_> {
    async fn carry_out(
        self,
        mut on_run: impl FnMut(&RunId) -> io::Result<()>,
    ) -> Result<End, JobFailed> {
        let Some(turn) = self.turn().await? else {
            let why = "another run works on the same environment: waiting for its end";
            return Ok(told::of_waiting(&self.assignment.waiting(), why));
        };
        let shelf = &self.workshop.shelf;
        let run = match self.assignment.begun() {
            Some(run) => {
                shelf.fetch(&run).await.map_err(|error| no_shelf(&error))?;
                run
            }
            None => self.new_run(),
        };
        on_run(&run).map_err(|error| unkept(&error))?;
        let state = match self.ready(&run, turn)? {
            Found::Over(state) => *state,
            Found::Ready(ready) => {
                let reporters = (self.workshop.reporters)(&self.assignment.job);
                ready.carry_out(reporters, self.stop.clone()).await
            }
        };
        self.end(&run, &state).await
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

    /// Takes the turn on the plan's environments; none if the job is to end before.
    async fn turn(&self) -> Result<Option<Turn>, JobFailed> {
        let folder = &self.workshop.shelf.folder;
        folder.make().map_err(|error| unkept(&error))?;
        let names = self.plan.environments.iter().map(|environment| &environment.name);
        let mut stop = self.stop.clone();
        tokio::select! {
            turn = Turn::take(folder, names, |_, _| Patience::Wait) => {
                turn.map(Some).map_err(|error| unkept(&error))
            }
            _ = stop.wait_for(|stop| *stop != Stop::No) => Ok(None),
        }
    }

    fn new_run(&self) -> RunId {
        let name = self.assignment.job.execution.as_str();
        let name = self.assignment.wanted.execution.as_deref().unwrap_or(name);
        RunId::named(Clock::System.now(), name, fastrand::u32(..))
    }

    /// Makes the run ready: a new one, or the one that its journal tells of.
    fn ready(&self, run: &RunId, mut turn: Turn) -> Result<Found, JobFailed> {
        let Workshop { cloud, shelf, .. } = self.workshop;
        let cloud = cloud.afresh();
        turn.sign(run, Operation::Apply, Clock::System);
        let (plan, folder) = (self.plan.clone(), shelf.folder.clone());
        let journal = folder.journal(run);
        if journal.exists() {
            let kept = KeptRun::read(&journal).map_err(|error| unkept(&error))?;
            if kept.is_over() {
                return Ok(Found::Over(Box::new(kept.state)));
            }
            if kept.is_newer() || kept.began().is_none() {
                return Err(JobFailed::new(
                    JobFailureKind::SystemUnavailable,
                    format!(
                        "the journal of run {run} is of another version of xdeploy: let the worker that wrote it go on, or retry the action"
                    ),
                ));
            }
            kept.check(&plan).map_err(|changed| changed_files(run, &changed))?;
            let ready = kept.go_on(plan, cloud, folder, turn).map_err(|error| not_begun(&error))?;
            return Ok(Found::Ready(Box::new(ready)));
        }
        if self.assignment.begun().is_some() {
            self.check_nothing_is_lost(run)?;
        }
        let limits = Limits { on_failure: self.assignment.wanted.on_failure, ..Limits::default() };
        let asked = Some(self.asked());
        let run = Run { asked, ..Run::new(run.clone(), Operation::Apply, limits, Clock::System) };
        let ready =
            conduct::begin(plan, cloud, run, folder, turn).map_err(|error| not_begun(&error))?;
        Ok(Found::Ready(Box::new(ready)))
    }

    /// Without the journal of what went before, the run goes on from what stands in the cloud; what it
    /// changed before cannot go back any more, so a run that may have to go back does not go on.
    fn check_nothing_is_lost(&self, run: &RunId) -> Result<(), JobFailed> {
        let of_files = self.plan.environments.iter().map(|e| e.pace.on_failure);
        let may_go_back = |on_failure: OnFailure| match on_failure {
            OnFailure::Stop | OnFailure::Continue => false,
            OnFailure::RollbackWave | OnFailure::RollbackRun => true,
        };
        let on_failure = self.assignment.wanted.on_failure;
        let goes_back = match on_failure {
            Some(on_failure) => may_go_back(on_failure),
            None => of_files.into_iter().any(may_go_back),
        };
        if !goes_back {
            tracing::warn!(%run, "its journal is not here: going on from what stands");
            return Ok(());
        }
        Err(JobFailed::new(
            JobFailureKind::SystemUnavailable,
            format!(
                "the journal of run {run} is not here, so that what it changed could not be rolled back: \
                 give workers one state folder, or a bucket with --state-bucket or \
                 XDEPLOY_STATE_BUCKET"
            ),
        ))
    }

    fn asked(&self) -> Asked {
        let Wanted { files, accounts, stacks, on_failure, .. } = self.assignment.wanted.clone();
        let words = OnFailure::WORDS.iter();
        let word =
            |wanted| words.clone().find(|(_, known)| *known == wanted).map(|(word, _)| *word);
        Asked {
            folder: std::env::current_dir().unwrap_or_default(),
            files,
            accounts,
            stacks,
            on_failure: on_failure.and_then(word).map(str::to_owned),
            plan: self.plan.digest(),
            owner: conduct::owner(),
            ..Asked::default()
        }
    }

    /// Returns how the job ends, now that its run has ended or was left.
    async fn end(&self, run: &RunId, state: &RunState) -> Result<End, JobFailed> {
        let report = report::Report::new(state);
        let Workshop { shelf, .. } = self.workshop;
        let kept = shelf.put(run).await;
        if self.was_left(&report) {
            kept.map_err(|error| no_shelf(&error))?;
            return Ok(told::of_pause(&report, run.as_str()));
        }
        if let Err(error) = kept {
            tracing::warn!(%run, error = %said(&error), "the ended run is not in the state bucket");
        }
        self.hand_out(&report, state).await
    }

    /// Whether the run was stopped because the job is to end.
    fn was_left(&self, report: &report::Report) -> bool {
        *self.stop.borrow() != Stop::No && report.result == RunResult::Cancelled
    }

    /// Writes the output artifact, and returns how the job ends.
    async fn hand_out(&self, report: &report::Report, state: &RunState) -> Result<End, JobFailed> {
        let handed_out = self.workshop.hand_out(&self.assignment.job, state).await;
        match (told::of_end(report), handed_out) {
            (End::Succeeded { progress, .. }, Err(error)) => Err(JobFailed {
                kind: JobFailureKind::PermissionError,
                message: format!(
                    "{}\nbut the output artifact cannot be written: {error}",
                    progress.summary
                ),
                run: progress.run,
            }),
            (end, _) => Ok(end),
        }
    }
}

/// A run that a job goes on with.
enum Found {
    /// It has ended already; only its pipeline does not know.
    Over(Box<RunState>),
    /// It is ready to go.
    Ready(Box<Ready>),
}

fn wrong_files(faults: &crate::document::Faults, files: &Path) -> JobFailed {
    /// How wide faults are drawn: the console shows messages in a narrow column.
    const WIDTH: usize = 80;
    // The artifact's own paths mean something to whoever wrote it, ours do not.
    let ours = format!("{}/", files.display());
    let shown = faults.render(false, WIDTH).replace(&ours, "");
    JobFailed::new(JobFailureKind::ConfigurationError, shown)
}

fn no_artifact(artifact: &JobArtifact, error: GetError) -> JobFailed {
    let JobArtifact { name, bucket, key } = artifact;
    let what = format!("the input artifact `{name}` (s3://{bucket}/{key})");
    let (kind, message) = match error {
        error if error.is_missing() => {
            (JobFailureKind::RevisionUnavailable, format!("{what} is not there"))
        }
        GetError::Refused(error) => {
            let kind = match error.is_access_denied() {
                true => JobFailureKind::PermissionError,
                false => JobFailureKind::SystemUnavailable,
            };
            (kind, format!("{what} cannot be read: {error}"))
        }
        GetError::TooLarge { most_bytes } => {
            let most = most_bytes >> 20;
            (JobFailureKind::ConfigurationError, format!("{what} has more than {most} MiB"))
        }
        error @ (GetError::Torn(_) | GetError::Unkept(_)) => {
            (JobFailureKind::SystemUnavailable, format!("{what}: {}", said(&error)))
        }
    };
    JobFailed::new(kind, message)
}

fn bad_artifact(error: &ArtifactError) -> JobFailed {
    let kind = match error {
        ArtifactError::Unkept(_) => JobFailureKind::SystemUnavailable,
        ArtifactError::NotAZip(_)
        | ArtifactError::Outside { .. }
        | ArtifactError::Twice { .. }
        | ArtifactError::Encrypted { .. }
        | ArtifactError::TooLarge => JobFailureKind::ConfigurationError,
    };
    JobFailed::new(kind, said(error))
}

fn changed_files(run: &RunId, changed: &conduct::Changed) -> JobFailed {
    let message = format!(
        "{changed}: run {run} cannot be gone on with. The artifact is the same, so a variable of the \
         worker's environment is another one: give all workers the same, or retry the action"
    );
    JobFailed::new(JobFailureKind::ConfigurationError, message)
}

fn no_shelf(error: &ShelfError) -> JobFailed {
    let kind = match error {
        ShelfError::Put(error) | ShelfError::Get(GetError::Refused(error))
            if error.is_access_denied() =>
        {
            JobFailureKind::PermissionError
        }
        ShelfError::Put(_)
        | ShelfError::Get(_)
        | ShelfError::Damaged(_)
        | ShelfError::Folder(_) => JobFailureKind::SystemUnavailable,
    };
    JobFailed::new(kind, said(error))
}

fn not_begun(error: &BeginError) -> JobFailed {
    unkept(error)
}

/// What the worker's own machine does not bear.
fn unkept(error: &dyn std::error::Error) -> JobFailed {
    let message = format!("the worker cannot keep the run: {}", said(error));
    JobFailed::new(JobFailureKind::SystemUnavailable, message)
}

/// Returns an error with every cause below it.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
