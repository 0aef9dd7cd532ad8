//! Where accounts are kept: in memory, or one JSON file each in a folder.
//!
//! Several processes may use one folder: a lock file admits one request at a time, and a request
//! reads again what another process wrote since. Each account is its own file, so that a request
//! costs the same with two accounts as with two thousand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::account::SandboxAccount;
use super::folder::{
    self, ORGANIZATION, OWNERS, Stamp, StoreError, account_file, content_file, stamp, take_lock,
};
use crate::clock::Clock;
use crate::file::Folder;
use crate::name::AccountId;
use crate::sandbox::cloudformation::StoredStack;
use crate::sandbox::organizations::Organization;

/// Who owns each bucket: bucket names are taken across all accounts.
pub type OwnersByBucket = BTreeMap<String, AccountId>;

/// The accounts a sandbox knows.
#[derive(Debug)]
pub struct Store {
    folder: Option<StoreFolder>,
    writer: String,
    accounts: BTreeMap<AccountId, Kept<SandboxAccount>>,
    owners: Kept<OwnersByBucket>,
    organization: Kept<Option<Organization>>,
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

/// The folder of a sandbox.
#[derive(Debug)]
struct StoreFolder {
    path: PathBuf,
    /// Opened anew for each request: it may be another one by then.
    folder: Folder,
}

/// Keeps other processes out of a state folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
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
        let place = StoreFolder { path: folder.to_owned(), folder: folder::open(folder)? };
        Ok(Self::kept_in(Some(place)))
    }

    fn kept_in(folder: Option<StoreFolder>) -> Self {
        Self {
            folder,
            writer: format!("{:032x}", fastrand::u128(..)),
            accounts: BTreeMap::new(),
            owners: Kept { value: OwnersByBucket::new(), read: None },
            organization: Kept { value: None, read: None },
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
    pub fn lock_folder(&mut self) -> Result<FolderLock, StoreError> {
        let Some(place) = &mut self.folder else { return Ok(FolderLock { _lock: None }) };
        place.folder = folder::open(&place.path)?;
        let (lock, last) = take_lock(&place.folder, &self.writer)?;
        if last != self.writer {
            self.accounts.clear();
            self.owners = Kept { value: OwnersByBucket::new(), read: None };
            self.organization = Kept { value: None, read: None };
        }
        Ok(FolderLock { _lock: Some(lock) })
    }

    /// Reads an account and the owners of buckets as they stand now; an account nobody used is
    /// empty.
    ///
    /// # Errors
    /// If a file is damaged or cannot be read.
    pub fn load(&mut self, id: &AccountId) -> Result<(), StoreError> {
        let folder = self.folder.as_ref().map(|place| &place.folder);
        refresh(folder, OWNERS, &mut self.owners, OwnersByBucket::new)?;
        let empty = || SandboxAccount::empty(id.clone());
        let kept =
            self.accounts.entry(id.clone()).or_insert_with(|| Kept { value: empty(), read: None });
        refresh(folder, &account_file(id), kept, empty)
    }

    /// Returns a loaded account to be read.
    pub fn account(&self, id: &AccountId) -> &SandboxAccount {
        &self.accounts.get(id).expect("the account was loaded").value
    }

    /// Returns a loaded account to be changed, and the owners of buckets.
    pub fn change(&mut self, id: &AccountId) -> (&mut SandboxAccount, &mut OwnersByBucket) {
        self.changed.insert(id.clone());
        self.owners_changed = true;
        let kept = self.accounts.get_mut(id).expect("the account was loaded");
        (&mut kept.value, &mut self.owners.value)
    }

    /// Works on a loaded account, and on the owners of buckets, while other accounts can be read.
    pub fn work_on<T>(
        &mut self,
        id: &AccountId,
        work: impl FnOnce(&mut SandboxAccount, &mut OwnersByBucket, &Self) -> T,
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
        stacks: BTreeMap<String, StoredStack>,
    ) -> BTreeMap<String, StoredStack> {
        let kept = self.accounts.get_mut(id).expect("the account was loaded");
        std::mem::replace(&mut kept.value.stacks, stacks)
    }

    /// Returns the current state of an account, loaded or not, if there is anything of it.
    pub fn peek(&self, id: &AccountId) -> Option<Cow<'_, SandboxAccount>> {
        let kept = self.accounts.get(id);
        let Some(StoreFolder { folder, .. }) = &self.folder else {
            return kept.map(|kept| Cow::Borrowed(&kept.value));
        };
        let name = account_file(id);
        let now = stamp(folder, &name).ok()??;
        match kept {
            Some(kept) if kept.read == Some(now) => Some(Cow::Borrowed(&kept.value)),
            _ => serde_json::from_slice(&folder.read(name).ok()?).ok().map(Cow::Owned),
        }
    }

    /// Reads the organization as it stands now.
    ///
    /// # Errors
    /// If its file is damaged or cannot be read.
    pub fn load_organization(&mut self) -> Result<(), StoreError> {
        let folder = self.folder.as_ref().map(|place| &place.folder);
        refresh(folder, ORGANIZATION, &mut self.organization, || None)
    }

    /// Returns the organization, if there is one and it was read.
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.value.as_ref()
    }

    /// Writes which organization there is.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub fn put_organization(&mut self, new: Organization) -> Result<(), StoreError> {
        self.organization.value = Some(new);
        let Some(StoreFolder { folder, .. }) = &self.folder else { return Ok(()) };
        let text = serde_json::to_vec_pretty(&self.organization.value);
        let text = text.expect("an organization is plain data");
        self.organization.read = folder::write(folder, ORGANIZATION, &text)?;
        Ok(())
    }

    /// Returns who owns a bucket.
    pub fn owner(&self, bucket: &str) -> Option<&AccountId> {
        self.owners.value.get(bucket)
    }

    /// Writes what was changed since the last time, by a clock that the machine's may be behind of.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn commit(&mut self, clock: &Clock) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        let owners_changed = std::mem::take(&mut self.owners_changed);
        let Some(StoreFolder { folder, .. }) = &self.folder else { return Ok(()) };
        if !changed.is_empty() && clock.is_ahead() {
            folder::keep_time(folder, clock.now())?;
        }
        for id in changed {
            let kept = self.accounts.get_mut(&id).expect("what was changed was loaded");
            let text = serde_json::to_vec(&kept.value).expect("an account is plain data");
            kept.read = folder::write(folder, &account_file(&id), &text)?;
        }
        if owners_changed {
            let text = serde_json::to_vec(&self.owners.value).expect("owners are plain data");
            // Nearly every change leaves the owners as they were.
            if folder.read(OWNERS).ok().as_deref() != Some(&text[..]) {
                self.owners.read = folder::write(folder, OWNERS, &text)?;
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
            Some(StoreFolder { folder, .. }) => {
                let (objects, name) = content_file(folder, bucket, key)?;
                folder::write(&objects, &name, &content)?;
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
            Some(StoreFolder { folder, .. }) => {
                let (objects, name) = content_file(folder, bucket, key)?;
                folder::read(&objects, &name).map(Bytes::from)
            }
        }
    }
}

/// Reads the file again unless it looks as it did when it was last read or written.
fn refresh<T: DeserializeOwned>(
    folder: Option<&Folder>,
    name: &str,
    kept: &mut Kept<T>,
    empty: impl Fn() -> T,
) -> Result<(), StoreError> {
    let Some(folder) = folder else { return Ok(()) };
    let now = stamp(folder, name)?;
    if now == kept.read {
        return Ok(());
    }
    kept.value = match now {
        None => empty(),
        Some(_) => {
            let text = folder::read(folder, name)?;
            let path = || folder.path().join(name);
            serde_json::from_slice(&text)
                .map_err(|source| StoreError::Damaged { path: path(), source })?
        }
    };
    kept.read = now;
    Ok(())
}
