//! Where journals stand.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::name::RunId;

/// How the files of journals end.
const EXTENSION: &str = "jsonl";

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
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl RunFolder {
    /// Returns the folder of the journals in a state folder, there or not.
    pub fn of(state: &Path) -> Self {
        Self { state: state.to_owned(), runs: state.join("runs") }
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.runs
    }

    /// Returns the file of a run's journal, there or not.
    pub fn journal(&self, run: &RunId) -> PathBuf {
        self.runs.join(format!("{run}.{EXTENSION}"))
    }

    /// Returns the file of what stood before a run changed it, there or not.
    pub fn before(&self, run: &RunId) -> PathBuf {
        self.runs.join(format!("{run}.before.{EXTENSION}"))
    }

    /// Returns a folder beside that of the journals, there or not.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// Makes the folder if it is not there, for its owner only: outputs may be delicate.
    ///
    /// The outermost folder that is made of the two keeps itself out of version control; one that
    /// was there before is left as it is.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make(&self) -> Result<(), FolderError> {
        for folder in [&self.state, &self.runs] {
            if folder.is_dir() {
                continue;
            }
            make_private(&self.runs).map_err(|source| self.unusable(source))?;
            let ignore = fs::write(folder.join(".gitignore"), "*\n");
            return ignore.map_err(|source| self.unusable(source));
        }
        Ok(())
    }

    /// Returns the runs whose journals stand here, newest first; none if there is no folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn runs(&self) -> Result<Vec<RunId>, FolderError> {
        let entries = match fs::read_dir(&self.runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.unusable(source)),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut runs: Vec<(RunId, Option<SystemTime>)> = paths
            .filter_map(|path| {
                let written = fs::metadata(&path).and_then(|found| found.modified()).ok();
                Some((run_of(&path)?, written))
            })
            .collect();
        // Ids tell seconds; of two runs that began in the same one, the one that was written last.
        runs.sort_by(|(one, one_at), (other, other_at)| {
            (other.second(), other_at, other).cmp(&(one.second(), one_at, one))
        });
        Ok(runs.into_iter().map(|(run, _)| run).collect())
    }

    fn unusable(&self, source: io::Error) -> FolderError {
        FolderError { path: self.runs.clone(), source }
    }
}

/// Returns the run whose journal a file is, if its name says so.
fn run_of(file: &Path) -> Option<RunId> {
    let is_journal = file.extension().is_some_and(|extension| extension == EXTENSION);
    // A folder or a pipe of such a name is none.
    let is_file = is_journal && fs::metadata(file).is_ok_and(|found| found.is_file());
    is_file.then(|| file.file_stem()?.to_str()?.parse().ok()).flatten()
}

/// Makes a folder, and those above it that are missing, for its owner only.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether a file's name is that of a journal, whichever run it is of.
pub(super) fn is_journal_path(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension == EXTENSION)
}

#[cfg(test)]
mod tests {
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
    fn a_state_folder_that_was_there_is_left_as_it_is() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        folder.make().expect("it is made already");
        assert!(!state.path().join(".gitignore").exists());
        assert!(folder.path().join(".gitignore").exists());
    }

    #[test]
    fn a_file_in_the_folders_place_is_named() {
        let state = tempfile::tempdir().expect("a temporary folder");
        fs::write(state.path().join("runs"), "").expect("the folder takes files");
        let error = RunFolder::of(state.path()).make().expect_err("a file is no folder");
        assert!(error.to_string().ends_with("runs cannot be used"), "{error}");
    }
}
