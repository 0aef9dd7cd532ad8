//! A run's turn: one run at a time changes an environment.

use std::collections::BTreeSet;

use super::owner::owner;
use crate::clock::Clock;
use crate::event::Operation;
use crate::journal::{EnvironmentLock, Holder, LockError, RunFolder};
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

/// Why it is not our turn.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Another run works on an environment.
    #[error("another run works on {environment}")]
    Busy {
        /// Which.
        environment: EnvironmentName,
        /// Which run, as far as that is written down yet.
        holder: Option<Box<Holder>>,
    },
    /// The state folder cannot be used.
    #[error(transparent)]
    Unusable(#[from] LockError),
}

impl Turn {
    /// Takes the turn on environments, in the order of their names: nobody who waits for one holds
    /// what a run that goes on still wants. `busy` is asked what to do where another run has it.
    ///
    /// # Errors
    /// When another run has it and is not waited for, or the state folder cannot be used.
    pub async fn take(
        folder: &RunFolder,
        environments: impl IntoIterator<Item = &EnvironmentName>,
        mut busy: impl FnMut(&EnvironmentName, Option<&Holder>) -> Patience,
    ) -> Result<Self, TurnError> {
        let mut locks = Vec::new();
        for environment in environments.into_iter().collect::<BTreeSet<_>>() {
            let mut lock = EnvironmentLock::of(folder, environment)?;
            if !lock.take() {
                let holder = lock.holder();
                match busy(environment, holder.as_ref()) {
                    Patience::Wait => lock = wait(lock).await,
                    Patience::None => {
                        let (environment, holder) = (environment.clone(), holder.map(Box::new));
                        return Err(TurnError::Busy { environment, holder });
                    }
                }
            }
            locks.push(lock);
        }
        Ok(Self { locks })
    }

    /// Lets others know which run has the turn.
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
