//! A folder with files of ours, held open: what is done there happens in this very folder, whatever
//! stands under its name meanwhile.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags};

use super::own::{self, SAFELY};

/// For its owner only.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;

/// How files begin that are written before they take their places.
const DRAFT: &str = ".draft-";

/// A folder with files of ours.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    handle: File,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// To be read; it must be there.
    Read,
    /// To be read and written anywhere; made if it is missing.
    Edit,
    /// To be read and written anywhere; it must be there.
    Change,
    /// To be read and written anywhere; it must not be there.
    Fresh,
    /// To be read and added to; it must be there.
    Extend,
    /// To be added to; made if it is missing.
    Append,
    /// To be added to; it must not be there.
    New,
}

impl How {
    fn flags(self) -> OFlags {
        match self {
            Self::Read => OFlags::RDONLY,
            Self::Edit => OFlags::RDWR | OFlags::CREATE,
            Self::Change => OFlags::RDWR,
            Self::Fresh => OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
            Self::Extend => OFlags::RDWR | OFlags::APPEND,
            Self::Append => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
            Self::New => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL,
        }
    }
}

impl Folder {
    /// Opens a folder that a person named: it may be reached through links.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn named(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { path: path.to_owned(), handle: handle.into() })
    }

    /// Opens a folder that a person named; if it is missing, it is made for its owner only, and those
    /// above it as well.
    ///
    /// # Errors
    /// If it cannot be made or opened.
    pub fn made(path: &Path) -> io::Result<Self> {
        match Self::named(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)?;
                Self::named(path)
            }
            opened => opened,
        }
    }

    /// Opens a folder of ours in this one.
    ///
    /// # Errors
    /// If it is missing, a link, or no folder.
    pub fn inside(&self, name: impl AsRef<Path>) -> io::Result<Self> {
        let (name, path) = (name.as_ref(), self.path.join(name.as_ref()));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | SAFELY;
        match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => Ok(Self { path, handle: handle.into() }),
            Err(error) => Err(own::why(&self.handle, name, &path, "folder", error.into())),
        }
    }

    /// Opens a folder of ours in this one, made if it is missing; others may not look into it.
    ///
    /// # Errors
    /// If it cannot be made, is a link, or no folder.
    pub fn made_inside(&self, name: impl AsRef<Path>) -> io::Result<Self> {
        let mode = Mode::from_raw_mode(PRIVATE_FOLDER);
        match rustix::fs::mkdirat(&self.handle, name.as_ref(), mode) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let made = self.inside(name)?;
        // Of another user, it is that one's to say who may look.
        let _ = own::narrow(&made.handle);
        Ok(made)
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file of ours; one that others could read is theirs no more once it is written to.
    ///
    /// # Errors
    /// If it cannot be opened, or is not ours: then nothing of it was read or changed.
    pub fn open(&self, name: impl AsRef<Path>, how: How) -> io::Result<File> {
        let (name, path) = (name.as_ref(), self.path.join(name.as_ref()));
        let mode = Mode::from_raw_mode(PRIVATE_FILE);
        let file = match rustix::fs::openat(&self.handle, name, how.flags() | SAFELY, mode) {
            Ok(file) => File::from(file),
            Err(error) => {
                let error = io::Error::from(error);
                return Err(own::why(&self.handle, name, &path, "regular file", error));
            }
        };
        own::check(&file, &self.handle.metadata()?, &path)?;
        if how != How::Read {
            own::narrow(&file)?;
        }
        Ok(file)
    }

    /// Returns what stands in a file of ours.
    ///
    /// # Errors
    /// As [`Self::open`], and if it cannot be read.
    pub fn read(&self, name: impl AsRef<Path>) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.open(name, How::Read)?.read_to_end(&mut content)?;
        Ok(content)
    }

    /// Returns the text of a file of ours.
    ///
    /// # Errors
    /// As [`Self::read`], and if it is no text.
    pub fn read_text(&self, name: impl AsRef<Path>) -> io::Result<String> {
        let text = String::from_utf8(self.read(name)?);
        text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Writes a file as a whole, to last: readers see the old content or the new one, also after the
    /// machine stopped. What stands under its name is replaced, a link as such.
    ///
    /// # Errors
    /// If it cannot be written; then it is as it was.
    pub fn replace(&self, name: impl AsRef<Path>, content: &[u8]) -> io::Result<()> {
        self.replace_by(name.as_ref(), |file| {
            file.write_all(content)?;
            file.sync_data()
        })
    }

    /// Writes a file as a whole, as [`Self::replace`] does, but leaves it to the system when it is safe on
    /// disk.
    ///
    /// # Errors
    /// If it cannot be written; then it is as it was.
    pub fn replace_soon(&self, name: impl AsRef<Path>, content: &[u8]) -> io::Result<()> {
        self.replace_by(name.as_ref(), |file| file.write_all(content))
    }

    /// Puts the file that `write` writes in place of what stands under a name, once it is whole.
    ///
    /// # Errors
    /// If it cannot be written; then nothing has changed.
    pub(super) fn replace_by(
        &self,
        name: &Path,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let draft = draft_name();
        let written = self.open(&draft, How::New).and_then(|mut file| {
            write(&mut file)?;
            Ok(rustix::fs::renameat(&self.handle, &draft, &self.handle, name)?)
        });
        if written.is_err() {
            let _ = self.remove(&draft);
        }
        written
    }

    /// Moves a file into a folder, which may be this one, in place of what stands there under its new name.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn rename(
        &self,
        name: impl AsRef<Path>,
        to: &Self,
        as_name: impl AsRef<Path>,
    ) -> io::Result<()> {
        rustix::fs::renameat(&self.handle, name.as_ref(), &to.handle, as_name.as_ref())?;
        Ok(())
    }

    /// Removes a file, a link as such.
    ///
    /// # Errors
    /// If there is none, or it cannot be removed.
    pub fn remove(&self, name: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name.as_ref(), AtFlags::empty())?)
    }

    /// Removes a folder in this one with all it holds, a link as such; none is fine.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub fn remove_folder(&self, name: impl AsRef<Path>) -> io::Result<()> {
        match self.inside(name.as_ref()) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => return self.remove(name),
        }
        // It follows no link, whatever takes a folder's place meanwhile.
        match fs::remove_dir_all(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether something stands under a name, whatever it is.
    pub fn holds(&self, name: impl AsRef<Path>) -> bool {
        rustix::fs::statat(&self.handle, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Returns what a file of ours looks like.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn look(&self, name: impl AsRef<Path>) -> io::Result<fs::Metadata> {
        self.open(name, How::Read)?.metadata()
    }

    /// Returns the names of all that stands in it, in order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let name = OsString::from_vec(entry?.file_name().to_bytes().to_vec());
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Keeps the folder out of version control, if all that stands in it is ours; returns whether it is
    /// out of it now.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn ignore(&self, ours: impl Fn(&str) -> bool) -> io::Result<bool> {
        const IGNORE: &str = ".gitignore";
        if self.holds(IGNORE) {
            return Ok(true);
        }
        let names = self.names()?;
        // Another run may have put it there since it was looked for.
        let is_ours = |name: &OsString| {
            name.to_str()
                .is_some_and(|name| name == IGNORE || name.starts_with(DRAFT) || ours(name))
        };
        if !names.iter().all(is_ours) {
            return Ok(false);
        }
        self.replace(IGNORE, b"*\n").map(|()| true)
    }
}

/// Returns a name that nobody else has, in this process neither.
pub(super) fn draft_name() -> String {
    format!("{DRAFT}{}-{:016x}", std::process::id(), fastrand::u64(..))
}
