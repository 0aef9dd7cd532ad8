//! Files read whole, or not at all.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::PackError;
use crate::file;

/// How much is read at once. Always that much, whatever the file system gives: what a compressor makes
/// of a content may depend on its parts.
pub(super) const CHUNK_BYTES: usize = 128 << 10;

/// Reads a file to its end, in parts of the same length; it must not change meanwhile.
///
/// # Errors
/// If it cannot be read, changes, or `take` refuses a part.
pub(super) fn read_whole(
    path: &Path,
    mut take: impl FnMut(&[u8]) -> Result<(), PackError>,
) -> Result<(), PackError> {
    let unreadable = |error| PackError::of(path, error);
    let file = file::named::open(path).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    let (mut chunk, mut bytes) = (Vec::with_capacity(CHUNK_BYTES), 0);
    loop {
        chunk.clear();
        let part = (&file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        part.map_err(unreadable)?;
        if chunk.is_empty() {
            break;
        }
        bytes += chunk.len() as u64;
        take(&chunk)?;
        if bytes > before.len() {
            break;
        }
    }
    let after = file.metadata().map_err(unreadable)?;
    let state = |found: &Metadata| (found.len(), found.mtime(), found.mtime_nsec());
    match bytes == before.len() && state(&before) == state(&after) {
        true => Ok(()),
        false => Err(PackError::Changed(path.to_owned())),
    }
}
