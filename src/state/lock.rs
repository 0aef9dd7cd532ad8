//! One run at a time on an environment, from whichever machine: an object that its owner keeps writing anew.
//!
//! What who may do when is decided in [`lease`](super::lease). Who takes the lock of an owner that is not heard of any
//! more closes the runs of that one before it goes on: whatever it still writes of them is refused then.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::bucket::{StateBucket, StateError};
use super::lease::{BEAT, Claim, ClaimStep, FoundLock, LEASE, LOOKED_EVERY};
use super::lock_keeper::{LockCommand, LockKeeper};
use super::lock_object::{found, lock_name};
use crate::cloud::{PutOutcome, WriteCondition};
use crate::event::Lease;
use crate::journal::Holder;
use crate::name::EnvironmentName;

/// How long after an owner was last heard of it counts as alive without another look: a beat, and the way.
const LIVELY: Duration = Duration::from_secs(12);

/// What is done when somebody else has a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It is waited for.
    Waits,
    /// It is left, once it is known that its owner lives.
    Leaves,
}

/// Why a lock is not ours.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Somebody else has it.
    #[error("another run works on the environment")]
    Busy(Option<Box<Holder>>),
    /// It cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The lock of an environment, which is ours until this is dropped, or for as long as [`Self::lease`] says.
#[derive(Debug)]
pub struct StateLock {
    commands: mpsc::UnboundedSender<LockCommand>,
    lease: watch::Receiver<Lease>,
}

impl StateLock {
    /// Takes the lock of an environment; `busy` is asked what to do while somebody else has it. The task keeps it.
    ///
    /// # Errors
    /// If it is not ours in the end.
    pub async fn acquire(
        bucket: &StateBucket,
        environment: &EnvironmentName,
        mut busy: impl FnMut(Option<&Holder>) -> Patience,
    ) -> Result<(Self, JoinHandle<()>), ClaimError> {
        let name = lock_name(environment);
        let started = Instant::now();
        let (mut claim, mut patience, mut tags) = (Claim::default(), None, Vec::new());
        loop {
            let began = Instant::now();
            let (found, body, age) = found(bucket, &name).await?;
            let step = claim.on(found.clone(), began.duration_since(started));
            let condition = match &step {
                ClaimStep::Make => WriteCondition::Absent,
                ClaimStep::Take(etag) | ClaimStep::TakeOver(etag) => {
                    WriteCondition::Unchanged(etag)
                }
                ClaimStep::Busy(_) => {
                    let FoundLock::Held { etag, .. } = found else {
                        unreachable!("nobody has another")
                    };
                    if tags.last() != Some(&etag) {
                        tags.push(etag);
                    }
                    let holder = body.and_then(|body| body.holder);
                    let asked = || busy(holder.as_ref());
                    let is_alive = tags.len() > 1 || age.is_some_and(|age| age < LIVELY);
                    if *patience.get_or_insert_with(asked) == Patience::Leaves && is_alive {
                        return Err(ClaimError::Busy(holder.map(Box::new)));
                    }
                    sleep(pause(began.duration_since(started))).await;
                    continue;
                }
            };
            // It counts from before the write.
            let mut keeper = LockKeeper::taking(bucket, &name, body);
            match bucket.put(&name, keeper.json(), condition).await? {
                PutOutcome::Written(etag) => keeper.etag = etag,
                // Ours, if it is the answer that was lost.
                PutOutcome::Refused if keeper.finds_itself().await? => {}
                PutOutcome::Refused => continue,
            }
            if let Err(error) = keeper.close_others().await {
                keeper.give_back().await;
                return Err(error.into());
            }
            let (commands, asked) = mpsc::unbounded_channel();
            let (lease, task) = keeper.start(asked);
            return Ok((Self { commands, lease }, task));
        }
    }

    /// Lets others know which run has the lock, before anything of it is written.
    ///
    /// # Errors
    /// If it is ours no more, or cannot be written.
    pub async fn sign(&self, holder: Holder) -> Result<(), String> {
        let (done, signed) = oneshot::channel();
        let gone = || "the lock is gone".to_owned();
        self.commands.send(LockCommand::Sign(Box::new(holder), done)).map_err(|_| gone())?;
        signed.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Returns for how long it is ours, as that is known.
    pub fn lease(&self) -> watch::Receiver<Lease> {
        self.lease.clone()
    }
}

/// Returns how long after a look the next one follows, once so much was waited: as soon as a lock may be free at first,
/// and less often where another run takes its time.
fn pause(waited: Duration) -> Duration {
    if waited < LEASE + BEAT { LOOKED_EVERY } else { LOOKED_EVERY * 5 }
}
