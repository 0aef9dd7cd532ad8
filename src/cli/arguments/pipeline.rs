//! xdeploy as an action of CodePipeline.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::kept::Kept;
use crate::environment;
use crate::name::AccountId;

/// Which kind of action it is.
#[derive(Debug, Subcommand)]
pub enum CodePipelineCommand {
    /// Work on the jobs of a custom action, until interrupted
    Worker(Worker),
    /// Be the function that a Lambda invoke action names
    Lambda(Lambda),
}

/// `codepipeline worker`.
#[derive(Clone, Debug, Args)]
pub struct Worker {
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
    /// How long to work on a job before another one goes on with it and the pipeline shows how far it
    /// is, up to 50m
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = job_time)]
    pub job_time: Duration,
    /// How long jobs may go on after SIGTERM before they are left to the next worker
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = drain)]
    pub drain: Duration,
    /// Where runs are kept, and the jobs that workers of this machine have taken.
    #[command(flatten)]
    pub kept: Kept,
    /// A bucket in which runs are kept as well, so that workers of other machines go on with them
    #[arg(
        long,
        value_name = "BUCKET[/PREFIX]",
        env = "XDEPLOY_STATE_BUCKET",
        hide_env_values = true
    )]
    pub state_bucket: Option<String>,
    /// Whose the buckets must be.
    #[command(flatten)]
    pub owners: BucketOwners,
}

/// `codepipeline lambda`.
#[derive(Clone, Debug, Args)]
pub struct Lambda {
    /// Where runs are kept while the function lives
    #[arg(
        long,
        value_name = "DIR",
        env = "XDEPLOY_STATE_DIR",
        hide_env_values = true,
        default_value = "/tmp/xdeploy"
    )]
    pub state_dir: PathBuf,
    /// A bucket in which runs are kept between invocations
    #[arg(
        long,
        value_name = "BUCKET[/PREFIX]",
        env = "XDEPLOY_STATE_BUCKET",
        hide_env_values = true
    )]
    pub state_bucket: Option<String>,
    /// Whose the buckets must be.
    #[command(flatten)]
    pub owners: BucketOwners,
}

/// Whose buckets must be: S3 refuses those of anybody else.
#[derive(Clone, Debug, Args)]
pub struct BucketOwners {
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
