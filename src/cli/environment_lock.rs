//! The lock of environments, and what is said while another run holds it.

use super::error::CommandError;
use super::exit::Exit;
use super::print;
use crate::clock::{Clock, spoken};
use crate::event::Owner;
use crate::foreign::one_line;
use crate::journal::{Holder, RunFolder};
use crate::name::EnvironmentName;
use crate::run::{EnvironmentLocks, LocksError, WhenLocked};

/// What to do where a run cannot be kept.
pub const ELSEWHERE: &str = "nothing was touched; name another folder with --state-dir";

/// Locks environments.
///
/// # Errors
/// When another run has it and is not waited for, or the state folder cannot be used.
pub async fn lock_environments(
    folder: &RunFolder,
    environments: impl IntoIterator<Item = &EnvironmentName>,
    when_locked: WhenLocked,
) -> Result<EnvironmentLocks, CommandError> {
    let busy = |environment: &EnvironmentName, holder: Option<&Holder>| {
        if when_locked == WhenLocked::Wait {
            print::note(&format!("waiting: {}", works(environment, holder)));
        }
        when_locked
    };
    EnvironmentLocks::acquire(folder, environments, busy).await.map_err(|error| match error {
        LocksError::Busy { environment, holder } => {
            let works = works(&environment, holder.as_deref());
            CommandError::new(Exit::Refused, format!("{works}: nothing was touched"))
                .with_help("add --wait to begin once it ended")
        }
        LocksError::Unusable(error) => CommandError::caused_by(&error, ELSEWHERE),
    })
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
    let Owner { user, host, process } = owner;
    let (user, host) = (one_line(user), one_line(host));
    let of = if user.is_empty() { String::new() } else { format!(" of {user}") };
    format!("process {process}{of} on {host}")
}
