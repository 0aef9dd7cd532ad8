//! Where journals stand.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Deserialize;

use crate::file::{Folder, How, NotOurs};
use crate::name::RunId;

/// How the files of journals end.
const EXTENSION: &str = "jsonl";

/// The folder of journals in a state folder.
const RUNS: &str = "runs";

/// All that stands in a state folder by our hand.
const OURS: [&str; 8] =
    [RUNS, "locks", "templates", "jobs", "sandbox", "inventory", "accounts", "sandbox-accounts"];

/// How much is read of a journal's first line: it holds every stack instance of the run.
const MOST_FIRST_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// How files end that say that a run goes on elsewhere.
const RUNNING: &str = ".running";

/// How folders end that stand there for a moment.
const DRAFT: &str = ".draft";

/// The folder of journals: `runs` in a state folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    state: PathBuf,
    runs: PathBuf,
}

/// A folder of journals that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the folder {path} cannot be used")]
pub struct FolderError {
    /// The folder or file that could not be made or read.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl RunFolder {
    /// Returns the folder of the journals in a state folder, there or not.
    pub fn of(state: &Path) -> Self {
        Self { state: state.to_owned(), runs: state.join(RUNS) }
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.runs
    }

    /// Returns the file of a run's journal, there or not.
    pub fn journal(&self, run: &RunId) -> PathBuf {
        self.runs.join(journal_name(run))
    }

    /// Returns the path of a folder beside that of the journals, there or not.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// Makes the folder if it is not there, for its owner only: outputs may be delicate.
    ///
    /// # Errors
    /// If it cannot be made, or is a link.
    pub fn make(&self) -> Result<(), FolderError> {
        self.made(RUNS).map(drop).map_err(|source| self.unusable(source))
    }

    /// Keeps a state folder out of version control, made if it is missing; one that holds other things
    /// as well is left as it is.
    ///
    /// # Errors
    /// If it cannot be made or written to.
    pub fn make_state(&self) -> Result<(), FolderError> {
        self.state().map(drop).map_err(|source| self.unusable(source))
    }

    fn state(&self) -> io::Result<(Folder, bool)> {
        let state = Folder::made(&self.state)?;
        let is_ours = |name: &str| OURS.contains(&name) || name.ends_with(DRAFT);
        // A folder of another user's may not take it.
        let is_ignored = state.ignore(is_ours).unwrap_or(false);
        Ok((state, is_ignored))
    }

    fn made(&self, name: &str) -> io::Result<Folder> {
        let (state, is_ignored) = self.state()?;
        let folder = state.made_inside(name)?;
        if !is_ignored {
            let _ = folder.ignore(|_| true);
        }
        Ok(folder)
    }

    /// Whether a process of this machine writes the journal of a run just now.
    pub fn is_written(&self, run: &RunId) -> bool {
        let journal = self.opened().and_then(|runs| runs.open(journal_name(run), How::Read));
        journal.is_ok_and(|journal| is_locked(&journal))
    }

    /// Whether a run goes on, here or elsewhere.
    pub fn is_running(&self, run: &RunId) -> bool {
        let journal = self.opened().and_then(|runs| runs.open(journal_name(run), How::Read));
        journal.is_ok_and(|journal| is_running(&self.journal(run), &journal))
    }

    /// Notes which runs go on elsewhere, as far as that is known: no others do.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn note_running(&self, runs: &BTreeSet<RunId>) -> io::Result<()> {
        let folder = self.opened()?;
        for name in folder.names()? {
            let run = name.to_str().and_then(|name| name.strip_suffix(RUNNING)?.parse().ok());
            if run.is_some_and(|run: RunId| !runs.contains(&run)) {
                folder.remove(name)?;
            }
        }
        for run in runs {
            let name = format!("{run}{RUNNING}");
            if !folder.holds(&name) {
                folder.replace_soon(name, b"")?;
            }
        }
        Ok(())
    }

    /// Returns what the file of a run's journal looks like; nothing if it has none.
    ///
    /// # Errors
    /// If what stands there is not ours.
    pub fn look(&self, run: &RunId) -> io::Result<Option<Metadata>> {
        match self.opened().and_then(|runs| runs.look(journal_name(run))) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the folder of the journals, which must be there.
    ///
    /// # Errors
    /// If it is missing, a link, or no folder.
    pub fn opened(&self) -> io::Result<Folder> {
        Folder::named(&self.state)?.inside(RUNS)
    }

    /// Returns a folder beside that of the journals, made if it is missing, for its owner only and out of
    /// version control.
    ///
    /// # Errors
    /// If it cannot be made, or is a link.
    pub fn make_beside(&self, name: &str) -> io::Result<Folder> {
        self.made(name)
    }

    /// Returns a folder beside that of the journals.
    ///
    /// # Errors
    /// If it is missing, a link, or no folder.
    pub fn open_beside(&self, name: &str) -> io::Result<Folder> {
        Folder::named(&self.state)?.inside(name)
    }

    /// Returns the runs whose journals stand here, newest first; none if there is no folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn runs(&self) -> Result<Vec<RunId>, FolderError> {
        let folder = match self.opened() {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.unusable(source)),
        };
        let names = folder.names().map_err(|source| self.unusable(source))?;
        let mut runs: Vec<(RunId, Option<SystemTime>)> = names
            .iter()
            .filter_map(|name| {
                let run = run_of(name)?;
                match folder.look(name) {
                    // A folder, a pipe or a link of such a name is none.
                    Err(error) if NotOurs::is_why(&error) => None,
                    found => Some((run, found.and_then(|found| found.modified()).ok())),
                }
            })
            .collect();
        runs.sort_by(|(one, _), (other, _)| other.second().cmp(one.second()));
        // Ids tell seconds. Of runs that began in the same one, their journals tell more; of those that do not, the
        // one that was written last counts as the last.
        for same in runs.chunk_by_mut(|(one, _), (other, _)| one.second() == other.second()) {
            if same.len() > 1 {
                same.sort_by_cached_key(|(run, written)| {
                    Reverse((began(&folder, run), *written, run.clone()))
                });
            }
        }
        Ok(runs.into_iter().map(|(run, _)| run).collect())
    }

    fn unusable(&self, source: io::Error) -> FolderError {
        FolderError { path: self.runs.clone(), source }
    }
}

/// Returns when a run began, by the first line of its journal.
fn began(folder: &Folder, run: &RunId) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Begun {
        at: Timestamp,
    }
    let file = folder.open(journal_name(run), How::Read).ok()?;
    let mut line = String::new();
    BufReader::new(file.take(MOST_FIRST_LINE_BYTES)).read_line(&mut line).ok()?;
    serde_json::from_str::<Begun>(&line).ok().map(|begun| begun.at)
}

/// Returns the name of a run's journal.
pub fn journal_name(run: &RunId) -> String {
    format!("{run}.{EXTENSION}")
}

/// Returns the name of the file with what stood before a run changed it.
pub fn before_name(run: &RunId) -> String {
    format!("{run}.before.{EXTENSION}")
}

/// Returns the name of the folder with what people ask of a run.
pub fn requests_name(run: &RunId) -> String {
    format!("{run}.requests")
}

/// Returns the name of the file with what a run was made of.
pub fn plan_name(run: &RunId) -> String {
    format!("{run}.plan.json")
}

/// Whether the run that writes a journal still goes on, here or elsewhere.
pub(super) fn is_running(path: &Path, journal: &File) -> bool {
    is_locked(journal) || path.with_extension(&RUNNING[1..]).symlink_metadata().is_ok()
}

/// Whether a process of this machine writes a journal.
fn is_locked(journal: &File) -> bool {
    match journal.try_lock_shared() {
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
        Ok(()) => {
            // Given back at once: the lock is the writer's.
            let _ = journal.unlock();
            false
        }
    }
}

/// Returns the run whose journal a file is, if its name says so.
pub(super) fn run_of(name: &OsStr) -> Option<RunId> {
    name.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()
}

/// Whether a file's name is that of a journal, whichever run it is of.
pub(super) fn is_journal_path(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension == EXTENSION)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_run_comes_first_and_other_files_are_no_runs() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        assert_eq!(folder.runs().expect("a missing folder has no runs"), []);
        folder.make().expect("it can be made");
        for name in
            ["20261123-155602-k3f9.jsonl", "20261124-010000-aaaa.jsonl", "notes.txt", "x.jsonl"]
        {
            fs::write(folder.path().join(name), "").expect("the folder takes files");
        }
        let runs = folder.runs().expect("it can be read");
        let runs: Vec<_> = runs.iter().map(RunId::as_str).collect();
        assert_eq!(runs, ["20261124-010000-aaaa", "20261123-155602-k3f9"]);
    }

    #[test]
    fn of_runs_that_began_in_one_second_the_last_one_written_comes_first() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for (name, written) in [("zzzz", 1), ("aaaa", 2), ("kkkk", 3)] {
            let path = folder.path().join(format!("20261123-155602-{name}.jsonl"));
            let file = fs::File::create(path).expect("the folder takes files");
            file.set_modified(at(written)).expect("its time can be set");
        }
        let runs = folder.runs().expect("it can be read");
        let ends: Vec<&str> = runs.iter().map(|run| &run.as_str()[16..]).collect();
        assert_eq!(ends, ["kkkk", "aaaa", "zzzz"]);
    }

    #[test]
    fn a_run_that_is_written_again_is_no_later_than_one_that_began_after_it() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for (name, began, written) in [("zzzz", ".1Z", 9), ("aaaa", ".25Z", 1)] {
            let path = folder.path().join(format!("20261123-155602-{name}.jsonl"));
            let line = format!("{{\"sequence\":1,\"at\":\"2026-11-23T15:56:02{began}\"}}\n");
            fs::write(&path, line).expect("the folder takes files");
            let file = fs::File::options().append(true).open(path).expect("it stands");
            file.set_modified(at(written)).expect("its time can be set");
        }
        let runs = folder.runs().expect("it can be read");
        let ends: Vec<&str> = runs.iter().map(|run| &run.as_str()[16..]).collect();
        assert_eq!(ends, ["aaaa", "zzzz"]);
    }

    #[test]
    fn what_is_made_is_its_owners_alone_and_stays_out_of_version_control() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a temporary folder");
        let state = home.path().join("a/.xdeploy");
        RunFolder::of(&state).make().expect("it can be made");
        for folder in [&state, &state.join("runs")] {
            let mode = fs::metadata(folder).expect("it stands").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
        assert_eq!(fs::read_to_string(state.join(".gitignore")).expect("it stands"), "*\n");
        assert!(!state.join("runs/.gitignore").exists());
    }

    #[test]
    fn a_state_folder_that_was_there_stays_out_of_version_control_unless_it_holds_other_things() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        fs::create_dir(state.path().join("sandbox")).expect("the folder takes folders");
        folder.make().expect("it can be made");
        folder.make().expect("it is made already");
        assert!(state.path().join(".gitignore").exists());
        assert!(!folder.path().join(".gitignore").exists());
        let shared = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(shared.path());
        fs::write(shared.path().join("main.rs"), "").expect("the folder takes files");
        folder.make().expect("it can be made");
        assert!(!shared.path().join(".gitignore").exists());
        assert!(folder.path().join(".gitignore").exists());
    }

    #[test]
    fn a_folder_that_others_could_look_into_is_theirs_no_more() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().expect("a temporary folder");
        let runs = state.path().join("runs");
        fs::create_dir(&runs).expect("the folder takes folders");
        fs::set_permissions(&runs, fs::Permissions::from_mode(0o755)).expect("it is ours");
        RunFolder::of(state.path()).make().expect("it can be made");
        let mode = fs::metadata(&runs).expect("it stands").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_link_in_the_folders_place_is_not_followed() {
        let (state, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
        std::os::unix::fs::symlink(other.path(), state.path().join("runs")).expect("linked");
        let folder = RunFolder::of(state.path());
        let error = folder.make().expect_err("it leads elsewhere");
        assert!(error.source.to_string().contains("symbolic link"), "{}", error.source);
        assert!(folder.runs().is_err(), "nothing is listed through it");
        assert_eq!(fs::read_dir(other.path()).expect("it stands").count(), 0);
    }

    #[test]
    fn a_file_in_the_folders_place_is_named() {
        let state = tempfile::tempdir().expect("a temporary folder");
        fs::write(state.path().join("runs"), "").expect("the folder takes files");
        let error = RunFolder::of(state.path()).make().expect_err("a file is no folder");
        assert!(error.to_string().ends_with("runs cannot be used"), "{error}");
    }
}
