//! The directory of a zip archive, counted before anything of it is kept.
//!
//! An archive says at its end how many entries it has, in records of 16 and of 64 bits, and records that look
//! like those may stand in comments and files as well: readers differ in which of them they believe. Here
//! the directory is walked through, entry by entry, and the zip library is then given the archive up
//! to that directory's end and one plain end record, which says what was found.
//!
//! Source: APPNOTE.TXT of the zip format, 4.3.12 to 4.3.16 and 4.4.1.4.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use zip::result::ZipError;

use super::error::{ArtifactError, MOST_ENTRIES, MOST_NAME_BYTES, start_of};

/// The most bytes of a directory: its comments and extra fields are kept in memory while it is read.
const MOST_DIRECTORY_BYTES: u64 = 32 << 20;

/// The start of each entry in the directory, and its bytes before its name.
const HEADER: &[u8] = b"PK\x01\x02";
const HEADER_BYTES: usize = 46;
/// The start of the end record, and its bytes before its comment.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// The same of 64 bits.
const END_64: &[u8] = b"PK\x06\x06";
const END_64_BYTES: usize = 56;
/// The start of what says where the end record of 64 bits is, and its bytes.
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;

/// An archive whose directory was counted, as the zip library may read it.
#[derive(Debug)]
pub struct CountedArchive {
    file: File,
    /// Where the directory ends, and the end record begins for those who read this.
    directory_end: u64,
    end: [u8; END_BYTES],
    at: u64,
}

impl CountedArchive {
    /// Walks through an archive's directory; returns the archive and how many entries that has.
    ///
    /// # Errors
    /// If there is no directory, it is not as the archive says, or it is too large.
    pub fn of(mut file: File) -> Result<(Self, usize), ArtifactError> {
        let end_record = EndRecord::read(&mut file)?;
        let entries = usize::try_from(end_record.entries).unwrap_or(usize::MAX);
        if entries > MOST_ENTRIES || end_record.before > u64::from(u32::MAX) {
            return Err(ArtifactError::TooLarge);
        }
        let start = end_record.start(&file)?;
        let directory_bytes = walk(&mut file, start, &end_record)?;
        // What stands before the archive, such as a program that unpacks it, moves all its offsets.
        let offset = end_record.offset.min(start);
        let mut end = [0; END_BYTES];
        end[..4].copy_from_slice(END);
        let count = u16::try_from(entries).expect("there are less").to_le_bytes();
        end[8..10].copy_from_slice(&count);
        end[10..12].copy_from_slice(&count);
        let of_32_bits = |n: u64| u32::try_from(n).expect("the archive is smaller").to_le_bytes();
        end[12..16].copy_from_slice(&of_32_bits(directory_bytes));
        end[16..20].copy_from_slice(&of_32_bits(offset));
        Ok((Self { file, directory_end: start + directory_bytes, end, at: 0 }, entries))
    }
}

/// What an archive says at its end.
#[derive(Debug)]
struct EndRecord {
    entries: u64,
    directory_bytes: u64,
    /// Where the directory begins, if nothing stands before the archive.
    offset: u64,
    /// Where the first of the end records begins.
    before: u64,
}

impl EndRecord {
    fn read(file: &mut File) -> Result<Self, ArtifactError> {
        // A comment of up to 64 KiB may follow.
        let most = (END_BYTES + usize::from(u16::MAX)) as u64;
        let bytes = file.seek(SeekFrom::End(0))?;
        let tail_at = bytes.saturating_sub(most);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(tail_at))?;
        file.take(most).read_to_end(&mut tail)?;
        let is_end = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(END)
                && record.len() >= END_BYTES + usize::from(of_16_bits(&record[20..]))
        };
        let last = (0..(tail.len() + 1).saturating_sub(END_BYTES)).rev().find(is_end);
        let at = last.ok_or_else(|| no_zip("it has no end record"))?;
        let record = &tail[at..at + END_BYTES];
        let (on_disk, entries) = (of_16_bits(&record[8..]), of_16_bits(&record[10..]));
        if of_16_bits(&record[4..]) != 0 && of_16_bits(&record[4..]) != u16::MAX
            || on_disk != entries
        {
            return Err(no_zip("it is one of several parts"));
        }
        let end_record = Self {
            entries: entries.into(),
            directory_bytes: of_32_bits(&record[12..]).into(),
            offset: of_32_bits(&record[16..]).into(),
            before: tail_at + at as u64,
        };
        end_record.with_64_bits(file)
    }

    /// Puts what the end record of 64 bits says, if there is one, where that of 16 bits leaves it to it.
    fn with_64_bits(self, file: &File) -> Result<Self, ArtifactError> {
        let leaves = [
            (self.entries == u64::from(u16::MAX)),
            (self.directory_bytes == u64::from(u32::MAX)),
            (self.offset == u64::from(u32::MAX)),
        ];
        let mut locator = [0; LOCATOR_BYTES];
        let locator_at = self.before.checked_sub(LOCATOR_BYTES as u64);
        let is_there = locator_at.is_some_and(|at| file.read_exact_at(&mut locator, at).is_ok());
        let Some(locator_at) = locator_at.filter(|_| is_there && locator.starts_with(LOCATOR))
        else {
            return Ok(self);
        };
        let mut record = [0; END_64_BYTES];
        // Where it says, or right before, as in an archive that something stands before.
        let places = [Some(of_64_bits(&locator[8..])), locator_at.checked_sub(END_64_BYTES as u64)];
        let found = places.into_iter().flatten().find(|at| {
            let is_read = file.read_exact_at(&mut record, *at).is_ok();
            is_read && record.starts_with(END_64) && *at < locator_at
        });
        let Some(before) = found else {
            return match leaves.contains(&true) {
                true => Err(no_zip("its end record of 64 bits is missing")),
                false => Ok(self),
            };
        };
        let or = |leaves: bool, own: u64, at: usize| {
            if leaves { of_64_bits(&record[at..]) } else { own }
        };
        Ok(Self {
            entries: or(leaves[0], self.entries, 32),
            directory_bytes: or(leaves[1], self.directory_bytes, 40),
            offset: or(leaves[2], self.offset, 48),
            before,
        })
    }

    /// Returns where the directory begins: before the end records, or where the archive says.
    fn start(&self, file: &File) -> Result<u64, ArtifactError> {
        if self.entries == 0 {
            return match self.directory_bytes {
                0 => Ok(self.before),
                _ => Err(more_than_said()),
            };
        }
        let is_header = |at: &u64| {
            let mut start = [0; 4];
            file.read_exact_at(&mut start, *at).is_ok() && start == *HEADER
        };
        let places = [self.before.checked_sub(self.directory_bytes), Some(self.offset)];
        let is_after = |at: &u64| *at >= self.offset && *at < self.before;
        let found = places.into_iter().flatten().filter(is_after).find(is_header);
        found.ok_or_else(|| no_zip("its directory is not where it says"))
    }
}

/// Walks through a directory, and returns how many bytes it has.
fn walk(file: &mut File, start: u64, end_record: &EndRecord) -> Result<u64, ArtifactError> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::new(file);
    let mut bytes = 0;
    let mut names = HashSet::new();
    let mut header = [0; HEADER_BYTES];
    for _ in 0..end_record.entries {
        reader.read_exact(&mut header).map_err(cut_off)?;
        if !header.starts_with(HEADER) {
            return Err(less_than_said());
        }
        let [name_bytes, extra, comment] = [28, 30, 32].map(|at| of_16_bits(&header[at..]));
        let mut name = vec![0; name_bytes.into()];
        reader.read_exact(&mut name).map_err(cut_off)?;
        reader.seek_relative(i64::from(extra) + i64::from(comment))?;
        bytes += HEADER_BYTES as u64;
        bytes += u64::from(name_bytes) + u64::from(extra) + u64::from(comment);
        if bytes > MOST_DIRECTORY_BYTES {
            return Err(ArtifactError::TooLarge);
        }
        let shown = || String::from_utf8_lossy(&name).escape_debug().to_string();
        if name.len() > MOST_NAME_BYTES {
            return Err(ArtifactError::BadName { name: start_of(&shown()) });
        }
        if names.contains(&name) {
            return Err(ArtifactError::Twice { name: shown() });
        }
        names.insert(name);
    }
    if start + bytes > end_record.before {
        return Err(no_zip("its directory reaches into what follows it"));
    }
    // What readers that go by the directory's size would take for more entries.
    match reader.read_exact(&mut header[..4]) {
        Ok(()) if header.starts_with(HEADER) => Err(more_than_said()),
        Ok(()) | Err(_) => Ok(bytes),
    }
}

fn more_than_said() -> ArtifactError {
    no_zip("its directory holds more than it says")
}

fn less_than_said() -> ArtifactError {
    no_zip("its directory holds less than it says")
}

fn cut_off(error: io::Error) -> ArtifactError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => less_than_said(),
        _ => ArtifactError::Unkept(error),
    }
}

fn no_zip(why: &'static str) -> ArtifactError {
    ArtifactError::NotAZip(ZipError::InvalidArchive(Cow::Borrowed(why)))
}

fn of_16_bits(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn of_32_bits(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().expect("there are four"))
}

fn of_64_bits(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("there are eight"))
}

impl Read for CountedArchive {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match self.directory_end.checked_sub(self.at) {
            None | Some(0) => {
                let from = usize::try_from(self.at - self.directory_end).unwrap_or(usize::MAX);
                (&self.end[from.min(END_BYTES)..]).read(into)?
            }
            Some(left) => {
                let most = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.file.read_at(&mut into[..most], self.at)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for CountedArchive {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => (self.directory_end + END_BYTES as u64).checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
