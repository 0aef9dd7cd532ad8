//! What is small and written whole: the inventory of what runs made, and lists of accounts.
//!
//! Each is a file of the working copy and an object of the same name. The inventory is merged with what stands there;
//! of two lists of accounts the later one counts.

use std::collections::BTreeMap;
use std::io;

use super::bucket::StateError;
use super::working_copy::WorkingCopy;
use crate::cloud::{PutOutcome, WriteCondition};
use crate::journal::{self, RunFolder};

/// The folders whose files are small.
const FOLDERS: [&str; 2] = [INVENTORY, ACCOUNTS];

/// The folder whose file is merged.
const INVENTORY: &str = "inventory";

/// The folder and file in which is kept what was fetched last.
const FETCHED: (&str, &str) = ("fetched", "small.json");

/// The folder of lists of accounts.
pub(super) const ACCOUNTS: &str = "accounts";

/// How often the inventory is merged anew that somebody else writes at the same time.
const MOST_MERGES: usize = 8;

/// What was fetched of a file: the entity tag of its object, and the digest of its content.
type Known = BTreeMap<String, (String, String)>;

impl WorkingCopy {
    /// Brings small files here that others wrote.
    ///
    /// # Errors
    /// If one cannot be read there or written here.
    pub async fn fetch_small(&self) -> Result<(), StateError> {
        let mut known = known(&self.folder);
        for folder in FOLDERS {
            for entry in self.bucket.list(&format!("{folder}/")).await? {
                let is_known = known.get(&entry.key).is_some_and(|(etag, _)| *etag == entry.etag);
                let Some((_, name)) = entry.key.split_once('/').filter(|(_, name)| is_plain(name))
                else {
                    continue;
                };
                if is_known && self.folder.open_beside(folder).is_ok_and(|there| there.holds(name))
                {
                    continue;
                }
                let Some(stored) = self.bucket.read(&entry.key).await? else { continue };
                match folder {
                    INVENTORY => {
                        let text = String::from_utf8_lossy(&stored.content);
                        journal::merge_inventory(&self.folder, &text);
                    }
                    _ => {
                        let written = self.folder.make_beside(folder);
                        let written =
                            written.and_then(|there| there.replace_soon(name, &stored.content));
                        written.map_err(|error| self.bucket.unusable(error))?;
                    }
                }
                let digest = crate::file::digest(&stored.content);
                known.insert(entry.key, (stored.etag, digest));
            }
        }
        keep(&self.folder, &known).map_err(|error| self.bucket.unusable(error))
    }

    /// Writes small files that changed here since they were fetched.
    ///
    /// # Errors
    /// If one cannot be read here or written there.
    pub async fn put_small(&self) -> Result<(), StateError> {
        let unusable = |error| self.bucket.unusable(error);
        let mut known = known(&self.folder);
        for folder in FOLDERS {
            let there = match self.folder.open_beside(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                there => there.map_err(unusable)?,
            };
            for name in there.names().map_err(unusable)? {
                let Some(name) = name.to_str().filter(|name| is_plain(name)) else { continue };
                let Ok(text) = there.read_text(name) else { continue };
                let (key, digest) = (format!("{folder}/{name}"), crate::file::digest(&text));
                if known.get(&key).is_some_and(|(_, known)| *known == digest) {
                    continue;
                }
                let etag = match folder {
                    INVENTORY => self.put_inventory(&key).await?,
                    _ => match self.bucket.put(&key, text, WriteCondition::Any).await? {
                        PutOutcome::Written(etag) => etag,
                        PutOutcome::Refused => continue,
                    },
                };
                let digest = there.read_text(name).map(crate::file::digest).unwrap_or(digest);
                known.insert(key, (etag, digest));
            }
        }
        keep(&self.folder, &known).map_err(unusable)
    }

    /// Writes the inventory, merged with what others wrote meanwhile; returns its entity tag.
    async fn put_inventory(&self, key: &str) -> Result<String, StateError> {
        let unusable = |error| self.bucket.unusable(error);
        for _ in 0..MOST_MERGES {
            let there = self.bucket.read(key).await?;
            if let Some(there) = &there {
                journal::merge_inventory(&self.folder, &String::from_utf8_lossy(&there.content));
            }
            let name = key.split_once('/').map_or(key, |(_, name)| name);
            let folder = self.folder.open_beside(INVENTORY).map_err(unusable)?;
            let text = folder.read_text(name).map_err(unusable)?;
            let condition = match &there {
                Some(there) => WriteCondition::Unchanged(&there.etag),
                None => WriteCondition::Absent,
            };
            if let PutOutcome::Written(etag) = self.bucket.put(key, text, condition).await? {
                return Ok(etag);
            }
        }
        Err(self.bucket.broken(key, "others write it all the time"))
    }
}

/// Whether a name is a file's, and no way out of its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn known(folder: &RunFolder) -> Known {
    let read = || {
        let text = folder.open_beside(FETCHED.0)?.read_text(FETCHED.1)?;
        Ok::<Known, io::Error>(serde_json::from_str(&text)?)
    };
    // What cannot be read is fetched anew.
    read().unwrap_or_default()
}

fn keep(folder: &RunFolder, known: &Known) -> io::Result<()> {
    let text = serde_json::to_string(known).expect("texts become JSON");
    folder.make_beside(FETCHED.0)?.replace_soon(FETCHED.1, text.as_bytes())
}
