//! One run at a time on an environment: a lock file for each, held for as long as a run goes on.
//!
//! The system lets go of a lock when the process that holds it ends, however it ends: one that was
//! left behind holds nobody up. Some network file systems have no locks: there, every run counts as
//! the only one.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunFolder;
use crate::event::{Operation, Owner};
use crate::file::How;
use crate::name::{EnvironmentName, RunId};

/// The folder of locks in a state folder.
const LOCKS: &str = "locks";

/// The lock of one environment; what it holds is let go when it is dropped.
#[derive(Debug)]
pub struct EnvironmentLock {
    file: File,
    is_held: bool,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run that it is held for.
    pub run: RunId,
    /// What the run does.
    pub operation: Operation,
    /// Who carries it out.
    pub owner: Owner,
    /// When the lock was taken, by the holder's clock.
    pub since: Timestamp,
}

/// A lock file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the lock {path} cannot be used")]
pub struct LockError {
    /// The file of the lock.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl EnvironmentLock {
    /// Returns the lock of an environment in a state folder that is there, not held yet.
    ///
    /// # Errors
    /// If its file cannot be opened, or is not ours: what it holds is as it was.
    pub fn of(folder: &RunFolder, environment: &EnvironmentName) -> Result<Self, LockError> {
        let locks = folder.make_beside(LOCKS);
        match locks.and_then(|locks| locks.open(environment.as_str(), How::Edit)) {
            Ok(file) => Ok(Self { file, is_held: false }),
            Err(source) => {
                Err(LockError { path: folder.beside(LOCKS).join(environment.as_str()), source })
            }
        }
    }

    /// Takes the lock unless somebody else holds it, and returns whether it is ours now.
    pub fn take(&mut self) -> bool {
        match self.file.try_lock() {
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Error(error)) => has_no_locks(&error),
            Ok(()) => {}
        }
        self.hold();
        true
    }

    /// Waits until nobody else holds the lock, and takes it. Blocks the thread.
    pub fn wait(&mut self) {
        loop {
            match self.file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => has_no_locks(&error),
                Ok(()) => {}
            }
            return self.hold();
        }
    }

    /// Writes down who holds the lock. One that cannot be written holds all the same.
    pub fn sign(&mut self, holder: &Holder) {
        let text = serde_json::to_string(holder).expect("names and times become JSON");
        self.clear();
        if let Err(error) = self.file.rewind().and_then(|()| writeln!(self.file, "{text}")) {
            tracing::warn!(%error, "the lock does not say who holds it");
        }
    }

    /// Returns who holds the lock, as far as that is written down yet.
    pub fn holder(&mut self) -> Option<Holder> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        self.file.read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Nobody is to be told of who held it before.
    fn hold(&mut self) {
        self.is_held = true;
        self.clear();
    }

    fn clear(&mut self) {
        if let Err(error) = self.file.set_len(0) {
            tracing::warn!(%error, "the lock still names who held it before");
        }
    }
}

impl Drop for EnvironmentLock {
    fn drop(&mut self) {
        // The file stays: whoever waits for the lock waits for this very file.
        if self.is_held {
            self.clear();
        }
    }
}

fn has_no_locks(error: &io::Error) {
    tracing::warn!(%error, "the state folder has no locks: other runs are not kept out");
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn state() -> (tempfile::TempDir, RunFolder, EnvironmentName) {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        (state, folder, "prod".parse().expect("a name"))
    }

    fn holder() -> Holder {
        let owner = Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        Holder { run, operation: Operation::Apply, owner, since: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn who_comes_second_is_told_who_holds_it_until_that_one_lets_go() {
        let (_state, folder, prod) = state();
        let lock = || EnvironmentLock::of(&folder, &prod).expect("it can be opened");
        let (mut first, mut second) = (lock(), lock());
        assert!(first.take());
        assert!(!second.take());
        assert_eq!(second.holder(), None, "not written yet");
        first.sign(&holder());
        assert_eq!(second.holder(), Some(holder()));
        drop(first);
        assert_eq!(second.holder(), None);
        assert!(second.take());
    }

    #[test]
    fn what_a_dead_holder_left_is_forgotten() {
        let (_state, folder, prod) = state();
        let mut lock = EnvironmentLock::of(&folder, &prod).expect("it can be opened");
        lock.sign(&Holder { operation: Operation::Destroy, ..holder() });
        assert!(lock.take());
        assert_eq!(lock.holder(), None);
        lock.sign(&holder());
        assert_eq!(lock.holder(), Some(holder()));
    }

    #[test]
    fn who_waits_gets_it_when_the_first_lets_go() {
        let (_state, folder, prod) = state();
        let lock = || EnvironmentLock::of(&folder, &prod).expect("it can be opened");
        let (mut first, mut second) = (lock(), lock());
        assert!(first.take());
        let waiting = std::thread::spawn(move || {
            second.wait();
            second.sign(&holder());
            second
        });
        drop(first);
        let mut second = waiting.join().expect("it ends");
        assert_eq!(second.holder(), Some(holder()));
    }

    #[test]
    fn each_environment_has_its_own_and_its_owner_alone_reads_it() {
        let (state, folder, prod) = state();
        let mut first = EnvironmentLock::of(&folder, &prod).expect("it can be opened");
        let test = "test".parse().expect("a name");
        let mut second = EnvironmentLock::of(&folder, &test).expect("it can be opened");
        assert!(first.take() && second.take());
        let file = std::fs::metadata(state.path().join("locks/prod")).expect("it stands");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
