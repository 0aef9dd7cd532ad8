//! `xdeploy codepipeline`.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::connect::from_machine;
use super::environment_lock::ELSEWHERE;
use super::error::CommandError;
use super::exit::Exit;
use super::load::variable;
use super::print;
use super::signals;
use super::state_args::StateArgs;
use crate::clock::Clock;
use crate::cloud::{ActionType, CallError, Cloud, CodePipelineJob, ErrorOrigin, Jobs, Owners};
use crate::codepipeline::{self, JobContext, RunStore, WorkerSettings};
use crate::environment;
use crate::journal::RunFolder;
use crate::name::{AccountId, Region};
use crate::plan::read_region;
use crate::report::{Lines, LogStyle, Palette, Reporter, Reporters};

/// Which kind of action it is.
#[derive(Debug, Subcommand)]
pub enum CodePipelineCommand {
    /// Work on the jobs of a custom action, until interrupted
    Worker(WorkerArgs),
    /// Be the function that a Lambda invoke action names
    Lambda(LambdaArgs),
}

/// The arguments of `codepipeline worker`.
#[derive(Clone, Debug, Args)]
pub struct WorkerArgs {
    /// The category of the custom action
    #[arg(long, value_name = "CATEGORY", default_value = "Deploy")]
    pub category: String,
    /// The provider of the custom action
    #[arg(long, value_name = "NAME", default_value = "xdeploy")]
    pub provider: String,
    /// The version of the custom action
    #[arg(long, value_name = "VERSION", default_value = "1")]
    pub version: String,
    /// The Region of the pipelines, instead of the one that this machine is set to
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The most jobs at the same time
    #[arg(long, value_name = "N", default_value = "10")]
    pub max_jobs: NonZeroUsize,
    /// How long to work on a job before another one resumes it and the pipeline shows how far it
    /// is, up to 50m
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = job_time)]
    pub job_time: Duration,
    /// How long jobs may go on after SIGTERM before they are left to the next worker
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = drain)]
    pub drain: Duration,
    /// Where runs are kept, and the jobs that workers of this machine have taken.
    #[command(flatten)]
    pub state: StateArgs,
    /// The bucket of the runs, and whose buckets must be.
    #[command(flatten)]
    pub buckets: BucketArgs,
}

/// The arguments of `codepipeline lambda`.
#[derive(Clone, Debug, Args)]
pub struct LambdaArgs {
    /// Where runs are kept while the function lives
    #[arg(
        long,
        value_name = "DIR",
        env = "XDEPLOY_STATE_DIR",
        hide_env_values = true,
        default_value = "/tmp/xdeploy"
    )]
    pub state_dir: PathBuf,
    /// The bucket of the runs, and whose buckets must be.
    #[command(flatten)]
    pub buckets: BucketArgs,
}

/// The bucket that runs are kept in, and whose buckets must be: S3 refuses those of anybody else.
#[derive(Clone, Debug, Args)]
pub struct BucketArgs {
    /// A bucket in which runs are kept as well, so that workers of other machines and later invocations
    /// of a function resume them
    #[arg(
        long,
        value_name = "BUCKET[/PREFIX]",
        env = "XDEPLOY_STATE_BUCKET",
        hide_env_values = true
    )]
    pub state_bucket: Option<String>,
    /// The account that the state bucket must belong to, instead of this machine's own
    #[arg(
        long,
        value_name = "ACCOUNT",
        env = "XDEPLOY_STATE_BUCKET_OWNER",
        hide_env_values = true
    )]
    pub state_bucket_owner: Option<AccountId>,
    /// The account that the buckets of artifacts must belong to, instead of the one that each job names
    #[arg(long, value_name = "ACCOUNT", env = "XDEPLOY_ARTIFACT_OWNER", hide_env_values = true)]
    pub artifact_owner: Option<AccountId>,
}

/// Works on jobs, in one way or the other.
///
/// # Errors
/// When it is not set up right.
pub async fn codepipeline(command: &CodePipelineCommand) -> Result<Exit, CommandError> {
    match command {
        CodePipelineCommand::Worker(arguments) => worker(arguments).await,
        CodePipelineCommand::Lambda(arguments) => lambda(arguments).await,
    }
}

async fn worker(arguments: &WorkerArgs) -> Result<Exit, CommandError> {
    let cloud = from_machine(Clock::System)?;
    let region = match &arguments.region {
        Some(named) => named.clone(),
        None => own_region(&cloud).await?,
    };
    let region = read_region(&region, &variable)?;
    let WorkerArgs { category, provider, version, .. } = arguments.clone();
    let action_type = ActionType { category, provider, version };
    let folder = arguments.state.folder();
    let buckets = &arguments.buckets;
    let (context, jobs) = set_up(cloud, region, folder, buckets, false).await?;
    print::note(&format!(
        "working on jobs of {}/{}/{} in {}",
        action_type.category, action_type.provider, action_type.version, context.region
    ));
    let settings = WorkerSettings {
        action_type,
        most_jobs: arguments.max_jobs.get(),
        job_time: arguments.job_time,
        drain: arguments.drain,
    };
    let stop = signals::listen();
    let worker = codepipeline::worker(context, jobs, settings, stop, print::note_line);
    Box::pin(worker).await.map_err(|error| refused(&error))?;
    Ok(Exit::Done)
}

async fn lambda(arguments: &LambdaArgs) -> Result<Exit, CommandError> {
    let folder = RunFolder::of(&arguments.state_dir);
    let cloud = from_machine(Clock::System)?;
    // AWS itself says where a function is: it may be a Region that it opened since.
    let region = own_region(&cloud).await?.parse().map_err(|_| no_region())?;
    let (context, jobs) = set_up(cloud, region, folder, &arguments.buckets, true).await?;
    let function = codepipeline::lambda(context, jobs, print::note_line);
    Box::pin(function).await.map_err(|error| {
        CommandError::caused_by(&error, "docs/codepipeline.md tells how the function is set up")
    })?;
    Ok(Exit::Done)
}

/// Returns what jobs are worked on with, and where they come from. What `forgets` has no folder that
/// lasts.
async fn set_up(
    cloud: Cloud,
    region: Region,
    folder: RunFolder,
    buckets: &BucketArgs,
    forgets: bool,
) -> Result<(JobContext, Jobs), CommandError> {
    folder.make().map_err(|error| CommandError::caused_by(&error, ELSEWHERE))?;
    let store = match buckets.state_bucket.as_deref() {
        None | Some("") => RunStore::of(folder),
        Some(place) => {
            let owner = match &buckets.state_bucket_owner {
                Some(owner) => owner.clone(),
                None => cloud.own_account(&region).await.map_err(|error| refused(&error))?,
            };
            let objects = cloud.objects(&region, None, Owners::of(owner)).await;
            RunStore::of(folder).with_bucket(objects, place)
        }
    };
    let jobs = cloud.jobs(&region).await;
    let artifact_owner = buckets.artifact_owner.clone();
    Ok((JobContext { cloud, region, artifact_owner, store, forgets, reporters }, jobs))
}

async fn own_region(cloud: &Cloud) -> Result<String, CommandError> {
    cloud.own_region().await.ok_or_else(no_region)
}

fn no_region() -> CommandError {
    CommandError::usage("no Region is known").with_help("name it with --region, or set AWS_REGION")
}

/// Returns who tells of the run of a job on stderr: plain lines with the job's place in front, as
/// several go on at a time.
fn reporters(job: &CodePipelineJob) -> Reporters {
    let lines = Lines::styled(Palette::Plain, LogStyle::OfJob);
    let writer = Prefixed { prefix: format!("{}: ", job.place()) };
    Reporters::none().with(Reporter::lines(writer, lines))
}

/// Stderr, with something in front of each line.
struct Prefixed {
    prefix: String,
}

impl io::Write for Prefixed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(|line| format!("{}{line}\n", self.prefix));
        io::stderr().write_all(lines.collect::<String>().as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Returns why CodePipeline gives no jobs to this worker.
fn refused(error: &CallError) -> CommandError {
    let help = match error.code.as_deref() {
        Some("ActionTypeNotFoundException") => {
            "deploy stacks/pipeline/custom-action.yaml in this account and Region, and give --category, \
             --provider and --version as it has them"
        }
        _ if error.is_access_denied() => {
            "let this worker's role call what docs/codepipeline.md lists"
        }
        _ => "check the credentials, the Region and AWS_ENDPOINT_URL",
    };
    let is_without_keys = matches!(error.origin, ErrorOrigin::Credentials | ErrorOrigin::Unusable);
    let is_entry = error.is_access_denied() || is_without_keys;
    let exit = if is_entry { Exit::NotEntered } else { Exit::Usage };
    CommandError { exit, ..CommandError::caused_by(error, help) }
}

/// Artifacts are read and written with keys that last an hour.
fn job_time(text: &str) -> Result<Duration, String> {
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(50 * 60));
    match environment::duration(text) {
        Some(duration) if (least..=most).contains(&duration) => Ok(duration),
        _ => Err("a duration from 1s to 50m is needed".to_owned()),
    }
}

fn drain(text: &str) -> Result<Duration, String> {
    let most = Duration::from_secs(24 * 3600);
    match environment::duration(text) {
        Some(duration) if duration <= most => Ok(duration),
        _ => Err("a duration of up to a day is needed, such as 20s".to_owned()),
    }
}
