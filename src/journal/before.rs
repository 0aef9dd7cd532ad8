//! What stood before a run changed it, kept beside its journal: all that is needed to go back.
//!
//! The stacks are lines of `RUN.before.jsonl`, their templates files named after their digests in
//! the state folder's `templates`, shared by all runs. All are readable by their owner only.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::RunFolder;
use crate::event::{Before, KeepBefore};
use crate::name::{InstanceId, RunId};

/// The templates of a state folder, by their digests.
#[derive(Clone, Debug)]
pub struct Templates {
    folder: PathBuf,
}

impl Templates {
    /// Returns the templates that are kept beside a folder of journals.
    pub fn of(folder: &RunFolder) -> Self {
        Self { folder: folder.beside("templates") }
    }

    /// Keeps a template, unless it is kept already.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self, digest: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(digest);
        if path.exists() {
            return Ok(());
        }
        super::folder::make_private(&self.folder)?;
        // Whole or not at all, whoever writes the same at the same time, in this process as well.
        let random = fastrand::u64(..);
        let draft = self.folder.join(format!("{digest}.{}-{random}", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        fs::rename(&draft, &path)
    }

    /// Returns the template whose digest is `digest`, or begins with it.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn read(&self, digest: &str) -> io::Result<String> {
        let exact = self.folder.join(digest);
        if exact.is_file() {
            return fs::read_to_string(exact);
        }
        let is_it = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(digest) && !name.contains('.')
        };
        match fs::read_dir(&self.folder)?.flatten().find(is_it) {
            Some(entry) => fs::read_to_string(entry.path()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Keeps what stood before, one after the other, until the run is over.
///
/// Whatever came meanwhile is made safe together.
pub async fn keep_befores(folder: RunFolder, run: RunId, mut incoming: mpsc::Receiver<KeepBefore>) {
    const MOST_AT_ONCE: usize = 256;
    let mut keeper = BeforeFile { folder, run, file: None };
    let mut batch = Vec::new();
    while incoming.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
        let kept = keeper.keep(&batch).map_err(|error| error.to_string());
        for KeepBefore { done, .. } in batch.drain(..) {
            // Whoever waited may have been left.
            let _ = done.send(kept.clone());
        }
    }
}

struct BeforeFile {
    folder: RunFolder,
    run: RunId,
    file: Option<File>,
}

impl BeforeFile {
    fn keep(&mut self, batch: &[KeepBefore]) -> io::Result<()> {
        let templates = Templates::of(&self.folder);
        let mut lines = Vec::new();
        for KeepBefore { before, template, .. } in batch {
            if let (Some(text), Some(digest)) = (template, &before.template) {
                templates.keep(digest, text)?;
            }
            serde_json::to_writer(&mut lines, before).expect("what stood before becomes JSON");
            lines.push(b'\n');
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let path = self.folder.before(&self.run);
                let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
                self.file.insert(file)
            }
        };
        file.write_all(&lines)?;
        file.sync_data()
    }
}

/// Reads what stood before a run changed it; of several notes of one stack instance the first.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_befores(folder: &RunFolder, run: &RunId) -> io::Result<BTreeMap<InstanceId, Before>> {
    let text = match fs::read_to_string(folder.before(run)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let mut befores = BTreeMap::new();
    // A last line that broke off belongs to a call that was not sent.
    for before in text.lines().filter_map(|line| serde_json::from_str::<Before>(line).ok()) {
        befores.entry(before.instance.clone()).or_insert(before);
    }
    Ok(befores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_process_keep_the_same_template_at_the_same_time() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let templates = Templates::of(&RunFolder::of(state.path()));
        let digests: Vec<String> = (0..40).map(|n| format!("{n:064}")).collect();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for digest in &digests {
                        templates.keep(digest, "Resources: {}").expect("it is kept");
                    }
                });
            }
        });
        assert_eq!(templates.read(&digests[7]).expect("it is there"), "Resources: {}");
        let left = fs::read_dir(state.path().join("templates")).expect("it stands").count();
        assert_eq!(left, digests.len(), "no draft is left");
    }
}
