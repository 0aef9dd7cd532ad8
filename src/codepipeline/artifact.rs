//! Artifacts: zip archives that are unpacked without trust, and made.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The most that an artifact holds while it is packed.
pub const MOST_PACKED_BYTES: u64 = 256 << 20;
/// The most that it holds once it is unpacked: what is found, not what it says of itself.
const MOST_UNPACKED_BYTES: u64 = 1 << 30;
/// The most files and folders that it holds.
const MOST_ENTRIES: usize = 50_000;
/// The longest name, folders included, in bytes.
const MOST_NAME_BYTES: usize = 512;
/// The most folders above a file.
const MOST_DEPTH: usize = 24;
/// The longest part of a name that file systems take, in bytes.
const MOST_PART_BYTES: usize = 255;
/// The start of the record at the end of an archive, and how long it is without its comment.
///
/// Source: APPNOTE.TXT of the zip format, 4.3.16.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;

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
    #[error("the artifact holds more than {MOST_ENTRIES} files, or more than {} MiB unpacked", MOST_UNPACKED_BYTES >> 20)]
    TooLarge,
    /// It cannot be written down.
    #[error("the artifact cannot be unpacked")]
    Unkept(#[from] io::Error),
}

/// Unpacks an archive into a folder that is there and empty. Links are left out.
///
/// # Errors
/// If it is damaged, hostile or too large.
pub fn unpack(archive: File, folder: &Path) -> Result<(), ArtifactError> {
    unpack_within(archive, folder, MOST_UNPACKED_BYTES)
}

fn unpack_within(mut archive: File, folder: &Path, most_bytes: u64) -> Result<(), ArtifactError> {
    // Before all of its directory is read: that may be larger than memory.
    if told_entries(&mut archive)? > MOST_ENTRIES {
        return Err(ArtifactError::TooLarge);
    }
    let mut archive = ZipArchive::new(archive).map_err(ArtifactError::NotAZip)?;
    if archive.len() > MOST_ENTRIES {
        return Err(ArtifactError::TooLarge);
    }
    let mut left_bytes = most_bytes;
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index).map_err(ArtifactError::NotAZip)?;
        let name = raw.name().map_err(ArtifactError::NotAZip)?.escape_debug().to_string();
        let parts = || name.split(['/', '\\']);
        let is_long =
            name.len() > MOST_NAME_BYTES || parts().any(|part| part.len() > MOST_PART_BYTES);
        if is_long || parts().count() > MOST_DEPTH {
            let start = name.chars().take(80).collect();
            return Err(ArtifactError::BadName { name: start });
        }
        if raw.encrypted() {
            return Err(ArtifactError::Encrypted { name });
        }
        drop(raw);
        let entry = archive.by_index(index).map_err(ArtifactError::NotAZip)?;
        left_bytes = unpack_entry(entry, name, folder, left_bytes)?;
    }
    Ok(())
}

/// Returns how many entries an archive says at its end that it holds; none if there is no such end.
fn told_entries(archive: &mut File) -> io::Result<usize> {
    // A comment of up to 64 KiB may follow.
    let most = END_BYTES as u64 + u64::from(u16::MAX);
    let bytes = archive.seek(SeekFrom::End(0))?;
    archive.seek(SeekFrom::Start(bytes.saturating_sub(most)))?;
    let mut end = Vec::new();
    archive.read_to_end(&mut end)?;
    archive.rewind()?;
    let counts = end.windows(END_BYTES).filter(|record| record.starts_with(END));
    let count = |record: &[u8]| usize::from(u16::from_le_bytes([record[10], record[11]]));
    // One that says 65,535 may hold more; which of several is meant, the reader decides.
    Ok(counts.map(count).max().unwrap_or(0))
}

/// Unpacks one entry, and returns how many bytes the others may still have.
fn unpack_entry(
    entry: ZipFile<'_, File>,
    name: String,
    folder: &Path,
    left_bytes: u64,
) -> Result<u64, ArtifactError> {
    let Some(path) = entry.enclosed_name() else { return Err(ArtifactError::Outside { name }) };
    let path = folder.join(path);
    if entry.is_dir() {
        make_folder(&path)?;
        return Ok(left_bytes);
    }
    if !entry.is_file() {
        tracing::warn!(name, "a link in the artifact is left out");
        return Ok(left_bytes);
    }
    make_folder(path.parent().unwrap_or(folder))?;
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(ArtifactError::Twice { name });
        }
        Err(error) => return Err(error.into()),
    };
    // One byte more than may be, so that too much is told from just enough.
    let written =
        io::copy(&mut entry.take(left_bytes + 1), &mut file).map_err(damaged_or_unkept)?;
    left_bytes.checked_sub(written).ok_or(ArtifactError::TooLarge)
}

/// What cannot be unpacked is the archive's fault, what cannot be written is ours.
fn damaged_or_unkept(error: io::Error) -> ArtifactError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            ArtifactError::NotAZip(ZipError::Io(error))
        }
        io::ErrorKind::Other => ArtifactError::NotAZip(ZipError::Io(error)),
        _ => ArtifactError::Unkept(error),
    }
}

fn make_folder(path: &Path) -> Result<(), ArtifactError> {
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => Ok(()),
        // A file stands where a folder is wanted.
        Err(error)
            if fs::symlink_metadata(path).is_ok()
                || error.kind() == io::ErrorKind::NotADirectory =>
        {
            Err(ArtifactError::Twice { name: path.display().to_string() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns an archive of files by their names.
///
/// # Errors
/// If there is no memory for it.
pub fn pack(files: &[(String, String)]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(name, SimpleFileOptions::default()).map_err(io::Error::other)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish().map_err(io::Error::other)?.into_inner())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Unpacks an archive, and returns what stands in the folder then, by path.
    fn unpacked(archive: &[u8], most_bytes: u64) -> Result<Vec<(String, String)>, ArtifactError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(archive).expect("it takes bytes");
        file.rewind().expect("it can be read");
        let into = folder.path().join("in/to");
        fs::create_dir_all(&into).expect("the folder takes folders");
        let unpacked = unpack_within(file, &into, most_bytes);
        let mut found = Vec::new();
        walk(folder.path(), folder.path(), &mut found);
        found.sort();
        assert!(found.iter().all(|(path, _)| path.starts_with("in/to/")), "{found:?}");
        unpacked.map(|()| found)
    }

    fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("it stands").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("it is below").display().to_string();
                let text = fs::read(&path).expect("it can be read");
                found.push((name, String::from_utf8_lossy(&text).into_owned()));
            }
        }
    }

    fn packed(files: &[(&str, &str)]) -> Vec<u8> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pack(&files.iter().map(own).collect::<Vec<_>>()).expect("memory takes it")
    }

    fn refusal(archive: &[u8]) -> String {
        unpacked(archive, 1 << 20).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_is_packed_is_unpacked_in_its_folders() {
        let archive = packed(&[("environments/dev.yaml", "environment: dev"), ("a/b/c", "")]);
        let found = unpacked(&archive, 1 << 20).expect("it is sound");
        let expected = [("in/to/a/b/c", ""), ("in/to/environments/dev.yaml", "environment: dev")];
        assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_name_that_leads_outside_is_refused() {
        for name in ["../up", "a/../../../up", "..\\..\\up"] {
            let said = refusal(&packed(&[("good", "x"), (name, "x")]));
            assert!(said.contains("leads outside"), "{name}: {said}");
        }
    }

    #[test]
    fn a_name_that_no_file_can_have_is_refused_with_its_start() {
        for name in ["x".repeat(300), "d/".repeat(30) + "x", "long/".repeat(120)] {
            let said = refusal(&packed(&[("good", "x"), (&name, "x")]));
            assert!(said.contains("too long or lies too deep"), "{said}");
        }
        let said = refusal(&packed(&[("../\u{1b}[2J", "x")]));
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }

    #[test]
    fn too_many_entries_are_refused_before_they_are_read() {
        let mut archive = packed(&[("good", "x")]);
        let end = archive.len() - END_BYTES;
        archive[end + 10..end + 12].copy_from_slice(&[0xff, 0xff]);
        assert!(matches!(unpacked(&archive, 1 << 20), Err(ArtifactError::TooLarge)));
    }

    #[test]
    fn a_bomb_is_given_up_by_what_it_really_holds() {
        let zeros = "0".repeat(2 << 20);
        let archive = packed(&[("small", "x"), ("zeros", &zeros)]);
        assert!(archive.len() < 20_000, "it packs well");
        assert!(matches!(unpacked(&archive, 1 << 20), Err(ArtifactError::TooLarge)));
        assert!(unpacked(&archive, (2 << 20) + 1).is_ok(), "just enough is taken");
        assert!(matches!(unpacked(&archive, 2 << 20), Err(ArtifactError::TooLarge)));
    }

    #[test]
    fn a_file_in_a_folders_place_is_refused() {
        let said = refusal(&packed(&[("a", "x"), ("a/b", "x")]));
        assert!(said.contains("twice"), "{said}");
    }

    #[test]
    fn links_are_left_out() {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        archive.add_symlink("link", "/etc", options).expect("memory takes it");
        archive.start_file("link/passwd", options).expect("memory takes it");
        archive.write_all(b"x").expect("memory takes it");
        let archive = archive.finish().expect("memory takes it").into_inner();
        let found = unpacked(&archive, 1 << 20).expect("it is sound but for the link");
        assert_eq!(found, [("in/to/link/passwd".to_owned(), "x".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_mutation_leads_outside_or_panics(
            changes in prop::collection::vec((0..400usize, any::<u8>()), 0..12),
            cut in 0..400usize,
        ) {
            let mut archive = packed(&[("a/b", "some text that can be packed"), ("c", "more")]);
            for (at, byte) in changes {
                let length = archive.len();
                archive[at % length] = byte;
            }
            archive.truncate(archive.len().saturating_sub(cut % 40));
            // `unpacked` itself looks that nothing stands outside.
            let _ = unpacked(&archive, 1 << 16);
        }
    }
}
