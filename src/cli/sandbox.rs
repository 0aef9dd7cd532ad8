//! `xdeploy sandbox`.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use super::arguments::SelectionArgs;
use super::connect::{open_sandbox, roles, sandbox_folder, unusable};
use super::error::{CommandError, with_causes};
use super::exit::Exit;
use super::listings::kept_or_made_up;
use super::load::load;
use super::print::{self, Written};
use super::rehearsal;
use super::sandbox_settings::{self, ActionLimit, ResourcePermissions, ThrottlingProfile, seconds};
use super::signals;
use super::state_folder;
use crate::clock::{Clock, spoken};
use crate::engine::Stop;
use crate::foreign;
use crate::journal::{self, RunFolder};
use crate::plan::Plan;
use crate::report::elapsed;
use crate::sandbox::{self, FaultRule, HostName, Hosts, Organization, Sandbox, Settings};

/// What to do with the sandbox.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve it on loopback for the AWS CLI and SDKs, until interrupted
    Serve(ServeArgs),
    /// Forget everything in .xdeploy/sandbox
    Reset,
    /// Show which accounts stand in .xdeploy/sandbox
    Status,
}

/// The arguments of `sandbox serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Environment files whose accounts and roles exist beforehand
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4599)]
    pub port: u16,
    /// Answer requests to this host as well, such as host.docker.internal, and to names under it;
    /// may be repeated
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<HostName>,
    /// How long one resource takes
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    pub seconds_per_resource: f64,
    /// A JSON file with the organization that there is, in place of one that is made up: docs/sandbox.md
    #[arg(long, value_name = "FILE")]
    pub organization: Option<PathBuf>,
    /// Keep nothing on disk
    #[arg(long)]
    pub in_memory: bool,
    /// How long each request takes on its way
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub latency: u64,
    /// Which requests are refused for coming too fast
    #[arg(long, value_name = "LIMITS", default_value = "none")]
    pub throttling: ThrottlingProfile,
    /// The limit of one action, or of all `reads` or `writes`: requests a second, and at once after
    /// a colon, such as DescribeStacks=1 or writes=5:10; may be repeated
    #[arg(long, value_name = "ACTION=RATE", value_parser = sandbox_settings::limit)]
    pub throttle: Vec<ActionLimit>,
    /// Let something go wrong, such as reset,action=CreateStack,times=2; may be repeated.
    /// docs/rehearsal.md tells all
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<FaultRule>,
    /// How long it takes until a change of roles, users or policies counts, such as 10s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = sandbox_settings::delay)]
    pub iam_propagation: Duration,
    /// Whether a stack's resources need the permissions of who deploys it, or of its service role
    #[arg(long, value_name = "PERMISSIONS", default_value = "asked")]
    pub resource_permissions: ResourcePermissions,
    /// How long a Lambda function may take, at most 15m
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = sandbox_settings::function_timeout)]
    pub lambda_timeout: Duration,
}

/// Serves the sandbox on loopback until interrupted.
///
/// # Errors
/// When the files or faults are wrong, or the folder or the port cannot be used.
pub async fn serve(arguments: &ServeArgs) -> Result<Exit, CommandError> {
    let plan = planned(arguments)?;
    let settings = settings(arguments, plan.as_ref())?;
    let sandbox = match arguments.in_memory {
        true => Sandbox::new(Clock::System, settings),
        false => {
            let folder = sandbox_folder();
            let reached = sandbox::time_reached(&folder).map_err(|error| unusable(&error))?;
            open_sandbox(&folder, Clock::not_before(reached), settings)?
        }
    };
    if let Some(file) = &arguments.organization {
        sandbox.organize(organization(file)?).map_err(|error| unusable(&error))?;
    }
    if let Some(plan) = plan {
        sandbox.seed(&roles(&plan)).map_err(|error| unusable(&error))?;
    }
    let port = arguments.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        CommandError::usage(format!("port {port} of 127.0.0.1 cannot be used: {error}"))
            .with_help("name another with --port, or 0 for a free one")
    })?;
    let address = listener.local_addr().expect("a bound listener has an address");
    let written = print::result(&format!(
        "serving the sandbox on http://{address}\n\
         export AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID=999999999999 \
         AWS_SECRET_ACCESS_KEY=sandbox"
    ));
    if written == Written::Lost {
        return Ok(Exit::Unwritten);
    }
    let mut stop = signals::listen();
    let stopped = async move {
        // An error means that nobody can send a signal any more, which is a reason to end as well.
        let _ = stop.wait_for(|stop| *stop != Stop::No).await;
    };
    sandbox::serve(sandbox, listener, Hosts::and(arguments.allow_host.clone()), stopped).await;
    Ok(Exit::Done)
}

/// Reads an organization.
fn organization(file: &Path) -> Result<Organization, CommandError> {
    let wrong = |error: &dyn std::error::Error| {
        let file = foreign::path(file);
        CommandError::usage(format!("{file} holds no organization: {}", with_causes(error)))
            .with_help("docs/sandbox.md shows one")
    };
    let text = std::fs::read(file).map_err(|error| wrong(&error))?;
    serde_json::from_slice(&text).map_err(|error| wrong(&error))
}

/// Returns the plan of the files whose accounts stand beforehand, if any are given.
fn planned(arguments: &ServeArgs) -> Result<Option<Plan>, CommandError> {
    match arguments.files.is_empty() {
        true => Ok(None),
        false => {
            let files = &arguments.files;
            let listings = kept_or_made_up(files, &RunFolder::of(&state_folder::of_process()));
            let everything = SelectionArgs::everything(files.clone()).with_listings(listings);
            load(&everything).map(Some)
        }
    }
}

fn settings(arguments: &ServeArgs, plan: Option<&Plan>) -> Result<Settings, CommandError> {
    let settings = sandbox_settings::settings(
        arguments.seconds_per_resource,
        arguments.latency,
        arguments.throttling,
        &arguments.throttle,
    );
    let faults = rehearsal::served(&arguments.fault, plan)?;
    let &ServeArgs { iam_propagation, lambda_timeout, .. } = arguments;
    let resource_permissions = arguments.resource_permissions == ResourcePermissions::Asked;
    Ok(Settings { faults, iam_propagation, lambda_timeout, resource_permissions, ..settings })
}

/// Forgets everything that stands in the sandbox's folder; its time never goes back.
///
/// # Errors
/// When it cannot be removed.
pub fn reset() -> Result<Exit, CommandError> {
    let now = Clock::System.now();
    let folder = sandbox_folder();
    let reached = sandbox::reset(&folder, now).map_err(|error| unusable(&error))?;
    if let Some(state) = folder.parent() {
        // What runs tell of it is told by its own time.
        let at = reached.unwrap_or(now);
        journal::forget_sandbox(&RunFolder::of(state), at).map_err(|error| unusable(&error))?;
    }
    match reached {
        None => print::note("the sandbox is empty"),
        Some(reached) => print::note(&format!(
            "the sandbox is empty; its time stays {} ahead of this machine's, as runs tell of it",
            spoken(elapsed(now, reached))
        )),
    }
    Ok(Exit::Done)
}

/// Shows what stands in the sandbox's folder.
///
/// # Errors
/// When it cannot be read.
pub fn status() -> Result<Exit, CommandError> {
    let folder = sandbox_folder();
    let accounts = sandbox::accounts_in(&folder).map_err(|error| unusable(&error))?;
    let reached = sandbox::time_reached(&folder).map_err(|error| unusable(&error))?;
    let ahead = reached.map(|reached| elapsed(Clock::System.now(), reached));
    if let Some(ahead) = ahead.filter(|ahead| !ahead.is_zero()) {
        print::note(&format!("its time is {} ahead of this machine's", spoken(ahead)));
    }
    if accounts.is_empty() {
        print::note(&format!("nothing stands in {}", foreign::path(&folder)));
        return Ok(Exit::Done);
    }
    let lines: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    Ok(print::result(&lines.join("\n")).then(Exit::Done))
}
