//! The lock of environments, and what is said while another run holds it.

use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::shared_state::unusable;
use crate::clock::{Clock, spoken};
use crate::event::{Operation, Owner};
use crate::foreign::one_line;
use crate::journal::Holder;
use crate::name::{EnvironmentName, RunId};
use crate::run::{EnvironmentLocks, LocksError, WhenLocked};
use crate::state::{NEWEST, RunPlace};

/// What to do where a run cannot be kept.
pub const ELSEWHERE: &str = "nothing was touched; name another folder with --state-dir";

/// Locks environments.
///
/// # Errors
/// When another run has it and is not waited for, or the state folder cannot be used.
pub async fn lock_environments(
    place: &RunPlace,
    environments: impl IntoIterator<Item = &EnvironmentName>,
    when_locked: WhenLocked,
) -> Result<EnvironmentLocks, CommandError> {
    let busy = |environment: &EnvironmentName, holder: Option<&Holder>| {
        if when_locked == WhenLocked::Wait {
            print::note(&format!("waiting: {}", works(environment, holder)));
        }
        when_locked
    };
    let locks = EnvironmentLocks::acquire(place, environments, busy).await.map_err(refused)?;
    if let Some(shared) = place.shared() {
        // Only now: the run before it may have been another machine's.
        shared.refresh(NEWEST).await.map_err(|error| unusable(&error))?;
    }
    Ok(locks)
}

/// Lets others know which run holds the locks.
///
/// # Errors
/// When that cannot be written down where they look.
pub async fn sign(
    locks: &mut EnvironmentLocks,
    run: &RunId,
    operation: Operation,
) -> Result<(), CommandError> {
    locks.sign(run, operation, Clock::System).await.map_err(refused)
}

/// Returns why environments are not locked for us.
fn refused(error: LocksError) -> CommandError {
    match error {
        LocksError::Busy { environment, holder } => {
            let works = works(&environment, holder.as_deref());
            CommandError::new(Exit::Refused, format!("{works}: nothing was touched"))
                .with_help("add --wait to begin once it ended")
        }
        LocksError::Unusable(error) => CommandError::caused_by(&error, ELSEWHERE),
        LocksError::State(error) => unusable(&error),
        LocksError::Lost(_) => {
            CommandError::new(Exit::Refused, format!("{error}: nothing was touched"))
                .with_help("`xdeploy runs` tells who works on it")
        }
    }
}

/// Says who holds the lock.
fn works(environment: &EnvironmentName, holder: Option<&Holder>) -> String {
    let Some(Holder { run, operation, owner, since }) = holder else {
        return format!("another run works on {environment}");
    };
    let lasting = Clock::System.now().duration_since(*since).try_into().unwrap_or_default();
    format!(
        "run {run} works on {environment}: {} by {}, since {since:.0} ({})",
        operation.as_str(),
        who(owner),
        spoken(lasting)
    )
}

/// Returns who carries out a run, in words.
pub fn who(owner: &Owner) -> String {
    let Owner { user, host, process, job } = owner;
    let (user, host) = (one_line(user), one_line(host));
    let of = if user.is_empty() { String::new() } else { format!(" of {user}") };
    let job = job.as_deref().map(|job| format!(", {}", one_line(job))).unwrap_or_default();
    format!("process {process}{of} on {host}{job}")
}
