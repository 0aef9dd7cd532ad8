//! Unpacks artifacts without trust: no name leads outside, no link is made, and nothing grows beyond its
//! limits, whatever an archive says of itself.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::directory::CountedArchive;
use super::error::{
    ArtifactError, MOST_DEPTH, MOST_NAME_BYTES, MOST_PART_BYTES, MOST_UNPACKED_BYTES, start_of,
};
use super::names::{EntryKind, EntryNames};

/// What of a Unix mode says what a file is, and what it says of files, folders and links.
const MODE_OF_KIND: u32 = 0o170_000;
const MODE_OF_FILE: u32 = 0o100_000;
const MODE_OF_FOLDER: u32 = 0o040_000;
const MODE_OF_LINK: u32 = 0o120_000;

/// An artifact that was unpacked.
#[derive(Debug)]
pub struct UnpackedArtifact {
    /// The folder that holds its files.
    pub files: PathBuf,
    /// The links that were left out.
    pub links: Vec<LeftOutLink>,
}

/// A link of an artifact that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutLink {
    /// Where it would be, within the folder of the files.
    pub path: PathBuf,
    /// Its name in the artifact, made visible.
    pub name: String,
}

/// Unpacks an archive into a folder that is there and empty. Links are left out.
///
/// # Errors
/// If it is damaged, hostile or too large.
pub fn unpack(archive: File, folder: &Path) -> Result<UnpackedArtifact, ArtifactError> {
    unpack_within(archive, folder, MOST_UNPACKED_BYTES)
}

fn unpack_within(
    archive: File,
    folder: &Path,
    most_bytes: u64,
) -> Result<UnpackedArtifact, ArtifactError> {
    let (archive, entries) = CountedArchive::of(archive)?;
    let mut archive = ZipArchive::new(archive).map_err(ArtifactError::NotAZip)?;
    if archive.len() != entries {
        // By the names that other fields of theirs give them.
        return Err(ArtifactError::Twice { name: "one name".to_owned() });
    }
    let mut unpacking = Unpacking {
        folder,
        names: EntryNames::default(),
        left_bytes: most_bytes,
        links: Vec::new(),
    };
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index).map_err(ArtifactError::NotAZip)?;
        let name = raw.name().map_err(ArtifactError::NotAZip)?.escape_debug().to_string();
        let parts = || name.split(['/', '\\']);
        let is_long =
            name.len() > MOST_NAME_BYTES || parts().any(|part| part.len() > MOST_PART_BYTES);
        if is_long || parts().count() > MOST_DEPTH {
            return Err(ArtifactError::BadName { name: start_of(&name) });
        }
        if raw.encrypted() {
            return Err(ArtifactError::Encrypted { name });
        }
        drop(raw);
        let entry = archive.by_index(index).map_err(ArtifactError::NotAZip)?;
        unpacking.take(entry, name)?;
    }
    Ok(UnpackedArtifact { files: folder.to_owned(), links: unpacking.links })
}

/// An archive that is being unpacked.
struct Unpacking<'a> {
    folder: &'a Path,
    names: EntryNames,
    /// How many bytes the entries to come may have.
    left_bytes: u64,
    links: Vec<LeftOutLink>,
}

impl Unpacking<'_> {
    /// Unpacks one entry.
    fn take(
        &mut self,
        entry: ZipFile<'_, CountedArchive>,
        name: String,
    ) -> Result<(), ArtifactError> {
        let Some(path) = entry.enclosed_name() else { return Err(ArtifactError::Outside { name }) };
        let kind = match entry.unix_mode().map_or(0, |mode| mode & MODE_OF_KIND) {
            MODE_OF_LINK => EntryKind::Link,
            0 | MODE_OF_FILE | MODE_OF_FOLDER if entry.is_dir() => EntryKind::Folder,
            0 | MODE_OF_FILE | MODE_OF_FOLDER => EntryKind::File,
            _ => return Err(ArtifactError::Special { name }),
        };
        self.names.take(&path, kind, &name)?;
        match kind {
            EntryKind::Link => {
                tracing::warn!(name, "a link in the artifact is left out");
                self.links.push(LeftOutLink { path, name });
            }
            EntryKind::Folder => make_folder(&self.folder.join(path))?,
            EntryKind::File => self.write(entry, &self.folder.join(path), name)?,
        }
        Ok(())
    }

    fn write(
        &mut self,
        entry: ZipFile<'_, CountedArchive>,
        path: &Path,
        name: String,
    ) -> Result<(), ArtifactError> {
        make_folder(path.parent().unwrap_or(self.folder))?;
        // What may be started stays so: it is packed again as code of a function. Nothing here starts it.
        let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mode = if is_executable { 0o700 } else { 0o600 };
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ArtifactError::Twice { name });
            }
            Err(error) => return Err(error.into()),
        };
        // One byte more than may be, so that too much is told from just enough.
        let written =
            io::copy(&mut entry.take(self.left_bytes + 1), &mut file).map_err(damaged_or_unkept)?;
        self.left_bytes = self.left_bytes.checked_sub(written).ok_or(ArtifactError::TooLarge)?;
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Seek, Write};

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::super::pack::pack;
    use super::*;
    use crate::package::{Boundary, PackError, Packing, check};

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
        unpacked.map(|_| found)
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

    /// The bytes of the end record of an archive without a comment.
    const END_BYTES: usize = 22;

    /// Returns an archive whose end record says that it has so many entries.
    fn saying(mut archive: Vec<u8>, entries: u16) -> Vec<u8> {
        let end = archive.len() - END_BYTES;
        for at in [8, 10] {
            archive[end + at..end + at + 2].copy_from_slice(&entries.to_le_bytes());
        }
        archive
    }

    /// Returns an archive with an end record of 64 bits, which says that it has so many entries.
    fn saying_in_64_bits(archive: Vec<u8>, entries: u64) -> Vec<u8> {
        let archive = saying(archive, u16::MAX);
        let (body, end) = archive.split_at(archive.len() - END_BYTES);
        let of_32_bits = |at: usize| {
            u64::from(u32::from_le_bytes(end[at..at + 4].try_into().expect("there are four")))
        };
        let (size, offset) = (of_32_bits(12), of_32_bits(16));
        let mut grown = body.to_vec();
        grown.extend(b"PK\x06\x06");
        grown.extend(44_u64.to_le_bytes());
        grown.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [entries, entries, size, offset] {
            grown.extend(number.to_le_bytes());
        }
        grown.extend(b"PK\x06\x07\0\0\0\0");
        grown.extend((body.len() as u64).to_le_bytes());
        grown.extend(1_u32.to_le_bytes());
        grown.extend(end);
        grown
    }

    /// Returns a directory of so many entries, each with a comment, and what ends an archive.
    fn directory(entries: usize, comment: u16) -> Vec<u8> {
        let mut archive = Vec::new();
        for number in 0..entries {
            let mut header = [0; 46];
            header[..4].copy_from_slice(b"PK\x01\x02");
            header[28..30].copy_from_slice(&7_u16.to_le_bytes());
            header[32..34].copy_from_slice(&comment.to_le_bytes());
            archive.extend(header);
            archive.extend(format!("{number:07}").as_bytes());
            archive.resize(archive.len() + usize::from(comment), b' ');
        }
        let bytes = u32::try_from(archive.len()).expect("it is small").to_le_bytes();
        archive.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
        archive.extend(bytes);
        archive.extend([0; 6]);
        archive
    }

    #[test]
    fn more_entries_than_may_be_are_refused_however_an_archive_says_it() {
        let one = || packed(&[("good", "x")]);
        let lots = 60_000;
        for (archive, case) in [
            (saying(one(), u16::MAX), "65,535 that are not there"),
            (saying_in_64_bits(one(), 1_000_000), "a million that are not there"),
            (saying_in_64_bits(one(), u64::MAX), "more than there can be"),
            (saying(directory(lots, 0), 60_000), "60,000 that are there"),
            (saying_in_64_bits(directory(100_000, 0), 100_000), "100,000 that are there"),
            (
                saying(directory(600, u16::MAX), 600),
                "a directory that is larger than memory may be",
            ),
        ] {
            let refused = unpacked(&archive, 1 << 20);
            assert!(matches!(refused, Err(ArtifactError::TooLarge)), "{case}: {refused:?}");
        }
    }

    #[test]
    fn an_archive_that_says_another_count_than_it_holds_is_refused() {
        let two = || packed(&[("good", "x"), ("better", "y")]);
        for (archive, expected) in [
            (saying(two(), 1), "holds more than it says"),
            (saying(two(), 0), "holds more than it says"),
            (saying_in_64_bits(two(), 1), "holds more than it says"),
            // What a count of 16 bits leaves of 70,000.
            (saying(directory(70_000, 0), 4_464), "holds more than it says"),
            (saying(two(), 3), "holds less than it says"),
            (saying_in_64_bits(two(), 3), "holds less than it says"),
        ] {
            let refused = unpacked(&archive, 1 << 20).expect_err("it is refused");
            let said = std::error::Error::source(&refused).map(ToString::to_string);
            assert!(said.as_ref().is_some_and(|said| said.contains(expected)), "{said:?}");
        }
    }

    #[test]
    fn an_archive_is_read_by_the_record_at_its_very_end() {
        let inner = packed(&[("hidden", "x")]);
        let mut outer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        outer.start_file("inner.zip", stored).expect("memory takes it");
        outer.write_all(&inner).expect("memory takes it");
        let outer = outer.finish().expect("memory takes it").into_inner();
        let behind_something = [b"#!/bin/sh\nexit 1\n".to_vec(), outer.clone()].concat();
        let mut commented = outer.clone();
        let comment_at = commented.len() - 2;
        commented[comment_at..].copy_from_slice(&40_u16.to_le_bytes());
        commented.extend([b'c'; 40]);
        let of_64_bits = saying_in_64_bits(outer.clone(), 1);
        let behind_of_64_bits = [b"before".to_vec(), of_64_bits.clone()].concat();
        for archive in [outer, behind_something, commented, of_64_bits, behind_of_64_bits] {
            let found = unpacked(&archive, 1 << 20).expect("it is sound");
            let names: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(names, ["in/to/inner.zip"]);
        }
        // A record in the comment that other readers do not believe.
        let mut forged = packed(&[("good", "x")]);
        let comment_at = forged.len() - 2;
        forged[comment_at..].copy_from_slice(&(END_BYTES as u16).to_le_bytes());
        forged.extend(saying(directory(0, 0), 50_000));
        assert!(unpacked(&forged, 1 << 20).is_err());
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_however_it_is_spelled() {
        let mut twice = packed(&[("a/one.yaml", "x"), ("a/two.yaml", "y")]);
        while let Some(at) = twice.windows(10).position(|name| name == b"a/two.yaml") {
            twice[at..at + 10].copy_from_slice(b"a/one.yaml");
        }
        assert!(refusal(&twice).contains("`a/one.yaml` twice"));
        for (one, other) in [
            ("a/b", "a//b"),
            ("b", "./b"),
            ("a/b", "a/./b"),
            ("a/b", "a\\b"),
            ("b", "b/c"),
            ("b/c", "b"),
        ] {
            let said = refusal(&packed(&[(one, "x"), (other, "y")]));
            let other = other.escape_debug().to_string();
            assert!(said.contains(&format!("`{other}`")) && said.contains("rename"), "{said}");
        }
        let folders = packed(&[("a/one", "x"), ("a//two", "y")]);
        assert_eq!(unpacked(&folders, 1 << 20).expect("folders are no files").len(), 2);
    }

    /// Returns an archive of one entry that says it is of this Unix mode.
    fn of_mode(name: &str, mode: u32) -> Vec<u8> {
        let mut archive = packed(&[(name, "x")]);
        let is_header = |window: &[u8]| window == b"PK\x01\x02";
        let header = archive.windows(4).position(is_header).expect("it has a directory");
        archive[header + 5] = 3;
        archive[header + 38..header + 42].copy_from_slice(&(mode << 16).to_le_bytes());
        archive
    }

    #[test]
    fn devices_pipes_and_sockets_are_refused_by_name() {
        for kind in [0o010_000, 0o020_000, 0o060_000, 0o140_000, 0o160_000] {
            let said = refusal(&of_mode("a/odd", kind | 0o644));
            assert!(said.contains("`a/odd`, which is neither a file nor a folder"), "{said}");
        }
        assert!(unpacked(&of_mode("a/plain", 0o104_755), 1 << 20).is_ok(), "modes do not matter");
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
    fn links_are_left_out_by_name_and_nothing_is_taken_from_below_them() {
        let linked = |below: &str| {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            let options = SimpleFileOptions::default();
            archive.add_symlink("link", "/etc", options).expect("memory takes it");
            archive.start_file(below, options).expect("memory takes it");
            archive.write_all(b"x").expect("memory takes it");
            archive.finish().expect("memory takes it").into_inner()
        };
        let beside = linked("plain");
        let found = unpacked(&beside, 1 << 20).expect("it is sound but for the link");
        assert_eq!(found, [("in/to/plain".to_owned(), "x".to_owned())]);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&beside).expect("it takes bytes");
        let links = unpack(file, folder.path()).expect("it is sound").links;
        assert_eq!(links, [LeftOutLink { path: "link".into(), name: "link".to_owned() }]);

        let said = refusal(&linked("link/passwd"));
        assert!(said.contains("`link/passwd` below `link`, which is a link"), "{said}");
        assert!(refusal(&linked("./link")).contains("`./link` beside `link`"));
    }

    #[test]
    fn code_is_not_packed_without_a_link_however_its_name_is_spelled() {
        for link in ["code/it's", "code/\"lib\"", "code\\lib", "other/../code/lib", "./code//lib"] {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            let options = SimpleFileOptions::default();
            archive.start_file("code/app.py", options).expect("memory takes it");
            archive.add_symlink(link, "/etc", options).expect("memory takes it");
            let archive = archive.finish().expect("memory takes it").into_inner();
            let folder = tempfile::tempdir().expect("a temporary folder");
            let mut file = tempfile::tempfile().expect("a temporary file");
            file.write_all(&archive).expect("it takes bytes");
            let UnpackedArtifact { files, links } =
                unpack(file, folder.path()).expect("it is sound but for the link");
            let left_out = links.iter().map(|link| link.path.as_path());
            let boundary = Boundary::of(&files, left_out).expect("the folder is there");
            let checked = check(&files.join("code"), Packing::Zip, &boundary);
            assert!(matches!(checked, Err(PackError::Link(_))), "{link}: {checked:?}");
        }
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
