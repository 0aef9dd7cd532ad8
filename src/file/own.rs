//! What makes a file one of ours.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};

use crate::foreign;

/// Why a file or folder is not taken for one of ours. Nothing of it was read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// It leads elsewhere.
    #[error("{path} is a symbolic link, which is not followed there: remove it", path = foreign::path(path))]
    Link {
        /// Where it stands.
        path: PathBuf,
    },
    /// The same file stands elsewhere as well.
    #[error("{path} is a hard link, so that another file would change with it: remove it", path = foreign::path(path))]
    Names {
        /// Where it stands.
        path: PathBuf,
    },
    /// It is a pipe, a device, a socket, or a folder where a file is wanted, or the reverse.
    #[error("{path} is no {wanted}: remove it", path = foreign::path(path))]
    Kind {
        /// Where it stands.
        path: PathBuf,
        /// What is wanted there.
        wanted: &'static str,
    },
    /// It is another user's.
    #[error("{path} belongs to the user with the id {owner}: remove it, or run as that user", path = foreign::path(path))]
    Owner {
        /// Where it stands.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
}

impl NotOurs {
    /// Whether this is why something failed.
    pub fn is_why(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|error| error.is::<Self>())
    }
}

impl From<NotOurs> for io::Error {
    fn from(refused: NotOurs) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, refused)
    }
}

/// How everything is opened: through no link, without waiting for the other end of a pipe, and not for
/// programs that we start.
pub(super) const SAFELY: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Checks that an open file is a plain one of ours with one name.
///
/// What belongs to `folder`'s owner is as good as ours: that one could put anything there. So it is for the
/// superuser on somebody's checkout, and on network file systems that give all files one owner.
pub(super) fn check(file: &File, folder: &Metadata, path: &Path) -> io::Result<()> {
    let found = file.metadata()?;
    let path = || path.to_owned();
    if !found.is_file() {
        return Err(NotOurs::Kind { path: path(), wanted: "regular file" }.into());
    }
    let us = rustix::process::geteuid().as_raw();
    if ![us, folder.uid()].contains(&found.uid()) {
        return Err(NotOurs::Owner { path: path(), owner: found.uid() }.into());
    }
    // One that was removed meanwhile has no name any more, and is nobody else's.
    if found.nlink() > 1 {
        return Err(NotOurs::Names { path: path() }.into());
    }
    Ok(())
}

/// Takes away what others may do with a file or folder of ours.
pub(super) fn narrow(file: &File) -> io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    rustix::fs::fchmod(file, Mode::from_raw_mode(mode & 0o700)).map_err(Into::into)
}

/// Says why something cannot be opened, if it is not what is wanted there.
pub(super) fn why(
    folder: &File,
    name: &Path,
    path: &Path,
    wanted: &'static str,
    error: io::Error,
) -> io::Error {
    let found = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    match found.map(|found| kind(&found)) {
        Ok(FileType::Symlink) => NotOurs::Link { path: path.to_owned() }.into(),
        Ok(FileType::RegularFile) if wanted != "folder" => error,
        Ok(FileType::Directory) if wanted == "folder" => error,
        Ok(_) if error.kind() != io::ErrorKind::AlreadyExists => {
            NotOurs::Kind { path: path.to_owned(), wanted }.into()
        }
        _ => error,
    }
}

pub(super) fn kind(found: &Stat) -> FileType {
    FileType::from_raw_mode(found.st_mode)
}
