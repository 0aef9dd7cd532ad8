//! The files of a sandbox's state folder: one per account, the owners of buckets, objects, a lock.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use crate::error_chain::with_causes;
use crate::file::{self, Folder, How};
use crate::name::AccountId;

/// What a file looked like: when it was written, and how long it is.
pub type Stamp = (SystemTime, u64);

/// A state folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder that cannot be read or written.
    #[error("{path} cannot be used")]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file that holds something else than the sandbox wrote.
    #[error("its file {path} is damaged")]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What was found in it.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Returns what helps, where the sandbox itself has something that does.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Damaged { .. } => {
                Some("`xdeploy sandbox reset` starts anew: nothing that stands in it is left")
            }
            Self::Unusable { .. } => None,
        }
    }

    /// Returns what is wrong as whoever asked the sandbox for something is told, with its causes and what helps.
    pub fn told(&self) -> String {
        let told = with_causes(self);
        self.remedy().map_or_else(|| told.clone(), |remedy| format!("{told}; {remedy}"))
    }
}

/// The lock file.
const LOCK: &str = "lock";
/// The file with the owners of buckets.
pub const OWNERS: &str = "buckets.json";
/// The file with the organization.
pub const ORGANIZATION: &str = "organization.json";
/// The file with the time that the sandbox has reached, if it was ever ahead of the machine's.
const TIME: &str = "time.json";
/// The folder of objects, with a folder for each bucket.
const OBJECTS: &str = "objects";

/// Opens a sandbox's folder, made if it is missing; only its owner reads it: stacks may hold secrets.
///
/// # Errors
/// If it cannot be made, or is a link.
pub fn open(path: &Path) -> Result<Folder, StoreError> {
    let open = || match (path.parent(), path.file_name()) {
        (Some(state), Some(name)) => Folder::made(state)?.made_inside(name),
        _ => Folder::made(path),
    };
    open().map_err(|error| unusable(path, error))
}

/// Returns the accounts whose files stand in a folder, in order.
///
/// # Errors
/// If the folder cannot be read; a missing one holds no accounts.
pub fn accounts_in(path: &Path) -> Result<Vec<AccountId>, StoreError> {
    match Folder::named(path) {
        Ok(folder) => accounts(&folder).map_err(|error| unusable(path, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unusable(path, error)),
    }
}

fn accounts(folder: &Folder) -> io::Result<Vec<AccountId>> {
    let account = |name: std::ffi::OsString| name.to_str()?.strip_suffix(".json")?.parse().ok();
    Ok(folder.names()?.into_iter().filter_map(account).collect())
}

/// Returns the time that the sandbox in a folder has reached, if it was ever ahead of the machine's.
///
/// # Errors
/// If its file is damaged or cannot be read.
pub fn time_reached(path: &Path) -> Result<Option<Timestamp>, StoreError> {
    match Folder::named(path) {
        Ok(folder) => time_kept(&folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&path.join(TIME), error)),
    }
}

fn time_kept(folder: &Folder) -> Result<Option<Timestamp>, StoreError> {
    let file = || folder.path().join(TIME);
    match folder.read(TIME) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|source| StoreError::Damaged { path: file(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&file(), error)),
    }
}

/// Keeps the time that the sandbox has reached, for whoever opens it next: where another process got further, that
/// counts.
///
/// # Errors
/// If its file cannot be written.
pub fn keep_time(folder: &Folder, reached: Timestamp) -> Result<(), StoreError> {
    if matches!(time_kept(folder), Ok(Some(kept)) if kept >= reached) {
        return Ok(());
    }
    let text = serde_json::to_vec(&reached).expect("a timestamp is plain data");
    write(folder, TIME, &text).map(drop)
}

/// Removes all that a sandbox keeps in a folder, damaged or not, and nothing else; returns the time that it goes on
/// from, where that lies after `now`: what the journals of runs tell must not lie in its future.
///
/// # Errors
/// If something cannot be removed.
pub fn reset(path: &Path, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let folder = match Folder::named(path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, error)),
    };
    let accounts = accounts(&folder).map_err(|error| unusable(path, error))?;
    let reached = time_kept(&folder).ok().flatten().filter(|reached| *reached > now);
    let files = accounts.iter().map(account_file);
    let time = reached.is_none().then_some(TIME);
    for name in files.chain([OWNERS, ORGANIZATION, LOCK].into_iter().chain(time).map(str::to_owned))
    {
        match folder.remove(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unusable(&path.join(name), error));
            }
            _ => {}
        }
    }
    folder.remove_folder(OBJECTS).map_err(|error| unusable(&path.join(OBJECTS), error))?;
    Ok(reached)
}

/// Locks the folder, writes down who has it now and returns who had it before.
///
/// # Errors
/// If the lock file cannot be made, locked or written.
pub fn take_lock(folder: &Folder, writer: &str) -> Result<(File, String), StoreError> {
    let take = || {
        let mut lock = folder.open(LOCK, How::Edit)?;
        lock.lock()?;
        let mut last = String::new();
        lock.read_to_string(&mut last)?;
        if last != writer {
            lock.set_len(0)?;
            lock.rewind()?;
            lock.write_all(writer.as_bytes())?;
        }
        Ok((lock, last))
    };
    take().map_err(|error| unusable(&folder.path().join(LOCK), error))
}

/// Returns the name of an account's file.
pub fn account_file(id: &AccountId) -> String {
    format!("{id}.json")
}

/// Returns the folder of a bucket's objects, and the name of the file with an object's content.
///
/// # Errors
/// If the folder cannot be made.
pub fn content_file(
    folder: &Folder,
    bucket: &str,
    key: &str,
) -> Result<(Folder, String), StoreError> {
    let objects = folder.made_inside(OBJECTS).and_then(|objects| objects.made_inside(bucket));
    let path = || folder.path().join(OBJECTS).join(bucket);
    Ok((objects.map_err(|error| unusable(&path(), error))?, file::digest(key)))
}

/// Returns what a file looks like, or nothing if it is missing.
///
/// # Errors
/// If that cannot be told.
pub fn stamp(folder: &Folder, name: &str) -> Result<Option<Stamp>, StoreError> {
    match folder.look(name).and_then(|found| Ok((found.modified()?, found.len()))) {
        Ok(stamp) => Ok(Some(stamp)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&folder.path().join(name), error)),
    }
}

/// Returns the content of a file.
///
/// # Errors
/// If it cannot be read.
pub fn read(folder: &Folder, name: &str) -> Result<Vec<u8>, StoreError> {
    folder.read(name).map_err(|error| unusable(&folder.path().join(name), error))
}

/// Writes a whole file or nothing: readers see the old text or the new one.
///
/// # Errors
/// If it cannot be written.
pub fn write(folder: &Folder, name: &str, text: &[u8]) -> Result<Option<Stamp>, StoreError> {
    let written = folder.replace_soon(name, text);
    written.map_err(|error| unusable(&folder.path().join(name), error))?;
    stamp(folder, name)
}

/// Says that a file or folder cannot be used.
pub fn unusable(path: &Path, source: io::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_was_reached_never_goes_back() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let path = state.path().join("sandbox");
        let folder = open(&path).expect("it can be made");
        let at = |second| Timestamp::from_second(second).expect("a timestamp");
        let reached = || time_reached(&path).expect("it can be read");
        assert_eq!(reached(), None);
        for (kept, then) in [(50, 50), (40, 50), (60, 60)] {
            keep_time(&folder, at(kept)).expect("the folder takes files");
            assert_eq!(reached(), Some(at(then)));
        }
        assert_eq!(reset(&path, at(59)).expect("it can be emptied"), Some(at(60)));
        assert_eq!(reached(), Some(at(60)));
        assert_eq!(reset(&path, at(60)).expect("it can be emptied"), None);
        assert_eq!(reached(), None);
        write(&folder, TIME, b"{").expect("the folder takes files");
        assert_eq!(reset(&path, at(0)).expect("damage is removed"), None);
        assert_eq!(reached(), None);
    }
}
