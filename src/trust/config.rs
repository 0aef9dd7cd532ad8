//! A file that others write as well: read whole, replaced at once or not at all.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::file::named;
use crate::foreign;

/// The AWS config or credentials file.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
}

/// What others than its owner may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They may read it.
    Read,
    /// Change it, and so say which programs are started for keys.
    Change,
}

/// A file that cannot be read or replaced; it is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = foreign::path(path))]
pub struct ConfigError {
    /// The path of the file.
    pub path: PathBuf,
    /// What the system says.
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
    /// Returns the file at `path`; where that is a link of the user's own, the file it leads to.
    ///
    /// # Errors
    /// If it is another user's link, or cannot be looked at.
    pub fn at(path: &Path) -> Result<Self, ConfigError> {
        match named::followed(path) {
            Ok(path) => Ok(Self { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { path: path.to_owned() })
            }
            Err(source) => Err(ConfigError { path: path.to_owned(), source }),
        }
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

    /// Returns what others may do with it, and the mode that lets them; `None` if nothing.
    pub fn open_to_others(&self) -> Option<(Others, u32)> {
        let mode = fs::metadata(&self.path).ok()?.mode() & 0o777;
        match mode & 0o077 {
            0 => None,
            rights if rights & 0o022 == 0 => Some((Others::Read, mode)),
            _ => Some((Others::Change, mode)),
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

    fn file(path: &Path) -> ConfigFile {
        ConfigFile::at(path).expect("it can be looked at")
    }

    fn write(path: &Path, text: &str) {
        let changed: Result<(), ConfigError> = file(path).change(|_| Ok(text.to_owned()));
        changed.expect("written");
    }

    #[test]
    fn changes_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials");
        let add = |number: usize| {
            let changed: Result<(), ConfigError> =
                file(&path).change(|text| Ok(format!("{text}{number}\n")));
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
        assert_eq!(file(&path).read().expect("read"), "b");
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

    #[test]
    fn another_users_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").expect("written");
        std::os::unix::fs::symlink(&real, &link).expect("linked");
        // Only the superuser can give a link away; for everybody else it stays their own.
        if std::os::unix::fs::lchown(&link, Some(12345), None).is_ok() {
            let refused = ConfigFile::at(&link).expect_err("it is another user's").to_string();
            assert!(refused.contains("12345"), "{refused}");
        } else {
            assert_eq!(file(&link).path(), fs::canonicalize(&real).expect("it is there"));
        }
    }

    #[test]
    fn what_others_may_do_with_a_file_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials");
        assert_eq!(file(&path).open_to_others(), None);
        fs::write(&path, "").expect("written");
        for (mode, may) in [
            (0o600, None),
            (0o400, None),
            (0o640, Some(Others::Read)),
            (0o644, Some(Others::Read)),
            (0o620, Some(Others::Change)),
            (0o666, Some(Others::Change)),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            assert_eq!(file(&path).open_to_others(), may.map(|may| (may, mode)), "{mode:o}");
        }
    }
}
