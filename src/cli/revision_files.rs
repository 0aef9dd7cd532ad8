//! The files of a git revision, written into a folder of their own: neither the work tree nor the index is touched, and no
//! program that a repository names is started.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::git::git;
use crate::foreign::one_line;

/// A revision of the repository that a folder is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision {
    /// The top of the work tree.
    pub top: PathBuf,
    /// The commit's name.
    pub commit: String,
}

/// The files of a revision.
pub struct RevisionFiles {
    revision: Revision,
    folder: TempDir,
}

/// A file of a revision.
struct Entry {
    is_executable: bool,
    path: PathBuf,
}

impl Revision {
    /// Finds what a person calls a revision, such as `main` or `HEAD~3`.
    ///
    /// # Errors
    /// If the folder is in no work tree of git, or there is no such commit.
    pub fn find(folder: &Path, name: &str) -> io::Result<Self> {
        let top = answer(folder, &["rev-parse", "--show-toplevel"])?;
        let commit = format!("{name}^{{commit}}");
        let asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let found = answer(folder, &asked).map_err(|error| match error.kind() {
            io::ErrorKind::Other => io::Error::other(format!(
                "there is no commit `{}` in {}",
                one_line(name),
                one_line(&top.to_string_lossy())
            )),
            _ => error,
        })?;
        let commit = found.to_string_lossy().into_owned();
        Ok(Self { top, commit })
    }
}

impl RevisionFiles {
    /// Writes the files of a revision.
    ///
    /// # Errors
    /// If git cannot tell them, or they cannot be written.
    pub fn write(revision: Revision) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let list = ["ls-tree", "-r", "-z", "--full-tree", &revision.commit];
        let listed = git(&revision.top, &list).stdin(Stdio::null()).output()?;
        if !listed.status.success() {
            return Err(io::Error::other(one_line(&String::from_utf8_lossy(&listed.stderr))));
        }
        let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for line in listed.stdout.split(|byte| *byte == 0) {
            let Some((object, entry)) = parse(line) else { continue };
            entries.entry(object).or_default().push(entry);
        }
        write_all(&revision, entries, folder.path())?;
        Ok(Self { revision, folder })
    }

    /// Returns a text in which paths are those in the revision.
    pub fn as_in_the_revision(&self, text: &str) -> String {
        let own = format!("{}/", self.folder.path().display());
        text.replace(&own, "")
    }

    /// Returns where the file of the revision stands that a path of the work tree names; nothing outside of it.
    pub fn path_of(&self, path: &Path) -> Option<PathBuf> {
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let path = parent.canonicalize().ok()?.join(path.file_name()?);
        let top = self.revision.top.canonicalize().ok()?;
        Some(self.folder.path().join(path.strip_prefix(top).ok()?))
    }
}

fn answer(folder: &Path, arguments: &[&str]) -> io::Result<PathBuf> {
    let mut command = git(folder, arguments);
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "git is not there to be asked"),
        _ => error,
    })?;
    if !output.status.success() {
        let said = one_line(&String::from_utf8_lossy(&output.stderr));
        let said = said.strip_prefix("fatal: ").unwrap_or(&said).to_owned();
        return Err(io::Error::other(said));
    }
    let text = output.stdout.trim_ascii_end();
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(text)))
}

/// Reads `MODE TYPE OBJECT<tab>PATH`. Links and submodules are no files.
fn parse(line: &[u8]) -> Option<(String, Entry)> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
    let mut words = head.split(' ');
    let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_file = kind == "blob" && mode.starts_with("100");
    (is_file && is_inside)
        .then(|| (object.to_owned(), Entry { is_executable: mode == "100755", path }))
}

/// Reads each object once, and writes it wherever it stands.
fn write_all(
    revision: &Revision,
    entries: BTreeMap<String, Vec<Entry>>,
    folder: &Path,
) -> io::Result<()> {
    let mut batch = git(&revision.top, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut asked = batch.stdin.take().expect("it is piped");
    let objects: Vec<String> = entries.keys().cloned().collect();
    // Beside the reading: git answers while it is asked.
    let asking = std::thread::spawn(move || {
        objects.iter().try_for_each(|object| writeln!(asked, "{object}"))
    });
    let mut answers = BufReader::new(batch.stdout.take().expect("it is piped"));
    let written = entries.into_values().try_for_each(|of_one| {
        let content = next_object(&mut answers)?;
        of_one.iter().try_for_each(|entry| write_one(entry, &content, folder))
    });
    drop(answers);
    let _ = asking.join();
    let _ = batch.kill();
    batch.wait()?;
    written
}

/// Reads `OBJECT TYPE SIZE`, a line end, the content, and a line end.
fn next_object(answers: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
    let size: u64 = size.ok_or_else(|| io::Error::other("git lacks an object of the revision"))?;
    let mut content = Vec::new();
    answers.take(size).read_to_end(&mut content)?;
    let mut end = [0];
    answers.read_exact(&mut end)?;
    Ok(content)
}

fn write_one(entry: &Entry, content: &[u8], folder: &Path) -> io::Result<()> {
    let path = folder.join(&entry.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = if entry.is_executable { 0o755 } else { 0o644 };
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(mode).open(path)?.write_all(content)
}
