//! The locks of a run: one run at a time changes an environment.

use std::collections::BTreeSet;

use super::owner::owner;
use crate::clock::Clock;
use crate::event::{Fence, Operation};
use crate::journal::{EnvironmentLock, Holder, LockError};
use crate::name::{EnvironmentName, RunId};
use crate::state::{ClaimError, Patience, RunPlace, StateError, StateLock};

/// The locks of environments, which are ours until this is dropped.
pub struct EnvironmentLocks {
    locks: Vec<EnvironmentLock>,
    /// Those that keep out other machines as well, where the state is shared.
    shared: Vec<StateLock>,
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
    /// The state that is shared cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A lock was lost again before the run began.
    #[error("the lock cannot be kept: {0}")]
    Lost(String),
}

impl EnvironmentLocks {
    /// Locks environments, in the order of their names: nobody who waits for one lock holds what a run
    /// that goes on still wants. `busy` is asked what to do where another run holds it.
    ///
    /// # Errors
    /// When another run holds one and is not waited for, or the state cannot be used.
    pub async fn acquire(
        place: &RunPlace,
        environments: impl IntoIterator<Item = &EnvironmentName>,
        mut busy: impl FnMut(&EnvironmentName, Option<&Holder>) -> WhenLocked,
    ) -> Result<Self, LocksError> {
        let (mut locks, mut shared) = (Vec::new(), Vec::new());
        for environment in environments.into_iter().collect::<BTreeSet<_>>() {
            let mut lock = EnvironmentLock::of(place.folder(), environment)?;
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
            let Some(state) = place.shared() else { continue };
            let asked = |holder: Option<&Holder>| match busy(environment, holder) {
                WhenLocked::Wait => Patience::Waits,
                WhenLocked::Refuse => Patience::Leaves,
            };
            shared.push(state.lock(environment, asked).await.map_err(|error| match error {
                ClaimError::Busy(holder) => {
                    LocksError::Busy { environment: environment.clone(), holder }
                }
                ClaimError::State(error) => error.into(),
            })?);
        }
        Ok(Self { locks, shared })
    }

    /// Lets others know which run holds the locks, before anything of it is kept.
    ///
    /// # Errors
    /// When one of them is ours no more, or that cannot be written down where others look.
    pub async fn sign(
        &mut self,
        run: &RunId,
        operation: Operation,
        clock: Clock,
    ) -> Result<(), LocksError> {
        let (run, since) = (run.clone(), clock.now());
        let holder = Holder { run, operation, owner: owner(), since };
        self.locks.iter_mut().for_each(|lock| lock.sign(&holder));
        for lock in &self.shared {
            lock.sign(holder.clone()).await.map_err(LocksError::Lost)?;
        }
        Ok(())
    }

    /// Returns what stands before every change of a run that has these locks.
    pub fn fence(&self) -> Fence {
        Fence::of(self.shared.iter().map(StateLock::lease).collect())
    }
}

async fn wait(mut lock: EnvironmentLock) -> EnvironmentLock {
    let waiting = tokio::task::spawn_blocking(move || {
        lock.wait();
        lock
    });
    waiting.await.expect("nobody ends a wait but with the program")
}
