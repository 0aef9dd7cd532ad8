//! A file that others write as well: read whole, replaced at once or not at all.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::file::named;
use crate::foreign;

/// The AWS config or credentials file.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
}

/// A file that cannot be read or replaced; it is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = foreign::path(path))]
pub struct ConfigError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Returns where one of the AWS files stands: where `variable` says, in which `~` is HOME, else
/// `.aws/name` in HOME.
pub fn home_file(
    variable: &str,
    name: &str,
    env: impl Fn(&str) -> Option<PathBuf>,
) -> Option<PathBuf> {
    let Some(path) = env(variable) else { return Some(env("HOME")?.join(".aws").join(name)) };
    match path.strip_prefix("~") {
        Ok(rest) => Some(env("HOME")?.join(rest)),
        Err(_) => Some(path),
    }
}

impl ConfigFile {
    /// Returns the file at `path`; where that is a link, the file it leads to.
    pub fn at(path: &Path) -> Self {
        Self { path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) }
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its text; a file that is not there is empty.
    ///
    /// # Errors
    /// If it cannot be read, or is not text.
    pub fn read(&self) -> Result<String, ConfigError> {
        match named::read(&self.path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Replaces its text by what `change` makes of it, with the mode it has; a new file is its
    /// owner's only.
    ///
    /// Programs of ours that change files of one folder at the same time wait for each other, so that
    /// none loses what another wrote. The new text is complete on disk beside the old one before it
    /// takes its place.
    ///
    /// # Errors
    /// What `change` objects to, or that the file cannot be read or written; then it is as it was.
    pub fn change<E: From<ConfigError>>(
        &self,
        change: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<(), E> {
        let _ours = self.lock().map_err(|source| self.failed(source))?;
        let text = change(&self.read()?)?;
        named::replace(&self.path, &text).map_err(|source| self.failed(source))?;
        Ok(())
    }

    /// Locks the file's folder until what is returned is dropped: the file itself is another one
    /// after each change.
    fn lock(&self) -> io::Result<File> {
        let folder = self.folder();
        make_folder(folder)?;
        let folder = File::open(folder)?;
        // Some network file systems have no locks; there, the last one wins.
        let _ = folder.lock();
        Ok(folder)
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn failed(&self, source: io::Error) -> ConfigError {
        ConfigError { path: self.path.clone(), source }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder.mode(0o700);
    builder.create(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    fn write(path: &Path, text: &str) {
        let changed: Result<(), ConfigError> = ConfigFile::at(path).change(|_| Ok(text.to_owned()));
        changed.expect("written");
    }

    #[test]
    fn changes_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials");
        let add = |number: usize| {
            let changed: Result<(), ConfigError> =
                ConfigFile::at(&path).change(|text| Ok(format!("{text}{number}\n")));
            changed.expect("written");
        };
        std::thread::scope(|scope| {
            (0..8).for_each(|number| drop(scope.spawn(move || add(number))));
        });
        assert_eq!(fs::read_to_string(&path).expect("read").lines().count(), 8);
    }

    #[test]
    fn a_new_file_is_its_owners_only_and_an_old_one_keeps_its_mode() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".aws/credentials");
        write(&path, "a");
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        write(&path, "b");
        assert_eq!(mode(&path), 0o640);
        assert_eq!(ConfigFile::at(&path).read().expect("read"), "b");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").expect("written");
        std::os::unix::fs::symlink(&real, &link).expect("linked");
        write(&link, "new");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(fs::read_to_string(&real).expect("read"), "new");
    }
}
