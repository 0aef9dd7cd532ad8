//! Files without a name: they are gone with the program, however it ends.

use std::fs::File;
use std::io;

/// Returns an empty file to be read and written that has no name, for nobody else to open. It stands where
/// `TMPDIR` says, `/tmp` otherwise.
///
/// # Errors
/// If none can be made there.
pub fn temporary() -> io::Result<File> {
    tempfile::tempfile()
}
