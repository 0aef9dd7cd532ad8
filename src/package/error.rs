//! Why something cannot be packed, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::foreign;

/// Why a file or folder cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Nothing stands there.
    #[error("`{}` does not exist", shown(.0))]
    Missing(PathBuf),
    /// It is a link that leads to nothing.
    #[error("`{}` is a link that leads to nothing", shown(.0))]
    Dangling(PathBuf),
    /// It is a folder, and a file is needed.
    #[error("`{}` is a folder, and a file is needed", shown(.0))]
    Folder(PathBuf),
    /// It is neither a file nor a folder.
    #[error("`{}` is {kind}, and only files and folders can be packed", shown(path))]
    Special {
        /// Where it stands.
        path: PathBuf,
        /// What it is, such as `a named pipe`.
        kind: &'static str,
    },
    /// Its name is not text.
    #[error("the name of `{}` is not UTF-8", shown(.0))]
    Name(PathBuf),
    /// Its path in the archive is longer than an archive can say.
    #[error("the path of `{}` is too long for a zip archive", shown(.0))]
    LongName(PathBuf),
    /// The folder holds no file.
    #[error("the folder `{}` holds no file", shown(.0))]
    Empty(PathBuf),
    /// A link leads back to a folder that it stands in.
    #[error("`{}` leads back to a folder that it stands in", shown(.0))]
    Loop(PathBuf),
    /// It leads out of the folder that nothing may lead out of.
    #[error("`{}` leads outside", shown(.0))]
    Outside(PathBuf),
    /// It is a link in the artifact of a pipeline, of which none is taken.
    #[error("`{}` is a link, and links in the artifact of a pipeline are left out", shown(.0))]
    Link(PathBuf),
    /// Somebody writes to it.
    #[error("`{}` changed while it was read", shown(.0))]
    Changed(PathBuf),
    /// It is a zip archive that cannot be read.
    #[error("`{}` begins as a zip archive and cannot be read as one", shown(.0))]
    Damaged(PathBuf),
    /// A folder has more files than are taken.
    #[error("the folder `{}` holds more than {most} files", shown(path))]
    TooMany {
        /// The folder that was named.
        path: PathBuf,
        /// How many are taken.
        most: usize,
    },
    /// It is more than S3 takes at once.
    #[error("`{}` comes to {bytes} bytes, and S3 takes 5 GiB at once", shown(path))]
    TooLarge {
        /// What was packed.
        path: PathBuf,
        /// How much it came to.
        bytes: u64,
    },
    /// It cannot be read.
    #[error("`{}` cannot be read: {source}", shown(path))]
    Unreadable {
        /// Where it stands.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was packed cannot be kept.
    #[error("`{}` cannot be packed: {source}", shown(path))]
    Unkept {
        /// What was packed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl PackError {
    /// Returns the error of what stands at a path and cannot be looked at or read.
    pub(super) fn of(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            _ => Self::Unreadable { path: path.to_owned(), source },
        }
    }

    /// Returns what to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing(_) => {
                "build it first, or mend the path: it is relative to the template's file"
            }
            Self::Dangling(_) | Self::Loop(_) => "take the link away, or mend it",
            Self::Folder(_) => "name the file",
            Self::Special { .. } | Self::Name(_) | Self::LongName(_) => {
                "take it out of the folder, or rename it"
            }
            Self::Empty(_) => "build it first, or name the folder that holds what is to be packed",
            Self::Outside(_) => "name what is part of the artifact",
            Self::Link(_) => "put what it leads to in its place",
            Self::Changed(_) => "run again once nothing writes to it any more",
            Self::Damaged(_) => "make the archive anew",
            Self::TooMany { .. } | Self::TooLarge { .. } => {
                "name a folder that holds only what is needed"
            }
            Self::Unreadable { .. } => "check the permissions of it and of the folders above it",
            Self::Unkept { .. } => {
                "make room in the folder of temporary files, or name another: `TMPDIR`"
            }
        }
    }
}

fn shown(path: &Path) -> String {
    foreign::path(path)
}
