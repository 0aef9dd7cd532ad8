//! State that a team shares: a place in a bucket, and its working copy on this machine.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::bucket::{StateBucket, StateError, at_once};
use super::lock::{ClaimError, Patience, StateLock};
use super::lock_object::{self, LockView};
use super::mirror::{RunMirror, digests_in};
use super::run_objects::all_runs;
use super::templates;
use super::working_copy::WorkingCopy;
use crate::journal::{Holder, RunFolder, before_name, plan_name};
use crate::name::{EnvironmentName, RunId, S3Place};

/// How long is waited at the end of a command for what it still has to give back.
const SETTLED_WITHIN: Duration = Duration::from_secs(15);

/// How often is looked for what others ask of a run.
const HEARD_EVERY: Duration = Duration::from_secs(2);

/// How many of the newest runs are brought here.
pub const NEWEST: usize = 50;

/// State that a team shares. Cloning it is cheap; clones share everything.
#[derive(Clone, Debug)]
pub struct SharedState {
    copy: WorkingCopy,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl SharedState {
    /// Returns the state in a place of a bucket, with a folder of this machine as its working copy.
    pub fn new(bucket: StateBucket, folder: RunFolder) -> Self {
        Self { copy: WorkingCopy { bucket, folder }, tasks: Arc::default() }
    }

    /// Returns the place.
    pub fn place(&self) -> &S3Place {
        self.copy.bucket.place()
    }

    /// Returns the bucket.
    pub fn bucket(&self) -> &StateBucket {
        &self.copy.bucket
    }

    /// Returns the working copy.
    pub fn folder(&self) -> &RunFolder {
        &self.copy.folder
    }

    /// Brings the newest runs here and what else others wrote, and returns how many older runs there are.
    ///
    /// # Errors
    /// If something cannot be read there or written here.
    pub async fn refresh(&self, newest: usize) -> Result<usize, StateError> {
        let unusable = |error| self.copy.bucket.unusable(error);
        self.copy.folder.make().map_err(|error| unusable(error.source))?;
        self.copy.fetch_small().await?;
        let runs = all_runs(&self.copy.bucket).await?;
        for here in self.copy.folder.runs().map_err(|error| unusable(error.source))? {
            if !runs.contains_key(&here) && !self.copy.folder.is_written(&here) {
                self.copy.forget(&here).map_err(unusable)?;
            }
        }
        let mut newest_first: Vec<_> = runs.into_iter().collect();
        newest_first.sort_by(|(one, _), (other, _)| other.second().cmp(one.second()));
        let older = newest_first.len().saturating_sub(newest);
        newest_first.truncate(newest);
        let copy = &self.copy;
        at_once(newest_first, |(run, objects)| {
            async move {
                match copy.fetch_of(&run, objects).await {
                    // One run that is damaged is told as such, and hides no other.
                    Err(error @ StateError::Broken { .. }) => {
                        tracing::warn!(%error, %run, "a run cannot be read");
                        copy.mark_damaged(&run).map_err(|error| copy.bucket.unusable(error))
                    }
                    fetched => fetched,
                }
            }
            .boxed()
        })
        .await?;
        self.note_running().await?;
        Ok(older)
    }

    /// Brings one run here, with the templates that its changes go back to.
    ///
    /// # Errors
    /// If something cannot be read there or written here.
    pub async fn fetch(&self, run: &RunId) -> Result<(), StateError> {
        self.copy.fetch(run).await?;
        self.note_running().await?;
        let unusable = |error| self.copy.bucket.unusable(error);
        let runs = self.copy.folder.opened().map_err(unusable)?;
        let mut digests = BTreeSet::new();
        for name in [plan_name(run), before_name(run)] {
            digests.extend(runs.read(name).map(|text| digests_in(&text)).unwrap_or_default());
        }
        templates::fetch(&self.copy, digests).await
    }

    /// Brings a run here as it goes on, and whether it does.
    ///
    /// # Errors
    /// If something cannot be read there or written here.
    pub async fn follow(&self, run: &RunId) -> Result<(), StateError> {
        // First: who has let go of the lock has written all.
        self.note_running().await?;
        self.copy.fetch(run).await
    }

    /// Sends what was asked of a run here to whoever carries it out.
    ///
    /// # Errors
    /// If it cannot be written there.
    pub async fn send_requests(&self, run: &RunId) -> Result<(), StateError> {
        if self.copy.folder.is_written(run) {
            return Ok(());
        }
        self.copy.send_requests(run).await
    }

    /// Brings here, for as long as this is waited for, what is asked of a run on other machines.
    pub async fn hear(&self, run: &RunId) {
        loop {
            sleep(HEARD_EVERY).await;
            if let Err(error) = self.copy.fetch_requests(run).await {
                tracing::warn!(%error, %run, "what is asked of the run elsewhere is not heard");
            }
        }
    }

    /// Brings every run here, with the templates that their changes go back to.
    ///
    /// # Errors
    /// If something cannot be read there or written here.
    pub async fn fetch_all(&self) -> Result<(), StateError> {
        self.refresh(usize::MAX).await?;
        for run in self.runs_that_begin("").await? {
            self.fetch(&run).await?;
        }
        Ok(())
    }

    /// Returns the runs whose ids begin so, whether they are here or not.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn runs_that_begin(&self, start: &str) -> Result<Vec<RunId>, StateError> {
        let runs = all_runs(&self.copy.bucket).await?.into_keys();
        Ok(runs.filter(|run| run.as_str().starts_with(start)).collect())
    }

    /// Returns who has which lock.
    ///
    /// # Errors
    /// If one cannot be read.
    pub async fn locks(&self) -> Result<Vec<LockView>, StateError> {
        let mut held = Vec::new();
        for entry in self.copy.bucket.list("locks/").await? {
            match lock_object::look(&self.copy.bucket, &entry.key).await {
                // It is told to who wants it.
                Err(error @ StateError::Broken { .. }) => {
                    tracing::warn!(%error, name = entry.key, "a lock cannot be read");
                }
                looked => held.extend(looked?),
            }
        }
        Ok(held)
    }

    /// Notes in the working copy which runs go on elsewhere.
    async fn note_running(&self) -> Result<(), StateError> {
        let held = self.locks().await?;
        let alive = held.into_iter().filter(|lock| !lock.is_gone).filter_map(|lock| lock.holder);
        let runs: BTreeSet<RunId> = alive.map(|holder| holder.run).collect();
        self.copy.folder.note_running(&runs).map_err(|error| self.copy.bucket.unusable(error))
    }

    /// Takes the lock of an environment; `busy` is asked what to do while somebody else has it.
    ///
    /// # Errors
    /// If it is not ours in the end.
    pub async fn lock(
        &self,
        environment: &EnvironmentName,
        busy: impl FnMut(Option<&Holder>) -> Patience,
    ) -> Result<StateLock, ClaimError> {
        let (lock, task) = StateLock::acquire(&self.copy.bucket, environment, busy).await?;
        self.tasks.lock().expect("no holder panics").push(task);
        Ok(lock)
    }

    /// Returns what writes a run to the bucket that begins, or goes on, in the working copy.
    ///
    /// # Errors
    /// If what it was made of cannot be written.
    pub async fn mirror(&self, run: &RunId) -> Result<RunMirror, StateError> {
        RunMirror::begin(self.copy.clone(), run.clone()).await
    }

    /// Writes what is small and changed here: the inventory, and lists of accounts.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn put_small(&self) -> Result<(), StateError> {
        self.copy.put_small().await
    }

    /// Waits until locks that are no longer needed are given back, for a while.
    pub async fn settle(&self) {
        let tasks: Vec<_> = self.tasks.lock().expect("no holder panics").drain(..).collect();
        let all = futures::future::join_all(tasks);
        if timeout(SETTLED_WITHIN, all).await.is_err() {
            tracing::warn!("a lock is not given back: it ends by itself");
        }
    }
}
