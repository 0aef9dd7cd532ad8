//! The files of a folder, in an order that is the same everywhere.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::PackError;

/// How many files a folder may hold: a folder named by mistake is not read for hours.
const MOST_FILES: usize = 200_000;

/// The longest name of a file in an archive, in bytes.
///
/// Source: APPNOTE.TXT of the zip format, 4.4.10.
const MOST_NAME_BYTES: usize = u16::MAX as usize;

/// A file of a folder.
#[derive(Debug)]
pub(super) struct ListedFile {
    /// Its path in the folder, its parts joined by `/`.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// Whether its owner may start it.
    pub is_executable: bool,
}

/// The folder that nothing may lead out of, not even by a link; by default there is none, and files are trusted.
#[derive(Clone, Debug, Default)]
pub struct Boundary {
    root: Option<PathBuf>,
    /// Links that are not there any more, and how they are shown.
    left_out: Vec<(PathBuf, PathBuf)>,
}

impl Boundary {
    /// Returns the boundary of files that are not trusted, which were unpacked to `root` without the
    /// links that would be at these paths in it.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn of<'p>(root: &Path, left_out: impl IntoIterator<Item = &'p Path>) -> io::Result<Self> {
        let followed = root.canonicalize()?;
        let link = |link: &Path| (followed.join(link), root.join(link));
        let left_out = left_out.into_iter().map(link).collect();
        Ok(Self { root: Some(followed), left_out })
    }

    /// Refuses a folder of which a link was left out: code without it would be other code.
    fn check_whole(&self, folder: &Path) -> Result<(), PackError> {
        if self.left_out.is_empty() {
            return Ok(());
        }
        let folder = folder.canonicalize().map_err(|error| absent(folder, error))?;
        match self.left_out.iter().find(|(link, _)| link.starts_with(&folder)) {
            Some((_, link)) => Err(PackError::Link(link.clone())),
            None => Ok(()),
        }
    }

    /// Looks at what stands at a path, links followed.
    ///
    /// # Errors
    /// If it leads out, or there is nothing.
    pub(super) fn look(&self, path: &Path) -> Result<Metadata, PackError> {
        if let Some(root) = &self.root {
            let followed = path.canonicalize().map_err(|error| absent(path, error))?;
            if !followed.starts_with(root) {
                return Err(PackError::Outside(path.to_owned()));
            }
        }
        fs::metadata(path).map_err(|error| absent(path, error))
    }
}

fn absent(path: &Path, error: io::Error) -> PackError {
    match error.kind() {
        io::ErrorKind::NotFound if path.is_symlink() => PackError::Dangling(path.to_owned()),
        _ => PackError::of(path, error),
    }
}

/// Returns all files of a folder and of those in it, by their names; links are followed.
///
/// # Errors
/// With the first that cannot be packed.
pub(super) fn files(folder: &Path, boundary: &Boundary) -> Result<Vec<ListedFile>, PackError> {
    let found = boundary.look(folder)?;
    boundary.check_whole(folder)?;
    let mut walk = Walk { folder, boundary, files: Vec::new() };
    walk.folder(folder, "", &mut vec![identity(&found)])?;
    let mut files = walk.files;
    if files.is_empty() {
        return Err(PackError::Empty(folder.to_owned()));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

struct Walk<'a> {
    folder: &'a Path,
    boundary: &'a Boundary,
    files: Vec<ListedFile>,
}

impl Walk<'_> {
    /// Lists a folder; `above` are those that it stands in, and itself.
    fn folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        above: &mut Vec<(u64, u64)>,
    ) -> Result<(), PackError> {
        let unreadable = |error| PackError::of(folder, error);
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| PackError::Name(path.clone()))?;
            let name = format!("{prefix}{name}");
            let found = self.boundary.look(&path)?;
            if found.is_dir() {
                let identity = identity(&found);
                if above.contains(&identity) {
                    return Err(PackError::Loop(path));
                }
                above.push(identity);
                self.folder(&path, &format!("{name}/"), above)?;
                above.pop();
                continue;
            }
            check_kind(&path, &found)?;
            self.file(name, path, &found)?;
        }
        Ok(())
    }

    fn file(&mut self, name: String, path: PathBuf, found: &Metadata) -> Result<(), PackError> {
        if name.len() > MOST_NAME_BYTES {
            return Err(PackError::LongName(path));
        }
        if self.files.len() == MOST_FILES {
            let path = self.folder.to_owned();
            return Err(PackError::TooMany { path, most: MOST_FILES });
        }
        let is_executable = is_executable(found);
        self.files.push(ListedFile { name, path, is_executable });
        Ok(())
    }
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// Whether the owner of a file may start it.
pub(super) fn is_executable(found: &Metadata) -> bool {
    found.permissions().mode() & 0o100 != 0
}

/// Refuses what is no plain file: reading it might wait for ever.
pub(super) fn check_kind(path: &Path, found: &Metadata) -> Result<(), PackError> {
    let kind = found.file_type();
    let special = |kind| Err(PackError::Special { path: path.to_owned(), kind });
    match () {
        () if kind.is_file() => Ok(()),
        () if kind.is_fifo() => special("a named pipe"),
        () if kind.is_socket() => special("a socket"),
        () => special("a device"),
    }
}
