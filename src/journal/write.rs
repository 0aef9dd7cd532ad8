//! A run that is being written down.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::RunFolder;
use super::folder::journal_name;
use super::line::JournalLine;
use crate::event::RunEvent;
use crate::file::How;
use crate::foreign;
use crate::name::RunId;

/// How much may wait in memory before it is written, whoever else speaks.
const MOST_WAITING_BYTES: usize = 64 * 1024;

/// How much of a journal is looked at at once for the end of its last whole line.
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// A journal that cannot be begun.
#[derive(Debug, thiserror::Error)]
#[error("the journal {path} cannot be written")]
pub struct CreateError {
    /// The file that was to be made.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

/// The journal of a run that goes on, locked until it is dropped.
///
/// What was appended is written by [`flush`](Self::flush), and at the latest when this is dropped.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    waiting: Vec<u8>,
}

impl Journal {
    /// Begins the journal of a run in a folder that is there, readable by its owner only.
    ///
    /// # Errors
    /// If the file cannot be made, also because it is there already.
    pub fn create(folder: &RunFolder, run: &RunId) -> Result<Self, CreateError> {
        let path = folder.journal(run);
        match folder.opened().and_then(|runs| runs.open(journal_name(run), How::New)) {
            Ok(file) => {
                // It tells a run that goes on from one that was killed. Some network file systems
                // have no locks; there, both look alike.
                // A reader that looks for it at this moment holds its own for an instant only.
                let _ = file.lock();
                Ok(Self { path, file, waiting: Vec::new() })
            }
            Err(source) => Err(CreateError { path, source }),
        }
    }

    /// Resumes the journal of a run that is not running any more; a line that was cut off is taken away.
    ///
    /// # Errors
    /// If the file cannot be changed, also because the run still goes on.
    pub fn reopen(folder: &RunFolder, run: &RunId) -> Result<Self, CreateError> {
        let path = folder.journal(run);
        match reopened(folder, run) {
            Ok(file) => Ok(Self { path, file, waiting: Vec::new() }),
            Err(source) => Err(CreateError { path, source }),
        }
    }

    /// Returns the journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an event as one line, and writes what waits once it is much.
    ///
    /// # Errors
    /// If it cannot be written; what waited is lost then.
    pub fn append(&mut self, event: &RunEvent) -> io::Result<()> {
        let json = serde_json::to_string(event).expect("an event becomes JSON");
        self.waiting.extend_from_slice(foreign::json(&json).as_bytes());
        self.waiting.push(b'\n');
        if self.waiting.len() < MOST_WAITING_BYTES { Ok(()) } else { self.flush() }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// If it cannot be written; what waited is lost then.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.waiting);
        // Kept after a failure, it would be written twice in part.
        self.waiting.clear();
        written
    }

    /// Writes what waits, and waits until it would survive the machine.
    ///
    /// # Errors
    /// If it cannot be written; what waited is lost then.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync_data()
    }
}

fn reopened(folder: &RunFolder, run: &RunId) -> io::Result<File> {
    let mut file = folder.opened()?.open(journal_name(run), How::Extend)?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "the run still goes on"));
    }
    let whole_bytes = end_of_last_line(&mut file)?;
    file.seek(SeekFrom::Start(whole_bytes))?;
    let mut rest = Vec::new();
    file.read_to_end(&mut rest)?;
    if !rest.is_empty() {
        match JournalLine::read(&rest) {
            JournalLine::Damaged => file.set_len(whole_bytes)?,
            JournalLine::Event(_) | JournalLine::Unknown => file.write_all(b"\n")?,
        }
    }
    Ok(file)
}

/// Returns how many bytes of a file stand before and with its last line end, looking from behind: it
/// may be large.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut chunk = vec![0; LOOKED_AT_BYTES];
    while end > 0 {
        let start = end.saturating_sub(LOOKED_AT_BYTES as u64);
        chunk.truncate(usize::try_from(end - start).unwrap_or(LOOKED_AT_BYTES));
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut chunk)?;
        if let Some(found) = chunk.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + found as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// A run that ends by a panic keeps what was said until then.
impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::event::EventKind;

    fn event(sequence: u64) -> RunEvent {
        let at = jiff::Timestamp::UNIX_EPOCH;
        RunEvent { sequence, at, kind: EventKind::CancelRequested { at_once: false, owner: None } }
    }

    fn begun() -> (tempfile::TempDir, Journal) {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        let journal = Journal::create(&folder, &run).expect("it can be begun");
        (state, journal)
    }

    #[test]
    fn what_was_appended_is_written_by_a_flush_or_at_the_end() {
        let (_state, mut journal) = begun();
        let path = journal.path().to_owned();
        let lines = || fs::read_to_string(&path).expect("it can be read").lines().count();
        journal.append(&event(1)).expect("it is kept");
        assert_eq!(lines(), 0);
        journal.flush().expect("it is written");
        assert_eq!(lines(), 1);
        journal.append(&event(2)).expect("it is kept");
        drop(journal);
        assert_eq!(lines(), 2);
        let mode = fs::metadata(&path).expect("it stands").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_journal_whose_last_line_was_cut_off_is_resumed_behind_its_last_whole_line() {
        let (state, mut journal) = begun();
        let (path, folder) = (journal.path().to_owned(), RunFolder::of(state.path()));
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        journal.append(&event(1)).expect("it is kept");
        journal.sync().expect("it is written");
        let busy = Journal::reopen(&folder, &run).expect_err("it goes on");
        assert_eq!(busy.source.kind(), io::ErrorKind::ResourceBusy);
        drop(journal);
        let whole = fs::read(&path).expect("it can be read");
        for torn in [&b"{\"sequence\":2,\"at"[..], b"\xff\0", b""] {
            fs::write(&path, [&whole, torn].concat()).expect("it can be written");
            let mut journal = Journal::reopen(&folder, &run).expect("it ended");
            journal.append(&event(2)).expect("it is kept");
            drop(journal);
            let text = fs::read_to_string(&path).expect("it can be read");
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 2, "{text}");
            assert!(lines[1].starts_with("{\"sequence\":2"), "{text}");
        }
        let torn = vec![b'x'; 3 * LOOKED_AT_BYTES];
        fs::write(&path, [&whole[..], &torn].concat()).expect("it can be written");
        drop(Journal::reopen(&folder, &run).expect("it ended"));
        assert_eq!(fs::read(&path).expect("it can be read"), whole);
        fs::write(&path, &whole[..whole.len() - 1]).expect("it can be written");
        drop(Journal::reopen(&folder, &run).expect("it ended"));
        assert_eq!(fs::read(&path).expect("it can be read"), whole);
    }

    #[test]
    fn much_that_waits_is_written_without_a_flush() {
        let (_state, mut journal) = begun();
        (1..2_000).for_each(|n| journal.append(&event(n)).expect("it is kept"));
        assert!(fs::metadata(journal.path()).expect("it stands").len() > 100_000);
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let (state, journal) = begun();
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        let error = Journal::create(&RunFolder::of(state.path()), &run).expect_err("it is there");
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(error.path, journal.path());
    }

    #[test]
    fn what_cannot_be_written_is_said_once_and_forgotten() {
        let (_state, mut journal) = begun();
        journal.file = File::open(journal.path()).expect("it can be read");
        journal.append(&event(1)).expect("it is kept");
        assert!(journal.flush().is_err());
        assert!(journal.flush().is_ok(), "nothing waits any more");
    }
}
