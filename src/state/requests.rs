//! What people ask of a run from other machines: files that they leave in their working copy go to the bucket, and from
//! there into the working copy of who carries the run out.

use std::io;

use super::bucket::StateError;
use super::working_copy::WorkingCopy;
use crate::cloud::WriteCondition;
use crate::file::Folder;
use crate::journal::requests_name;
use crate::name::RunId;

/// The most bytes of a request.
const MOST_BYTES: usize = 64 * 1024;

impl WorkingCopy {
    /// Sends what was left here to whoever carries the run out.
    ///
    /// # Errors
    /// If it cannot be read here or written there.
    pub async fn send_requests(&self, run: &RunId) -> Result<(), StateError> {
        let unusable = |error| self.bucket.unusable(error);
        let Some(folder) = self.requests(run).map_err(unusable)? else { return Ok(()) };
        for name in folder.names().map_err(unusable)? {
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let content = match folder.read(name) {
                // A run of this machine has taken it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                content => content.map_err(unusable)?,
            };
            self.bucket.put(&key(run, name), content, WriteCondition::Any).await?;
            let _ = folder.remove(name);
        }
        Ok(())
    }

    /// Brings here what was asked on other machines, once.
    ///
    /// # Errors
    /// If it cannot be read there or written here.
    pub async fn fetch_requests(&self, run: &RunId) -> Result<(), StateError> {
        let unusable = |error| self.bucket.unusable(error);
        let start = key(run, "");
        for entry in self.bucket.list(&start).await? {
            let name = &entry.key[start.len()..];
            let stored = self.bucket.read(&entry.key).await?;
            // Whatever it is, it is not heeded twice.
            self.bucket.delete(&entry.key).await?;
            let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
            if let Some(stored) = stored.filter(|it| is_plain && it.content.len() <= MOST_BYTES) {
                let runs = self.folder.opened().map_err(unusable)?;
                let folder = runs.made_inside(requests_name(run)).map_err(unusable)?;
                folder.replace(name, &stored.content).map_err(unusable)?;
            }
        }
        Ok(())
    }

    fn requests(&self, run: &RunId) -> io::Result<Option<Folder>> {
        match self.folder.opened().and_then(|runs| runs.inside(requests_name(run))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            folder => folder.map(Some),
        }
    }
}

fn key(run: &RunId, name: &str) -> String {
    format!("runs/{run}/requests/{name}")
}
