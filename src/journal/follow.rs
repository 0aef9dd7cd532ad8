//! A journal read while somebody may still write it: what was added since, again and again.

use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::folder;
use super::line::JournalLine;
use super::read::{ReadError, Reading, schema};
use crate::event::RunEvent;
use crate::file::named;

/// A journal that is read on from where it was read to.
///
/// It is opened anew each time, as a copy of it may take its place. What was read once is not read again.
#[derive(Debug)]
pub struct JournalFollower {
    path: PathBuf,
    /// How much of the file was read: whole lines only.
    read_bytes: u64,
    lines: usize,
    reading: Reading,
}

impl JournalFollower {
    /// Returns the follower of the journal at a path, of which nothing was read yet.
    pub fn of(path: PathBuf) -> Self {
        Self { path, read_bytes: 0, lines: 0, reading: Reading::default() }
    }

    /// Hands on the events that were added, and returns how the journal was read in all. A last line that lacks
    /// its end waits for it as long as somebody writes.
    ///
    /// # Errors
    /// If the file cannot be read, does not begin as a run does, or nobody writes it and it is empty.
    pub fn read_on(&mut self, mut on_event: impl FnMut(RunEvent)) -> Result<&Reading, ReadError> {
        let unreadable = |path: &Path, source| ReadError::Unreadable { path: path.into(), source };
        let file = named::open(&self.path).map_err(|error| unreadable(&self.path, error))?;
        // Before the rest is read: who has let go of it has written all.
        self.reading.is_running = folder::is_running(&self.path, &file);
        let mut rest = BufReader::new(file);
        let mut line = Vec::new();
        rest.seek(SeekFrom::Start(self.read_bytes))
            .map_err(|error| unreadable(&self.path, error))?;
        while next_line(&mut rest, &mut line).map_err(|error| unreadable(&self.path, error))? {
            if !line.ends_with(b"\n") && self.reading.is_running {
                break;
            }
            if !self.take(&line, &mut on_event)? {
                break;
            }
        }
        if self.lines == 0 && !self.reading.is_running {
            return Err(ReadError::Empty { path: self.path.clone() });
        }
        Ok(&self.reading)
    }

    /// Returns how the journal was read so far.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Takes in the next line; returns whether it is whole.
    fn take(
        &mut self,
        line: &[u8],
        on_event: &mut impl FnMut(RunEvent),
    ) -> Result<bool, ReadError> {
        let read = JournalLine::read(line);
        if self.lines == 0 {
            self.reading.schema = schema(&read, &self.path)?;
        }
        match read {
            JournalLine::Event(event) => on_event(*event),
            JournalLine::Unknown => self.reading.unknown += 1,
            JournalLine::Damaged if line.ends_with(b"\n") => {
                self.reading.damaged.push(self.lines + 1);
            }
            JournalLine::Damaged => {
                self.reading.is_torn = true;
                return Ok(false);
            }
        }
        self.lines += 1;
        self.read_bytes += line.len() as u64;
        Ok(true)
    }
}

/// Whether the run of the journal at a path still goes on.
pub fn is_running(path: &Path) -> bool {
    named::open(path).is_ok_and(|file| folder::is_running(path, &file))
}

fn next_line(rest: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(rest.read_until(b'\n', line)? > 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Write;

    use super::*;

    const START: &str = r#"{"sequence":1,"at":"2026-11-23T15:56:02Z","type":"run-started","schema":1,"run":"20261123-155602-k3f9","operation":"apply","environments":["prod"],"instances":[]}"#;
    const CANCEL: &str =
        r#"{"sequence":2,"at":"2026-11-23T15:56:03Z","type":"cancel-requested","at_once":false}"#;
    const NEW: &str = r#"{"sequence":3,"at":"2026-11-23T15:56:04Z","type":"drift-found"}"#;

    /// A journal that somebody writes.
    fn written() -> (tempfile::TempDir, File, JournalFollower) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.jsonl");
        let file = OpenOptions::new().create(true).append(true).open(&path).expect("it is made");
        file.lock().expect("nobody else has it");
        (folder, file, JournalFollower::of(path))
    }

    /// Returns the numbers of the events that were added.
    fn added(follower: &mut JournalFollower) -> Vec<u64> {
        let mut numbers = Vec::new();
        follower.read_on(|event| numbers.push(event.sequence)).expect("it can be read");
        numbers
    }

    #[test]
    fn each_event_is_handed_on_once_and_only_when_its_line_is_whole() {
        let (_folder, mut file, mut follower) = written();
        let mut write = |text: &str| file.write_all(text.as_bytes()).expect("it takes more");
        assert_eq!(added(&mut follower), [0; 0]);
        write(&START[..40]);
        assert_eq!(added(&mut follower), [0; 0]);
        write(&START[40..]);
        write("\n");
        write(&format!("{CANCEL}\nnonsense\n{NEW}\n{{\"seq"));
        assert_eq!(added(&mut follower), [1, 2]);
        assert_eq!(added(&mut follower), [0; 0]);
        let reading = follower.reading();
        assert!(reading.is_running && !reading.is_torn);
        assert_eq!((reading.damaged.clone(), reading.unknown), (vec![3], 1));
    }

    #[test]
    fn a_last_line_that_nobody_ends_any_more_is_torn_and_read_anew_if_somebody_takes_its_place() {
        let (_folder, mut file, mut follower) = written();
        write!(file, "{START}\n{}", &CANCEL[..40]).expect("it takes more");
        assert_eq!(added(&mut follower), [1]);
        file.unlock().expect("it is ours");
        assert_eq!(added(&mut follower), [0; 0]);
        assert!(follower.reading().is_torn && !follower.reading().is_running);
        file.set_len(START.len() as u64 + 1).expect("it can be cut");
        writeln!(file, "{CANCEL}").expect("it takes more");
        assert_eq!(added(&mut follower), [2]);
    }

    #[test]
    fn an_empty_journal_that_somebody_writes_is_waited_for() {
        let (_folder, file, mut follower) = written();
        assert_eq!(added(&mut follower), [0; 0]);
        file.unlock().expect("it is ours");
        assert!(matches!(follower.read_on(|_| ()), Err(ReadError::Empty { .. })));
    }
}
