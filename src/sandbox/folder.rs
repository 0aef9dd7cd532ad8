//! The files of a sandbox's state folder: one per account, the owners of buckets, objects, a lock.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::name::AccountId;

/// What a file looked like: when it was written, and how long it is.
pub type Stamp = (SystemTime, u64);

/// A state folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder that cannot be read or written.
    #[error("the sandbox cannot use {path}: {source}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that holds something else than the sandbox wrote.
    #[error("the sandbox's file {path} is damaged ({source}); `xdeploy sandbox reset` starts anew")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What was found in it.
        source: serde_json::Error,
    },
}

/// Makes a state folder that only its owner reads: stacks may hold secrets.
///
/// # Errors
/// If it cannot be made.
pub fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Returns the accounts whose files stand in `folder`, in order.
///
/// # Errors
/// If the folder cannot be read; a missing one holds no accounts.
pub fn accounts_in(folder: &Path) -> Result<Vec<AccountId>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(folder, error)),
    };
    let mut accounts: Vec<AccountId> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok())
        .collect();
    accounts.sort();
    Ok(accounts)
}

/// Removes all that a sandbox keeps in `folder`, damaged or not, and nothing else.
///
/// # Errors
/// If something cannot be removed.
pub fn reset(folder: &Path) -> Result<(), StoreError> {
    for account in accounts_in(folder)? {
        let path = account_path(folder, &account);
        fs::remove_file(&path).map_err(|error| unusable(&path, error))?;
    }
    let ignore_missing = |path: &Path, result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, error)),
        _ => Ok(()),
    };
    let owners = folder.join("buckets.json");
    ignore_missing(&owners, fs::remove_file(&owners))?;
    let objects = folder.join("objects");
    ignore_missing(&objects, fs::remove_dir_all(&objects))?;
    let lock = folder.join("lock");
    ignore_missing(&lock, fs::remove_file(&lock))
}

/// Locks the file, writes who has it now and returns who had it before.
///
/// # Errors
/// If the file cannot be made, locked or written.
pub fn take_lock(path: &Path, writer: &str) -> io::Result<(File, String)> {
    let mut lock =
        File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    lock.lock()?;
    let mut last = String::new();
    lock.read_to_string(&mut last)?;
    if last != writer {
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(writer.as_bytes())?;
    }
    Ok((lock, last))
}

/// Returns the file of an account.
pub fn account_path(folder: &Path, id: &AccountId) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// Returns the file of an object's content.
pub fn content_path(folder: &Path, bucket: &str, key: &str) -> PathBuf {
    let digest = Sha256::digest(key);
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join("objects").join(bucket).join(name)
}

/// Returns what a file looks like, or nothing if it is missing.
///
/// # Errors
/// If that cannot be told.
pub fn stamp(path: &Path) -> Result<Option<Stamp>, StoreError> {
    match fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len()))) {
        Ok(stamp) => Ok(Some(stamp)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, error)),
    }
}

/// Writes a whole file or nothing: readers see the old text or the new one.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, text: &[u8]) -> Result<Option<Stamp>, StoreError> {
    let draft = path.with_extension("draft");
    File::create(&draft)
        .and_then(|mut file| file.write_all(text))
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|error| unusable(path, error))?;
    stamp(path)
}

/// Says that a file or folder cannot be used.
pub fn unusable(path: &Path, source: io::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), source }
}
