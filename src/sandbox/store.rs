//! Where accounts are kept: in memory, or one JSON file each in a folder.
//!
//! Several processes may use one folder: a lock file admits one request at a time, and a request
//! reads again what another process wrote since. Each account is its own file, so that a request
//! costs the same with two accounts as with two thousand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::account::Account;
use super::cloudformation::Stack;
use super::folder::{
    self, Stamp, StoreError, account_path, content_path, stamp, take_lock, unusable, write,
};
use crate::name::AccountId;

/// Who owns each bucket: bucket names are taken across all accounts.
pub type Owners = BTreeMap<String, AccountId>;

/// The accounts a sandbox knows.
#[derive(Debug)]
pub struct Store {
    folder: Option<PathBuf>,
    writer: String,
    accounts: BTreeMap<AccountId, Kept<Account>>,
    owners: Kept<Owners>,
    contents: BTreeMap<(String, String), Bytes>,
    changed: BTreeSet<AccountId>,
    owners_changed: bool,
}

/// Something read from a file, and what the file looked like then.
#[derive(Debug)]
struct Kept<T> {
    value: T,
    read: Option<Stamp>,
}

/// Keeps other processes out of a state folder until it is dropped.
#[derive(Debug)]
pub struct Admission {
    _lock: Option<File>,
}

impl Store {
    /// Returns a store that lasts as long as the program.
    pub fn in_memory() -> Self {
        Self::kept_in(None)
    }

    /// Returns a store in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        folder::make(folder).map_err(|error| unusable(folder, error))?;
        Ok(Self::kept_in(Some(folder.to_owned())))
    }

    fn kept_in(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            writer: format!("{:032x}", fastrand::u128(..)),
            accounts: BTreeMap::new(),
            owners: Kept { value: Owners::new(), read: None },
            contents: BTreeMap::new(),
            changed: BTreeSet::new(),
            owners_changed: false,
        }
    }

    /// Waits until no other process uses the folder, and keeps the others out.
    ///
    /// The lock file tells who was admitted last. If that was somebody else, nothing that was read
    /// before counts any more: two writes may fall into one tick of the file system's clock.
    ///
    /// # Errors
    /// If the lock file cannot be used.
    pub fn admit(&mut self) -> Result<Admission, StoreError> {
        let Some(folder) = &self.folder else { return Ok(Admission { _lock: None }) };
        let path = folder.join("lock");
        let (lock, last) = folder::make(folder)
            .and_then(|()| take_lock(&path, &self.writer))
            .map_err(|error| unusable(&path, error))?;
        if last != self.writer {
            self.accounts.clear();
            self.owners = Kept { value: Owners::new(), read: None };
        }
        Ok(Admission { _lock: Some(lock) })
    }

    /// Reads an account and the owners of buckets as they stand now; an account nobody used is
    /// empty.
    ///
    /// # Errors
    /// If a file is damaged or cannot be read.
    pub fn load(&mut self, id: &AccountId) -> Result<(), StoreError> {
        let folder = self.folder.as_deref();
        let owners = folder.map(|folder| folder.join("buckets.json"));
        refresh(owners.as_deref(), &mut self.owners, Owners::new)?;
        let path = folder.map(|folder| account_path(folder, id));
        let empty = || Account::empty(id.clone());
        let kept =
            self.accounts.entry(id.clone()).or_insert_with(|| Kept { value: empty(), read: None });
        refresh(path.as_deref(), kept, empty)
    }

    /// Returns a loaded account to be read.
    pub fn account(&self, id: &AccountId) -> &Account {
        &self.accounts.get(id).expect("the account was loaded").value
    }

    /// Returns a loaded account to be changed, and the owners of buckets.
    pub fn change(&mut self, id: &AccountId) -> (&mut Account, &mut Owners) {
        self.changed.insert(id.clone());
        self.owners_changed = true;
        let kept = self.accounts.get_mut(id).expect("the account was loaded");
        (&mut kept.value, &mut self.owners.value)
    }

    /// Works on a loaded account, and on the owners of buckets, while other accounts can be read.
    pub fn work_on<T>(
        &mut self,
        id: &AccountId,
        work: impl FnOnce(&mut Account, &mut Owners, &Self) -> T,
    ) -> T {
        self.changed.insert(id.clone());
        self.owners_changed = true;
        let mut kept = self.accounts.remove(id).expect("the account was loaded");
        let mut owners = std::mem::take(&mut self.owners.value);
        let result = work(&mut kept.value, &mut owners, self);
        self.owners.value = owners;
        self.accounts.insert(id.clone(), kept);
        result
    }

    /// Lets a loaded account show other stacks, which is no change of it, and returns its own.
    pub fn exchange_stacks(
        &mut self,
        id: &AccountId,
        stacks: BTreeMap<String, Stack>,
    ) -> BTreeMap<String, Stack> {
        let kept = self.accounts.get_mut(id).expect("the account was loaded");
        std::mem::replace(&mut kept.value.stacks, stacks)
    }

    /// Returns an account as it stands now, loaded or not, if there is anything of it.
    pub fn peek(&self, id: &AccountId) -> Option<Cow<'_, Account>> {
        let kept = self.accounts.get(id);
        let Some(folder) = &self.folder else { return kept.map(|kept| Cow::Borrowed(&kept.value)) };
        let path = account_path(folder, id);
        let now = stamp(&path).ok()??;
        match kept {
            Some(kept) if kept.read == Some(now) => Some(Cow::Borrowed(&kept.value)),
            _ => serde_json::from_slice(&fs::read(path).ok()?).ok().map(Cow::Owned),
        }
    }

    /// Returns who owns a bucket.
    pub fn owner(&self, bucket: &str) -> Option<&AccountId> {
        self.owners.value.get(bucket)
    }

    /// Writes what was changed since the last time.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        let owners_changed = std::mem::take(&mut self.owners_changed);
        let Some(folder) = &self.folder else { return Ok(()) };
        for id in changed {
            let kept = self.accounts.get_mut(&id).expect("what was changed was loaded");
            let text = serde_json::to_vec(&kept.value).expect("an account is plain data");
            kept.read = write(&account_path(folder, &id), &text)?;
        }
        if owners_changed {
            let text = serde_json::to_vec(&self.owners.value).expect("owners are plain data");
            let path = folder.join("buckets.json");
            // Nearly every change leaves the owners as they were.
            if fs::read(&path).ok().as_deref() != Some(&text[..]) {
                self.owners.read = write(&path, &text)?;
            }
        }
        Ok(())
    }

    /// Keeps the content of an object.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub fn put_content(
        &mut self,
        bucket: &str,
        key: &str,
        content: Bytes,
    ) -> Result<(), StoreError> {
        match &self.folder {
            None => {
                self.contents.insert((bucket.to_owned(), key.to_owned()), content);
            }
            Some(folder) => {
                let path = content_path(folder, bucket, key);
                let parent = path.parent().expect("an object's file stands in a folder");
                fs::create_dir_all(parent).map_err(|error| unusable(parent, error))?;
                write(&path, &content)?;
            }
        }
        Ok(())
    }

    /// Returns the content of an object that an account lists.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn content(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        match &self.folder {
            None => Ok(self
                .contents
                .get(&(bucket.to_owned(), key.to_owned()))
                .cloned()
                .unwrap_or_default()),
            Some(folder) => {
                let path = content_path(folder, bucket, key);
                fs::read(&path).map(Bytes::from).map_err(|error| unusable(&path, error))
            }
        }
    }
}

/// Reads the file again unless it looks as it did when it was last read or written.
fn refresh<T: DeserializeOwned>(
    path: Option<&Path>,
    kept: &mut Kept<T>,
    empty: impl Fn() -> T,
) -> Result<(), StoreError> {
    let Some(path) = path else { return Ok(()) };
    let now = stamp(path)?;
    if now == kept.read {
        return Ok(());
    }
    kept.value = match now {
        None => empty(),
        Some(_) => {
            let text = fs::read(path).map_err(|error| unusable(path, error))?;
            serde_json::from_slice(&text)
                .map_err(|source| StoreError::Damaged { path: path.to_owned(), source })?
        }
    };
    kept.read = now;
    Ok(())
}
