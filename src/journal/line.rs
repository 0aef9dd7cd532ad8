//! One line of a journal, as far as it can be understood.

use jiff::Timestamp;
use serde::Deserialize;

use crate::event::RunEvent;

/// What a line of a journal holds.
#[derive(Debug, PartialEq)]
pub enum JournalLine {
    /// An event that could be read.
    Event(Box<RunEvent>),
    /// An event of a kind, or with a value, that this version does not know.
    Unknown,
    /// A line that is no event, or was cut off.
    Damaged,
}

/// What every event has, whichever version wrote it.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "sequence")]
    _sequence: u64,
    #[serde(rename = "at")]
    _at: Timestamp,
    #[serde(rename = "type")]
    _type: String,
}

impl JournalLine {
    /// Reads a line, with or without its line end.
    pub fn read(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(event) => Self::Event(event),
            // The events of a schema only grow, by types, fields and values: what has the shape of
            // an event and is none to us is of a version to come.
            Err(_) if serde_json::from_slice::<Envelope>(bytes).is_ok() => Self::Unknown,
            Err(_) => Self::Damaged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_version_writes_is_told_from_damage() {
        let start = r#"{"sequence":7,"at":"2026-11-23T15:56:02Z","type":"#;
        let read = |rest: &str| JournalLine::read(format!("{start}{rest}").as_bytes());
        assert!(matches!(
            read(r#""cancel-requested","at_once":true,"who":"x"}"#),
            JournalLine::Event(_)
        ));
        assert_eq!(read(r#""drift-found","drift":{"a":[1]}}"#), JournalLine::Unknown);
        assert_eq!(read(r#""run-finished","result":"postponed"}"#), JournalLine::Unknown);
        assert_eq!(read(r#""cancel-requ"#), JournalLine::Damaged);
        for damage in ["", "\0\0", "[]", "{\"sequence\":1}", "\u{fffd}"] {
            assert_eq!(JournalLine::read(damage.as_bytes()), JournalLine::Damaged, "{damage:?}");
        }
    }
}
