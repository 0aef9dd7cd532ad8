//! Which cloud a command talks to: AWS as this machine reaches it, or the embedded sandbox.

use std::path::Path;

use super::arguments::Place;
use super::exit::Exit;
use super::pace;
use super::print;
use crate::clock::Clock;
use crate::cloud::{Cloud, Origin};
use crate::name::AccountId;
use crate::plan::{Entry, Plan};
use crate::sandbox::{Sandbox, SeededRole, Settings};

/// Where the sandbox keeps its accounts.
pub const SANDBOX_FOLDER: &str = ".xdeploy/sandbox";

/// Returns the cloud that a plan is meant for.
///
/// # Errors
/// When the sandbox's folder cannot be used.
pub fn connect(place: &Place, plan: &Plan, clock: Clock) -> Result<Cloud, Exit> {
    if !place.sandbox {
        return Ok(Cloud::from_machine(clock));
    }
    let settings = pace::settings(
        place.sandbox_seconds_per_resource,
        place.sandbox_latency,
        place.sandbox_throttling,
        &place.sandbox_throttle,
    );
    let sandbox = open_sandbox(Path::new(SANDBOX_FOLDER), clock, settings)?;
    sandbox.seed(&roles(plan)).map_err(|error| refuse(&error))?;
    let source = default_source();
    Ok(Cloud::through(sandbox.http_client(), clock, Origin::Embedded { source }))
}

/// Opens the sandbox that lives in a folder.
///
/// # Errors
/// When the folder cannot be used.
pub fn open_sandbox(folder: &Path, clock: Clock, settings: Settings) -> Result<Sandbox, Exit> {
    Sandbox::open(folder, clock, settings).map_err(|error| refuse(&error))
}

/// Says why the sandbox cannot be used.
pub fn refuse(error: &dyn std::error::Error) -> Exit {
    let mut text = format!("the sandbox cannot be used: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    print::note(&text);
    Exit::Usage
}

/// The source account of files that name none.
fn default_source() -> AccountId {
    "999999999999".parse().expect("it has 12 digits")
}

/// The roles that the plan enters exist in the sandbox beforehand, and trust the source account.
pub fn roles(plan: &Plan) -> Vec<SeededRole> {
    let default_source = default_source();
    let role = |account: &crate::plan::TargetAccount| {
        let Entry::AssumeRole { role, external_id, .. } = &account.entry else { return None };
        let source = plan.environments[account.environment].source_account.as_ref();
        let (_, path_and_name) = role.as_str().split_once(":role")?;
        let (path, name) = path_and_name.rsplit_once('/')?;
        let seeded = SeededRole::new(&role.account(), name, source.unwrap_or(&default_source))
            .with_path(format!("{path}/"));
        Some(match external_id {
            Some(external_id) => seeded.with_external_id(external_id),
            None => seeded,
        })
    };
    plan.accounts.iter().filter_map(role).collect()
}
