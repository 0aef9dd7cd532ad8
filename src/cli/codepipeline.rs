//! `xdeploy codepipeline`.

use std::io;

use super::arguments::{BucketOwners, CodePipelineCommand, Global, Lambda, Worker};
use super::exit::Exit;
use super::print;
use super::signals;
use crate::clock::Clock;
use crate::cloud::{ActionType, CallError, Cloud, ErrorOrigin, Job, Jobs, Owners};
use crate::codepipeline::{self, Shelf, WorkerSettings, Workshop};
use crate::journal::RunFolder;
use crate::name::Region;
use crate::plan::read_region;
use crate::report::{Lines, LogStyle, Palette, Reporter, Reporters};

/// Works on jobs, in one way or the other.
pub async fn codepipeline(command: &CodePipelineCommand, global: &Global) -> Exit {
    let worked = match command {
        CodePipelineCommand::Worker(arguments) => worker(arguments, global).await,
        CodePipelineCommand::Lambda(arguments) => lambda(arguments).await,
    };
    worked.unwrap_or_else(|exit| exit)
}

async fn worker(arguments: &Worker, global: &Global) -> Result<Exit, Exit> {
    let cloud = super::connect::from_machine(Clock::System)?;
    let region = match &arguments.region {
        Some(named) => named.clone(),
        None => own_region(&cloud).await?,
    };
    let region = read_region(&region, &|name| std::env::var(name).ok()).map_err(|faults| {
        print::faults(&faults, global);
        Exit::Usage
    })?;
    let Worker { category, provider, version, .. } = arguments.clone();
    let action_type = ActionType { category, provider, version };
    let folder = arguments.kept.folder();
    let state_bucket = arguments.state_bucket.as_deref();
    let owners = &arguments.owners;
    let (workshop, jobs) = set_up(cloud, region, folder, state_bucket, owners, false).await?;
    print::note(&format!(
        "working on jobs of {}/{}/{} in {}",
        action_type.category, action_type.provider, action_type.version, workshop.region
    ));
    let settings = WorkerSettings {
        action_type,
        most_jobs: arguments.max_jobs.get(),
        job_time: arguments.job_time,
        drain: arguments.drain,
    };
    let stop = signals::listen();
    match Box::pin(codepipeline::worker(workshop, jobs, settings, stop, print::note_line)).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(refuse(&error)),
    }
}

async fn lambda(arguments: &Lambda) -> Result<Exit, Exit> {
    let folder = RunFolder::of(&arguments.state_dir);
    let (state_bucket, owners) = (arguments.state_bucket.as_deref(), &arguments.owners);
    let cloud = super::connect::from_machine(Clock::System)?;
    // AWS itself says where a function is: it may be a Region that it opened since.
    let region = own_region(&cloud).await?.parse().map_err(|_| no_region())?;
    let (workshop, jobs) = set_up(cloud, region, folder, state_bucket, owners, true).await?;
    match Box::pin(codepipeline::lambda(workshop, jobs, print::note_line)).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            print::failure(&error, "docs/codepipeline.md tells how the function is set up");
            Err(Exit::Usage)
        }
    }
}

/// Returns what jobs are worked on with, and where they come from. What `forgets` has no folder that
/// lasts.
async fn set_up(
    cloud: Cloud,
    region: Region,
    folder: RunFolder,
    state_bucket: Option<&str>,
    owners: &BucketOwners,
    forgets: bool,
) -> Result<(Workshop, Jobs), Exit> {
    folder.make().map_err(|error| {
        print::failure(&error, super::past::ELSEWHERE);
        Exit::Usage
    })?;
    let shelf = match state_bucket {
        None | Some("") => Shelf::of(folder),
        Some(place) => {
            let owner = match &owners.state_bucket_owner {
                Some(owner) => owner.clone(),
                None => cloud.own_account(&region).await.map_err(|error| refuse(&error))?,
            };
            let objects = cloud.objects(&region, None, Owners::of(owner)).await;
            Shelf::of(folder).with_bucket(objects, place)
        }
    };
    let jobs = cloud.jobs(&region).await;
    let artifact_owner = owners.artifact_owner.clone();
    Ok((Workshop { cloud, region, artifact_owner, shelf, forgets, reporters }, jobs))
}

async fn own_region(cloud: &Cloud) -> Result<String, Exit> {
    cloud.own_region().await.ok_or_else(no_region)
}

fn no_region() -> Exit {
    print::note("no Region is known\n  help: name it with --region, or set AWS_REGION");
    Exit::Usage
}

/// Returns who tells of the run of a job on stderr: plain lines with the job's place in front, as
/// several go on at a time.
fn reporters(job: &Job) -> Reporters {
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

/// Says why CodePipeline gives no jobs to this worker.
fn refuse(error: &CallError) -> Exit {
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
    print::failure(error, help);
    let is_without_keys = matches!(error.origin, ErrorOrigin::Credentials | ErrorOrigin::Unusable);
    let is_entry = error.is_access_denied() || is_without_keys;
    if is_entry { Exit::NotEntered } else { Exit::Usage }
}
