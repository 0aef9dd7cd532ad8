//! New files: all of them are written or none, and none over another one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::foreign;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Where, in the folder that all of them stand in.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// Files that were not written: nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// Some of them are there already.
    #[error("there is {} already", named(.0))]
    AlreadyThere(Vec<PathBuf>),
    /// One cannot be written.
    #[error("{} cannot be written", foreign::path(path))]
    Refused {
        /// The path of the file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn named(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| foreign::path(path)).collect::<Vec<_>>().join(", ")
}

/// Writes new files into a folder, which is made if it is not there, and returns their paths.
///
/// # Errors
/// If one is there already or cannot be written; then none is written, and no folder is left that was made for them.
pub fn write(folder: &Path, files: &[NewFile]) -> Result<Vec<PathBuf>, NotWritten> {
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
    let is_there = |path: &&PathBuf| fs::symlink_metadata(path).is_ok();
    let standing: Vec<PathBuf> = paths.iter().filter(is_there).cloned().collect();
    if !standing.is_empty() {
        return Err(NotWritten::AlreadyThere(standing));
    }
    let mut made = Made::default();
    for (path, file) in paths.iter().zip(files) {
        if let Err(source) = made.file(path, &file.text) {
            made.take_back();
            return Err(match source.kind() {
                io::ErrorKind::AlreadyExists if is_there(&path) => {
                    NotWritten::AlreadyThere(vec![path.clone()])
                }
                _ => NotWritten::Refused { path: path.clone(), source },
            });
        }
    }
    Ok(paths)
}

/// What was made so far, in its order.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        // Nothing that appeared meanwhile is written over, and no link is followed.
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent() {
            self.folder(above)?;
        }
        fs::create_dir(path)?;
        self.folders.push(path.to_owned());
        Ok(())
    }

    /// Deletes what was made. What cannot be deleted is left: there is nothing else to be done.
    fn take_back(self) {
        for file in self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> NewFile {
        NewFile { path: path.into(), text: path.to_owned() }
    }

    fn entries(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).expect("a folder");
        all.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_file_that_is_there_keeps_all_from_being_written() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("b"), "mine").expect("written");
        let refused = write(folder.path(), &[file("a"), file("b"), file("c/d")]);
        let text = refused.expect_err("b is there").to_string();
        assert!(text.contains("/b already"), "{text}");
        assert_eq!(entries(folder.path()), ["b"]);
    }

    #[test]
    fn what_cannot_be_written_takes_back_what_was() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("b"), "a file, no folder").expect("written");
        let refused = write(folder.path(), &[file("new/deep/a"), file("b/c")]);
        assert!(matches!(refused, Err(NotWritten::Refused { .. })), "{refused:?}");
        assert_eq!(entries(folder.path()), ["b"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join("a")).expect("linked");
        let refused = write(folder.path(), &[file("a")]);
        assert!(matches!(refused, Err(NotWritten::AlreadyThere(_))), "{refused:?}");
        assert!(!elsewhere.exists());
    }
}
