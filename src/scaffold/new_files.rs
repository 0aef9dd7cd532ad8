//! New files: all that are missing are written or none, and none over another one.

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
    /// Whether one that is there is left as it is, whatever it says. One that says the same is in any case.
    pub may_stand: bool,
}

/// What became of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WrittenFiles {
    /// Those that are new.
    pub new: Vec<PathBuf>,
    /// Those that were there, and say something else.
    pub other: Vec<PathBuf>,
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

/// Writes new files into a folder, which is made if it is not there.
///
/// # Errors
/// If one is there already that may not stand, or one cannot be written; then none is written, and no folder is left that
/// was made for them.
pub fn write(folder: &Path, files: &[NewFile]) -> Result<WrittenFiles, NotWritten> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let (mut missing, mut in_the_way, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let path = folder.join(&file.path);
        let is_same = || fs::read(&path).is_ok_and(|text| text == file.text.as_bytes());
        match is_there(&path) {
            false => missing.push((path, file)),
            true if is_same() => {}
            true if file.may_stand => other.push(path),
            true => in_the_way.push(path),
        }
    }
    if !in_the_way.is_empty() {
        return Err(NotWritten::AlreadyThere(in_the_way));
    }
    let mut made = Made::default();
    for (path, file) in &missing {
        if let Err(source) = made.file(path, &file.text) {
            made.take_back();
            return Err(match source.kind() {
                io::ErrorKind::AlreadyExists if is_there(path) => {
                    NotWritten::AlreadyThere(vec![path.clone()])
                }
                _ => NotWritten::Refused { path: path.clone(), source },
            });
        }
    }
    Ok(WrittenFiles { new: missing.into_iter().map(|(path, _)| path).collect(), other })
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
        NewFile { path: path.into(), text: path.to_owned(), may_stand: path == "ours" }
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
    fn a_file_that_says_the_same_or_may_stand_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("b"), "b").expect("written");
        fs::write(path("ours"), "longer than this").expect("written");
        let written = write(folder.path(), &[file("a"), file("b"), file("ours")]);
        let expected = WrittenFiles { new: vec![path("a")], other: vec![path("ours")] };
        assert_eq!(written.expect("nothing is in the way"), expected);
        assert_eq!(fs::read_to_string(path("ours")).expect("it stands"), "longer than this");
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
