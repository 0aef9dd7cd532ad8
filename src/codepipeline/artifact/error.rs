//! Why an artifact is not unpacked, and the limits that it may not pass.

use std::io;

use zip::result::ZipError;

/// The most that an artifact holds while it is packed.
pub const MOST_PACKED_BYTES: u64 = 256 << 20;
/// The most that it holds once it is unpacked: what is found, not what it says of itself.
pub const MOST_UNPACKED_BYTES: u64 = 1 << 30;
/// The most files and folders that it holds.
pub const MOST_ENTRIES: usize = 50_000;
/// The longest name, folders included, in bytes.
pub const MOST_NAME_BYTES: usize = 512;
/// The most folders above a file.
pub const MOST_DEPTH: usize = 24;
/// The longest part of a name that file systems take, in bytes.
pub const MOST_PART_BYTES: usize = 255;

/// Why an artifact is not unpacked. What was unpacked until then is to be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// It is no zip archive, or a damaged one.
    #[error("the artifact is not a zip archive that can be read")]
    NotAZip(#[source] ZipError),
    /// A name that would lead outside.
    #[error(
        "the artifact holds `{name}`, which leads outside of the folder that it is unpacked to"
    )]
    Outside {
        /// As it stands in the archive.
        name: String,
    },
    /// One name stands for two things.
    #[error("the artifact holds `{name}` twice")]
    Twice {
        /// As it stands in the archive.
        name: String,
    },
    /// Two names that are one place.
    #[error("the artifact holds `{name}` beside `{other}`, which are one file: rename one")]
    Alike {
        /// As it stands in the archive.
        name: String,
        /// The one before.
        other: String,
    },
    /// Something below a link, which would lead elsewhere.
    #[error("the artifact holds `{name}` below `{link}`, which is a link")]
    BelowLink {
        /// As it stands in the archive.
        name: String,
        /// The name of the link above it.
        link: String,
    },
    /// A device, a pipe or a socket.
    #[error("the artifact holds `{name}`, which is neither a file nor a folder: leave it out")]
    Special {
        /// As it stands in the archive.
        name: String,
    },
    /// A name that no file can have.
    #[error("the artifact holds `{name}`, whose name is too long or lies too deep")]
    BadName {
        /// The start of it as it stands in the archive.
        name: String,
    },
    /// Something that needs a password.
    #[error("the artifact holds `{name}`, which is encrypted")]
    Encrypted {
        /// As it stands in the archive.
        name: String,
    },
    /// It grows beyond all bounds.
    #[error("the artifact holds more than {MOST_ENTRIES} entries, or more than {} MiB unpacked", MOST_UNPACKED_BYTES >> 20)]
    TooLarge,
    /// It cannot be written down.
    #[error("the artifact cannot be unpacked")]
    Unkept(#[from] io::Error),
}

/// Returns as much of a name as is shown.
pub fn start_of(name: &str) -> String {
    name.chars().take(80).collect()
}
