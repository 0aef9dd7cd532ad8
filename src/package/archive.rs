//! Zip archives whose bytes depend on nothing but the names, the contents and which files may be started.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::error::PackError;
use super::listing::{Boundary, ListedFile};
use super::reading::read_whole;

/// What files may be in an archive: Lambda starts code as a user who owns nothing, so that all must be
/// readable by everybody.
const PLAIN: u32 = 0o644;
const EXECUTABLE: u32 = 0o755;

/// Files of this size and more need records of 64 bits.
const LARGE: u64 = u32::MAX as u64;

/// How every archive begins, but for those that another program stands in front of.
const START: &[u8] = b"PK\x03\x04";

/// Writes an archive of files, in their order, over what `to` holds.
///
/// # Errors
/// If one cannot be read, changes meanwhile, or there is no room.
pub(super) fn write(
    packed: &Path,
    files: &[ListedFile],
    boundary: &Boundary,
    to: &File,
) -> Result<(), PackError> {
    let unkept = |source: io::Error| PackError::Unkept { path: packed.to_owned(), source };
    let zip_failed = |error: zip::result::ZipError| unkept(error.into());
    to.set_len(0).map_err(unkept)?;
    let mut to = BufWriter::new(to);
    to.rewind().map_err(unkept)?;
    let mut archive = ZipWriter::new(to);
    for ListedFile { name, path, is_executable } in files {
        let length = boundary.look(path)?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if *is_executable { EXECUTABLE } else { PLAIN })
            .large_file(length >= LARGE);
        archive.start_file(name.as_str(), options).map_err(zip_failed)?;
        read_whole(path, |chunk| archive.write_all(chunk).map_err(unkept))?;
    }
    let mut written = archive.finish().map_err(zip_failed)?;
    written.flush().map_err(unkept)
}

/// Whether a file is a zip archive already.
///
/// # Errors
/// If it cannot be read, or begins as one and is none.
pub(super) fn is_archive(path: &Path) -> Result<bool, PackError> {
    let unreadable = |error| PackError::of(path, error);
    let mut file = crate::file::named::open(path).map_err(unreadable)?;
    if ZipArchive::new(&file).is_ok() {
        return Ok(true);
    }
    file.rewind().map_err(unreadable)?;
    let mut start = Vec::new();
    file.take(START.len() as u64).read_to_end(&mut start).map_err(unreadable)?;
    match start == START {
        true => Err(PackError::Damaged(path.to_owned())),
        false => Ok(false),
    }
}
