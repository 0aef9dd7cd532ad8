//! A run's turn: one run at a time changes an environment.

use std::collections::BTreeSet;

use super::asked::owner;
use super::exit::Exit;
use super::print;
use crate::clock::{Clock, spoken};
use crate::event::{Operation, Owner};
use crate::journal::{EnvironmentLock, Holder, RunFolder};
use crate::name::{EnvironmentName, RunId};

/// The environments that are ours until this is dropped.
pub struct Turn {
    locks: Vec<EnvironmentLock>,
}

/// What is done when it is somebody else's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It is waited for.
    Wait,
    /// The run is refused.
    None,
}

/// Takes the turn on environments, in the order of their names: nobody who waits for one holds what
/// a run that goes on still wants.
///
/// # Errors
/// When another run has it and is not waited for, or the state folder cannot be used; said on stderr.
pub async fn take_turn(
    folder: &RunFolder,
    environments: impl IntoIterator<Item = &EnvironmentName>,
    patience: Patience,
) -> Result<Turn, Exit> {
    let mut locks = Vec::new();
    for environment in environments.into_iter().collect::<BTreeSet<_>>() {
        let opened = EnvironmentLock::of(folder, environment);
        let mut lock = opened.map_err(|error| {
            print::failure(&error, super::past::ELSEWHERE);
            Exit::Usage
        })?;
        if !lock.take() {
            let holder = lock.holder();
            match patience {
                Patience::None => return Err(refuse(environment, holder)),
                Patience::Wait => lock = wait(environment, lock, holder).await,
            }
        }
        locks.push(lock);
    }
    Ok(Turn { locks })
}

impl Turn {
    /// Lets others know which run has the turn.
    pub fn sign(&mut self, run: &RunId, operation: Operation, clock: Clock) {
        let (run, since) = (run.clone(), clock.now());
        let holder = Holder { run, operation, owner: owner(), since };
        self.locks.iter_mut().for_each(|lock| lock.sign(&holder));
    }
}

async fn wait(
    environment: &EnvironmentName,
    mut lock: EnvironmentLock,
    holder: Option<Holder>,
) -> EnvironmentLock {
    print::note(&format!("waiting: {}", works(environment, holder)));
    let waiting = tokio::task::spawn_blocking(move || {
        lock.wait();
        lock
    });
    waiting.await.expect("nobody ends a wait but with the program")
}

fn refuse(environment: &EnvironmentName, holder: Option<Holder>) -> Exit {
    print::note(&format!(
        "{}: nothing was touched\n  help: add --wait to begin once it ended",
        works(environment, holder)
    ));
    Exit::Refused
}

/// Says who has the turn.
fn works(environment: &EnvironmentName, holder: Option<Holder>) -> String {
    let Some(Holder { run, operation, owner, since }) = holder else {
        return format!("another run works on {environment}");
    };
    let lasting = Clock::System.now().duration_since(since).try_into().unwrap_or_default();
    format!(
        "run {run} works on {environment}: {} by {}, since {since:.0} ({})",
        operation.as_str(),
        who(&owner),
        spoken(lasting)
    )
}

/// Returns who carries out a run, in words.
pub fn who(owner: &Owner) -> String {
    let Owner { user, host, process } = owner;
    let of = if user.is_empty() { String::new() } else { format!(" of {user}") };
    format!("process {process}{of} on {host}")
}
