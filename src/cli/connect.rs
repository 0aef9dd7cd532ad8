//! Which cloud a command talks to: AWS as this machine reaches it, or the embedded sandbox.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::net::TcpListener;

use super::arguments::CloudArgs;
use super::error::{CommandError, with_causes};
use super::print;
use super::sandbox_settings::{ResourcePermissions, SandboxClock};
use super::{aws_variables, made_up_values, mfa, rehearsal, sandbox_settings, state_folder};
use crate::clock::Clock;
use crate::cloud::{Cloud, Network, Origin, PROPAGATES_WITHIN, PropagationWait};
use crate::journal::{RunFolder, recent_iam_changes};
use crate::name::{AccountId, RoleArn};
use crate::plan::{AccountEntry, Plan};
use crate::sandbox::{self, FaultSchedule, Sandbox, SeededRole, Settings, StoreError};

/// Returns where the sandbox keeps its accounts: in the nearest state folder.
pub fn sandbox_folder() -> PathBuf {
    state_folder::nearest().join("sandbox")
}

/// Returns the clock of the cloud that is meant: the machine's, or the sandbox's, which goes on from the time that
/// it has reached.
///
/// # Errors
/// When that cannot be read.
pub fn clock(arguments: &CloudArgs) -> Result<Clock, CommandError> {
    if !arguments.sandbox {
        return Ok(Clock::System);
    }
    let reached = sandbox::time_reached(&sandbox_folder()).map_err(|error| unusable(&error))?;
    Ok(match (Clock::not_before(reached), arguments.sandbox_clock) {
        // It follows time that stands still unless something waits: see `SandboxClock::Virtual`.
        (Clock::System, SandboxClock::Virtual) => Clock::starting_at(Timestamp::now()),
        (clock, SandboxClock::Real | SandboxClock::Virtual) => clock,
    })
}

/// Returns the same for a command that starts programs, or hands out keys, which live in the machine's time.
///
/// # Errors
/// As [`clock`], and when another time is asked for.
pub fn clock_of_programs(arguments: &CloudArgs) -> Result<Clock, CommandError> {
    match arguments.sandbox_clock {
        SandboxClock::Real => clock(arguments),
        SandboxClock::Virtual => Err(CommandError::usage(
            "--sandbox-clock virtual: other programs live in the machine's time",
        )
        .with_help("leave it out")),
    }
}

/// Returns the cloud that a plan is meant for.
///
/// # Errors
/// When the sandbox's folder cannot be used, or there is no code for an MFA device.
pub fn connect(arguments: &CloudArgs, plan: &Plan, clock: Clock) -> Result<Cloud, CommandError> {
    let listed_in = arguments.listed_in.get();
    // What was proven to list accounts is not proven again.
    let codes = match listed_in {
        Some(_) => BTreeMap::new(),
        None => mfa::codes(plan, arguments.mfa_code.as_deref())?,
    };
    let cloud = if arguments.sandbox {
        let faults = rehearsal::faults(&arguments.sandbox_fault, plan)?;
        made_up_values::offer(plan, &arguments.made_up_values);
        let sandbox = embedded(arguments, faults, clock)?;
        sandbox.seed(&roles(plan)).map_err(|error| unusable(&error))?;
        let source = default_source();
        Cloud::through(sandbox.http_client(), clock, Origin::Embedded { source })
    } else {
        from_machine(clock)?
    };
    heed_recent_changes(&cloud, arguments, clock);
    Ok(match listed_in {
        Some(before) => cloud.with_mfa_codes_beside(codes, before),
        None => cloud.with_mfa_codes(codes),
    })
}

/// Returns AWS as this machine's settings lead to it.
///
/// # Errors
/// When they name a proxy or certificate authorities that cannot be used.
pub fn from_machine(clock: Clock) -> Result<Cloud, CommandError> {
    aws_variables::check()?;
    let cloud = Network::of(|name| std::env::var_os(name))
        .and_then(|network| Cloud::from_machine(network, clock));
    cloud.map_err(|error| {
        CommandError::usage(format!("{error}: nothing was touched"))
            .with_help("mend it, or unset it")
    })
}

/// Tells the cloud where runs of this machine just changed IAM, and people when that is waited for;
/// a run tells it by an event instead.
fn heed_recent_changes(cloud: &Cloud, arguments: &CloudArgs, clock: Clock) {
    let recently = (clock, PROPAGATES_WITHIN);
    let folder = arguments.state.folder();
    cloud.learn_changes(&recent_iam_changes(&folder, arguments.sandbox, recently));
    cloud.tell_propagation_waits(|PropagationWait { account, operation }| {
        print::note_line(&format!(
            "waiting for IAM in {account}: {operation} is refused, but a role or policy changed just \
             now"
        ));
    });
}

/// A cloud, and where the programs that we start reach it.
pub struct Reach {
    /// The cloud that this program itself uses.
    pub cloud: Cloud,
    /// The endpoint of the embedded sandbox, which is served for as long as this program runs.
    pub endpoint: Option<String>,
}

/// Returns the cloud that a plan is meant for, as programs that we start can reach it as well.
///
/// # Errors
/// As [`connect`], and when the sandbox cannot be served on loopback.
pub async fn reach(
    arguments: &CloudArgs,
    plan: &Plan,
    clock: Clock,
) -> Result<Reach, CommandError> {
    let cloud = connect(arguments, plan, clock)?;
    if !arguments.sandbox {
        return Ok(Reach { cloud, endpoint: None });
    }
    let faults = rehearsal::faults(&arguments.sandbox_fault, plan)?;
    let sandbox = embedded(arguments, faults, clock)?;
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| unusable(&error))?;
    let address = listener.local_addr().map_err(|error| unusable(&error))?;
    let hosts = sandbox::Hosts::default();
    tokio::spawn(sandbox::serve(sandbox, listener, hosts, std::future::pending()));
    Ok(Reach { cloud, endpoint: Some(format!("http://{address}")) })
}

/// Returns the sandbox that is embedded in this program.
///
/// # Errors
/// When its folder cannot be used.
pub fn embedded(
    arguments: &CloudArgs,
    faults: FaultSchedule,
    clock: Clock,
) -> Result<Sandbox, CommandError> {
    let settings = sandbox_settings::settings(
        arguments.sandbox_seconds_per_resource,
        arguments.sandbox_latency,
        arguments.sandbox_throttling,
        &arguments.sandbox_throttle,
    );
    let iam_propagation = arguments.sandbox_iam_propagation;
    let resource_permissions = arguments.sandbox_resource_permissions == ResourcePermissions::Asked;
    let made_up_stacks = arguments.made_up_stacks.clone();
    let settings = Settings { faults, iam_propagation, resource_permissions, ..settings };
    let made_up_values = arguments.made_up_values.clone();
    let settings = Settings { made_up_stacks, made_up_values, ..settings };
    open_sandbox(&sandbox_folder(), clock, settings)
}

/// Opens the sandbox that lives in a folder.
///
/// # Errors
/// When the folder cannot be used.
pub fn open_sandbox(
    folder: &Path,
    clock: Clock,
    settings: Settings,
) -> Result<Sandbox, CommandError> {
    if let Some(state) = folder.parent() {
        RunFolder::of(state).make_state().map_err(|error| unusable(&error))?;
    }
    Sandbox::open(folder, clock, settings).map_err(|error| unusable(&error))
}

/// Returns why the sandbox cannot be used.
pub fn unusable(error: &(dyn std::error::Error + 'static)) -> CommandError {
    let refused =
        CommandError::usage(format!("the sandbox cannot be used: {}", with_causes(error)));
    match error.downcast_ref().and_then(StoreError::remedy) {
        Some(remedy) => refused.with_help(remedy),
        None => refused,
    }
}

/// The source account of files that name none.
pub fn default_source() -> AccountId {
    "999999999999".parse().expect("it has 12 digits")
}

/// The roles that the plan enters exist in the sandbox beforehand: the first of each chain trusts the
/// source account, each further one the role before it.
pub fn roles(plan: &Plan) -> Vec<SeededRole> {
    let mut roles = Vec::new();
    for account in &plan.accounts {
        let AccountEntry::AssumeRole(entry) = &account.entry else { continue };
        let source = plan.environments[account.environment].source_account.clone();
        let mut trusted = source.unwrap_or_else(default_source).to_string();
        for role in &entry.via {
            roles.push(seeded(role, trusted));
            trusted = role.to_string();
        }
        let last = seeded(&entry.role, trusted);
        roles.push(match &entry.external_id {
            Some(external_id) => last.with_external_id(external_id.as_str()),
            None => last,
        });
    }
    roles
}

fn seeded(role: &RoleArn, trusted: String) -> SeededRole {
    let (_, path_and_name) = role.as_str().split_once(":role").expect("a role ARN says so");
    let (path, name) = path_and_name.rsplit_once('/').expect("a role ARN holds a slash");
    let seeded = SeededRole::new(&role.account(), name, &role.account());
    let seeded = seeded.in_partition(role.partition());
    SeededRole { trusted: vec![trusted], ..seeded.with_path(format!("{path}/")) }
}
