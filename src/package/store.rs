//! What was packed, kept in one file without a name until it is uploaded: what changes on disk meanwhile does
//! not count any more.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive;
use super::error::PackError;
use super::listing::{self, Boundary, ListedFile};
use super::reading::{CHUNK_BYTES, read_whole};
use crate::file;

/// The most that S3 takes with one PutObject, in bytes.
///
/// Source: S3 user guide, "Uploading objects": 5 GB in a single operation.
const MOST_BYTES: u64 = 5 << 30;

/// How a file or folder becomes one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packing {
    /// A folder is zipped, and a file as well unless it is an archive already.
    Zip,
    /// A folder is zipped, a file taken as it is.
    ZipFolder,
    /// A file is taken as it is.
    File,
}

/// What was packed.
#[derive(Clone, Debug)]
pub struct Packed {
    path: PathBuf,
    packing: Packing,
    digest: String,
    content: Arc<File>,
    at: u64,
    bytes: u64,
}

/// The same content is the same, wherever it was packed.
impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Packed {
    /// Returns what was packed, and how.
    pub fn origin(&self) -> (&Path, Packing) {
        (&self.path, self.packing)
    }

    /// Returns the SHA-256 of its content, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns how long its content is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns its content from a byte on, as much as is read at once; nothing at its end.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn chunk(&self, from: u64) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.bytes.saturating_sub(from)).unwrap_or(usize::MAX);
        let mut chunk = vec![0; left.min(CHUNK_BYTES)];
        self.content.read_exact_at(&mut chunk, self.at + from)?;
        Ok(chunk)
    }
}

/// Where packed content is kept.
#[derive(Debug, Default)]
pub struct PackingStore {
    /// What is kept, one content after the other, and a file for the archive that is being made; made when
    /// first needed.
    files: Option<(Arc<File>, File)>,
    end: u64,
}

impl PackingStore {
    /// Packs what stands at a path.
    ///
    /// # Errors
    /// If that cannot be done; the store holds what it held.
    pub fn pack(
        &mut self,
        path: &Path,
        packing: Packing,
        boundary: &Boundary,
    ) -> Result<Packed, PackError> {
        let writing = match source(path, packing, boundary)? {
            Source::AsIs => self.keep_file(path)?,
            Source::Zipped(files) => {
                let (_, scratch) = self.files(path)?;
                let archive = scratch.try_clone().map_err(|source| unkept(path, source))?;
                archive::write(path, &files, boundary, &archive)?;
                self.keep_scratch(path)?
            }
        };
        let Writing { content, at, bytes, hash, path } = writing;
        self.end = at + bytes;
        Ok(Packed { path, packing, digest: hexadecimal(hash), content, at, bytes })
    }

    fn files(&mut self, path: &Path) -> Result<(Arc<File>, &File), PackError> {
        if self.files.is_none() {
            let made = file::temporary().and_then(|kept| Ok((Arc::new(kept), file::temporary()?)));
            self.files = Some(made.map_err(|source| unkept(path, source))?);
        }
        let (kept, scratch) = self.files.as_ref().expect("they were made just now");
        Ok((kept.clone(), scratch))
    }

    fn keep_file(&mut self, path: &Path) -> Result<Writing, PackError> {
        let mut writing = Writing::at_the_end_of(self.files(path)?.0, self.end, path);
        read_whole(path, |chunk| writing.write(chunk))?;
        Ok(writing)
    }

    fn keep_scratch(&mut self, path: &Path) -> Result<Writing, PackError> {
        let (kept, scratch) = self.files(path)?;
        let bytes = scratch.metadata().map_err(|source| unkept(path, source))?.len();
        let mut at = 0;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut writing = Writing::at_the_end_of(kept, self.end, path);
        let scratch = self.files(path)?.1;
        while at < bytes {
            let length = usize::try_from(bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            let part = &mut chunk[..length];
            scratch.read_exact_at(part, at).map_err(|source| unkept(path, source))?;
            writing.write(part)?;
            at += length as u64;
        }
        Ok(writing)
    }
}

/// A content that is being kept.
struct Writing {
    content: Arc<File>,
    at: u64,
    bytes: u64,
    hash: Sha256,
    path: PathBuf,
}

impl Writing {
    fn at_the_end_of(content: Arc<File>, at: u64, path: &Path) -> Self {
        Self { content, at, bytes: 0, hash: Sha256::new(), path: path.to_owned() }
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), PackError> {
        self.hash.update(chunk);
        let written = self.content.write_all_at(chunk, self.at + self.bytes);
        written.map_err(|source| unkept(&self.path, source))?;
        self.bytes += chunk.len() as u64;
        match self.bytes > MOST_BYTES {
            true => Err(PackError::TooLarge { path: self.path.clone(), bytes: self.bytes }),
            false => Ok(()),
        }
    }
}

/// What is packed of what stands at a path.
enum Source {
    AsIs,
    Zipped(Vec<ListedFile>),
}

fn source(path: &Path, packing: Packing, boundary: &Boundary) -> Result<Source, PackError> {
    let found = boundary.look(path)?;
    if found.is_dir() {
        return match packing {
            Packing::File => Err(PackError::Folder(path.to_owned())),
            Packing::Zip | Packing::ZipFolder => listing::files(path, boundary).map(Source::Zipped),
        };
    }
    listing::check_kind(path, &found)?;
    if packing != Packing::Zip || archive::is_archive(path)? {
        return Ok(Source::AsIs);
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| PackError::Name(path.to_owned()))?.to_owned();
    let is_executable = listing::is_executable(&found);
    Ok(Source::Zipped(vec![ListedFile { name, path: path.to_owned(), is_executable }]))
}

/// Checks that what stands at a path can be packed, as far as that shows without reading it.
///
/// # Errors
/// If it cannot.
pub fn check(path: &Path, packing: Packing, boundary: &Boundary) -> Result<(), PackError> {
    source(path, packing, boundary).map(drop)
}

fn unkept(path: &Path, source: io::Error) -> PackError {
    PackError::Unkept { path: path.to_owned(), source }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
