//! Files that a person named: reports, logs, the AWS config. A link there is theirs and is followed; a
//! file keeps the mode that it has, and a new one is its owner's only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::folder::{Folder, draft_name};
use super::own::NotOurs;

/// Where a text goes.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteTarget {
    /// A file, there or not, which is replaced as a whole.
    File(PathBuf),
    /// A pipe or a device, which is written to.
    Stream(PathBuf),
}

impl WriteTarget {
    /// Returns what a path means for a text that is written there.
    ///
    /// # Errors
    /// If it is a folder, another user's link, or cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        // What stands there may lead to a file that is somebody's stdout: never replaced, only added to.
        if ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder)) {
            return Ok(Self::Stream(path.to_owned()));
        }
        match fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(Self::File(followed(path)?)),
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => Ok(Self::Stream(followed(path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::File(path.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// Checks that it can be written, and leaves nothing behind.
    ///
    /// # Errors
    /// If it cannot.
    pub fn check(&self) -> io::Result<()> {
        match self {
            Self::File(path) => {
                let (folder, _) = parts(path)?;
                let draft = draft_name();
                folder.open(&draft, super::How::New)?;
                folder.remove(draft)
            }
            Self::Stream(path) => stream(path).map(drop),
        }
    }

    /// Writes a whole file or nothing: readers see the old text or the new one. A stream is added to.
    ///
    /// # Errors
    /// If it cannot be written; a file is as it was then.
    pub fn write(&self, text: &str) -> io::Result<()> {
        match self {
            Self::File(path) => replace(path, text),
            Self::Stream(path) => stream(path)?.write_all(text.as_bytes()),
        }
    }
}

/// Replaces a file as a whole, to last; what stood there keeps its mode, a new one is its owner's only.
///
/// # Errors
/// If it cannot be written; then it is as it was.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let (folder, name) = parts(path)?;
    let standing = fs::metadata(path).map(|found| found.permissions()).ok();
    folder.replace_by(name, |file| {
        if let Some(permissions) = standing {
            file.set_permissions(permissions)?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })
}

/// Returns the text of a plain file.
///
/// # Errors
/// If it cannot be read, is no plain file or no text.
pub fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Opens a plain file to be read: nothing that could let us wait for ever.
///
/// # Errors
/// If it cannot be opened, or is no plain file.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(NotOurs::Kind { path: path.to_owned(), wanted: "regular file" }.into()),
    }
}

/// Opens a file, a pipe or a device that lines are added to; a new file is its owner's only.
///
/// # Errors
/// If it cannot be opened, or is another user's link.
pub fn append(path: &Path) -> io::Result<File> {
    let path = if path.is_symlink() { followed(path)? } else { path.to_owned() };
    opened(OpenOptions::new().create(true).append(true).mode(0o600), &path)
}

fn stream(path: &Path) -> io::Result<File> {
    opened(OpenOptions::new().append(true), path)
}

/// Opens without waiting for a pipe's reader; what is written then may be waited for.
fn opened(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
    let flags = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Returns where a path leads. A link that another user planted, the superuser aside, leads nowhere.
///
/// # Errors
/// If it is such a link, or leads nowhere.
pub fn followed(path: &Path) -> io::Result<PathBuf> {
    let link = fs::symlink_metadata(path)?;
    let is_theirs = ![0, rustix::process::geteuid().as_raw()].contains(&link.uid());
    if link.is_symlink() && is_theirs {
        return Err(NotOurs::Owner { path: path.to_owned(), owner: link.uid() }.into());
    }
    fs::canonicalize(path)
}

fn parts(path: &Path) -> io::Result<(Folder, &Path)> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    Ok((Folder::named(path.parent().unwrap_or(Path::new(".")))?, Path::new(name)))
}
