//! The locks of a run: one run at a time changes an environment.

use std::collections::BTreeSet;

use super::owner::owner;
use crate::clock::Clock;
use crate::event::Operation;
use crate::journal::{EnvironmentLock, Holder, LockError, RunFolder};
use crate::name::{EnvironmentName, RunId};

/// The locks of environments, which are ours until this is dropped.
pub struct EnvironmentLocks {
    locks: Vec<EnvironmentLock>,
}

/// What is done when another run holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenLocked {
    /// It is waited for.
    Wait,
    /// The run is refused.
    Refuse,
}

/// Why environments are not locked for us.
#[derive(Debug, thiserror::Error)]
pub enum LocksError {
    /// Another run works on an environment.
    #[error("another run works on {environment}")]
    Busy {
        /// Its name in the file.
        environment: EnvironmentName,
        /// The run that works on it, as far as that is written down yet.
        holder: Option<Box<Holder>>,
    },
    /// The state folder cannot be used.
    #[error(transparent)]
    Unusable(#[from] LockError),
}

impl EnvironmentLocks {
    /// Locks environments, in the order of their names: nobody who waits for one lock holds what a run
    /// that goes on still wants. `busy` is asked what to do where another run holds it.
    ///
    /// # Errors
    /// When another run holds one and is not waited for, or the state folder cannot be used.
    pub async fn acquire(
        folder: &RunFolder,
        environments: impl IntoIterator<Item = &EnvironmentName>,
        mut busy: impl FnMut(&EnvironmentName, Option<&Holder>) -> WhenLocked,
    ) -> Result<Self, LocksError> {
        let mut locks = Vec::new();
        for environment in environments.into_iter().collect::<BTreeSet<_>>() {
            let mut lock = EnvironmentLock::of(folder, environment)?;
            if !lock.take() {
                let holder = lock.holder();
                match busy(environment, holder.as_ref()) {
                    WhenLocked::Wait => lock = wait(lock).await,
                    WhenLocked::Refuse => {
                        let (environment, holder) = (environment.clone(), holder.map(Box::new));
                        return Err(LocksError::Busy { environment, holder });
                    }
                }
            }
            locks.push(lock);
        }
        Ok(Self { locks })
    }

    /// Lets others know which run holds the locks.
    pub fn sign(&mut self, run: &RunId, operation: Operation, clock: Clock) {
        let (run, since) = (run.clone(), clock.now());
        let holder = Holder { run, operation, owner: owner(), since };
        self.locks.iter_mut().for_each(|lock| lock.sign(&holder));
    }
}

async fn wait(mut lock: EnvironmentLock) -> EnvironmentLock {
    let waiting = tokio::task::spawn_blocking(move || {
        lock.wait();
        lock
    });
    waiting.await.expect("nobody ends a wait but with the program")
}
