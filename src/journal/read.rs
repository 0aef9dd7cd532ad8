//! A journal read back.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::folder::is_running;
use super::line::JournalLine;
use crate::event::{EventKind, RunEvent};
use crate::file::named;

/// A journal that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The journal's file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file does not begin as a run does.
    #[error("{path} is not the journal of a run: its first line does not tell of one that began")]
    NotAJournal {
        /// The journal's file.
        path: PathBuf,
    },
    /// The run did what this version does not know.
    #[error("{path} is of a run of a newer xdeploy, which this one cannot read")]
    Newer {
        /// The journal's file.
        path: PathBuf,
    },
    /// The run ended before anything of it was written.
    #[error("{path} is empty: the run ended before anything of it was written")]
    Empty {
        /// The journal's file.
        path: PathBuf,
    },
}

/// How a journal was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The version of its events' shape.
    pub schema: u32,
    /// Whether the run still goes on.
    pub is_running: bool,
    /// How many events were passed over because this version does not know them.
    pub unknown: usize,
    /// The numbers of the lines, from 1, that are no events.
    pub damaged: Vec<usize>,
    /// Whether the last line was cut off.
    pub is_torn: bool,
}

/// Reads the journal at `path` and hands on its events in order.
///
/// Lines that cannot be read are passed over and counted; whatever they say, the rest is read.
///
/// # Errors
/// If the file cannot be read, or does not begin as a run does.
pub fn read(path: &Path, mut on_event: impl FnMut(RunEvent)) -> Result<Reading, ReadError> {
    let unreadable = |source| ReadError::Unreadable { path: path.to_owned(), source };
    let file = named::open(path).map_err(unreadable)?;
    let mut reading = Reading { is_running: is_running(path, &file), ..Reading::default() };
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        let read = JournalLine::read(&line);
        if number == 1 {
            reading.schema = schema(&read, path)?;
        }
        match read {
            JournalLine::Event(event) => on_event(*event),
            JournalLine::Unknown => reading.unknown += 1,
            JournalLine::Damaged if line.ends_with(b"\n") => reading.damaged.push(number),
            JournalLine::Damaged => reading.is_torn = true,
        }
    }
    if reading.schema == 0 {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    Ok(reading)
}

/// Returns the first event of a journal, if it can be read.
pub fn first_event(path: &Path) -> Option<RunEvent> {
    let mut line = Vec::new();
    BufReader::new(named::open(path).ok()?).read_until(b'\n', &mut line).ok()?;
    match JournalLine::read(&line) {
        JournalLine::Event(event) => Some(*event),
        JournalLine::Unknown | JournalLine::Damaged => None,
    }
}

/// Returns the schema that a journal's first line names.
pub(super) fn schema(first: &JournalLine, path: &Path) -> Result<u32, ReadError> {
    let path = || path.to_owned();
    match first {
        JournalLine::Event(event) => match event.kind {
            EventKind::RunStarted { schema, .. } => Ok(schema),
            _ => Err(ReadError::NotAJournal { path: path() }),
        },
        JournalLine::Unknown => Err(ReadError::Newer { path: path() }),
        JournalLine::Damaged => Err(ReadError::NotAJournal { path: path() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = r#"{"sequence":1,"at":"2026-11-23T15:56:02Z","type":"run-started","schema":1,"run":"20261123-155602-k3f9","operation":"apply","environments":["prod"],"instances":[]}"#;
    const CANCEL: &str =
        r#"{"sequence":2,"at":"2026-11-23T15:56:03Z","type":"cancel-requested","at_once":false}"#;
    const NEW: &str = r#"{"sequence":3,"at":"2026-11-23T15:56:04Z","type":"drift-found"}"#;

    /// Reads a journal of this text; returns the numbers of its events as well.
    fn read_text(text: &str) -> Result<(Vec<u64>, Reading), ReadError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.jsonl");
        std::fs::write(&path, text).expect("the folder takes files");
        let mut sequence = Vec::new();
        let reading = read(&path, |event| sequence.push(event.sequence))?;
        Ok((sequence, reading))
    }

    #[test]
    fn a_torn_last_line_is_passed_over() {
        let (events, reading) =
            read_text(&format!("{START}\n{}", &CANCEL[..40])).expect("the rest can be read");
        assert_eq!(events, [1]);
        assert_eq!(reading, Reading { schema: 1, is_torn: true, ..Reading::default() });
    }

    #[test]
    fn a_last_line_that_only_lacks_its_end_is_whole() {
        let (events, reading) = read_text(&format!("{START}\n{CANCEL}")).expect("it can be read");
        assert_eq!((events, reading.is_torn), (vec![1, 2], false));
    }

    #[test]
    fn damage_in_the_middle_is_named_and_the_rest_read() {
        let text = format!("{START}\n\0\0\n{NEW}\nnonsense\n{CANCEL}\n");
        let (events, reading) = read_text(&text).expect("the rest can be read");
        assert_eq!(events, [1, 2]);
        assert_eq!((reading.damaged, reading.unknown), (vec![2, 4], 1));
        assert!(!reading.is_torn);
    }

    #[test]
    fn a_schema_to_come_is_told() {
        let text = START.replace("\"schema\":1", "\"schema\":2,\"more\":{}");
        assert_eq!(read_text(&text).expect("it can be read").1.schema, 2);
        let text = START.replace("\"apply\"", "\"migrate\"");
        assert!(matches!(read_text(&text), Err(ReadError::Newer { .. })));
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        assert!(matches!(read_text(""), Err(ReadError::Empty { .. })));
        for text in ["{}\n", "hello", CANCEL, &CANCEL.repeat(2), "\0"] {
            assert!(matches!(read_text(text), Err(ReadError::NotAJournal { .. })), "{text}");
        }
        let missing = read(Path::new("/nowhere/x.jsonl"), |_| {});
        assert!(matches!(missing, Err(ReadError::Unreadable { .. })));
    }
}
