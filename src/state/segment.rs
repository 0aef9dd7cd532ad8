//! A segment: one object with what a run told since the one before, named after its number.
//!
//! Its first line says whose it is and how long its parts are: lines of the journal, then lines of what stood before.
//! Segments are written in order and only where none stands: that makes two writers of one run impossible. Who takes
//! the lock of a run that is not heard of any more closes it with a segment of its own.

use serde::{Deserialize, Serialize};

use crate::name::RunId;

/// How its first line looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SegmentHead {
    /// The run's id.
    run: RunId,
    /// The segment's number, from 1.
    segment: u64,
    /// Who wrote it: another one for each process that carries the run out.
    writer: String,
    /// How many bytes of the journal follow.
    journal_bytes: usize,
    /// How many bytes of what stood before follow them.
    before_bytes: usize,
    /// The run whose owner took the lock: what comes behind this segment is of whoever resumes the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_by: Option<String>,
}

/// A segment of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The run's id.
    pub run: RunId,
    /// Its number, from 1.
    pub number: u64,
    /// Who wrote it.
    pub writer: String,
    /// Lines of the journal.
    pub journal: Vec<u8>,
    /// Lines of what stood before.
    pub before: Vec<u8>,
    /// Who closed the run with it, if it is no more than that.
    pub closed_by: Option<String>,
}

/// Why an object is no segment of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentFault {
    /// It does not begin as one does, or is shorter or longer than it says.
    #[error("it is damaged")]
    Damaged,
    /// It is another run's, or another segment.
    #[error("it is segment {number} of run {run}")]
    Foreign {
        /// The run that it says.
        run: RunId,
        /// The number that it says.
        number: u64,
    },
}

impl Segment {
    /// Returns the name of a segment within the objects of its run.
    pub fn name(number: u64) -> String {
        format!("{number:06}.jsonl")
    }

    /// Returns the number that a name stands for, if it is a segment's.
    pub fn number_of(name: &str) -> Option<u64> {
        let digits = name.strip_suffix(".jsonl")?;
        let is_whole = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number| is_whole && *number > 0)
    }

    /// Returns the segment as it is stored.
    pub fn bytes(&self) -> Vec<u8> {
        let head = SegmentHead {
            run: self.run.clone(),
            segment: self.number,
            writer: self.writer.clone(),
            journal_bytes: self.journal.len(),
            before_bytes: self.before.len(),
            closed_by: self.closed_by.clone(),
        };
        let mut bytes = serde_json::to_vec(&head).expect("names and numbers become JSON");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.journal);
        bytes.extend_from_slice(&self.before);
        bytes
    }

    /// Reads what is stored as such a segment of a run.
    ///
    /// # Errors
    /// If it is none, or another one.
    pub fn read(bytes: &[u8], run: &RunId, number: u64) -> Result<Self, SegmentFault> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(SegmentFault::Damaged)?;
        let (head, parts) = (&bytes[..end], &bytes[end + 1..]);
        let head: SegmentHead = serde_json::from_slice(head).map_err(|_| SegmentFault::Damaged)?;
        if head.run != *run || head.segment != number {
            return Err(SegmentFault::Foreign { run: head.run, number: head.segment });
        }
        let is_whole = head.journal_bytes.checked_add(head.before_bytes) == Some(parts.len());
        let is_lines = |part: &[u8]| part.is_empty() || part.ends_with(b"\n");
        let (journal, before) = if is_whole {
            parts.split_at(head.journal_bytes)
        } else {
            return Err(SegmentFault::Damaged);
        };
        if !is_lines(journal) || !is_lines(before) {
            return Err(SegmentFault::Damaged);
        }
        Ok(Self {
            run: head.run,
            number,
            writer: head.writer,
            journal: journal.to_vec(),
            before: before.to_vec(),
            closed_by: head.closed_by,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment() -> Segment {
        Segment {
            run: "20261123-155602-k3f9".parse().expect("a run id"),
            number: 7,
            writer: "w".to_owned(),
            journal: b"{\"sequence\":1}\n".to_vec(),
            before: b"{}\n{}\n".to_vec(),
            closed_by: None,
        }
    }

    #[test]
    fn a_segment_is_read_as_it_was_written() {
        let written = segment();
        assert_eq!(Segment::read(&written.bytes(), &written.run, 7), Ok(written));
        assert_eq!(Segment::number_of(&Segment::name(7)), Some(7));
        assert_eq!(Segment::number_of(&Segment::name(1_234_567)), Some(1_234_567));
        for name in ["plan.json", "7.jsonl", "000000.jsonl", "+00001.jsonl", "000001.json"] {
            assert_eq!(Segment::number_of(name), None, "{name}");
        }
    }

    #[test]
    fn what_was_cut_or_is_anothers_is_no_segment() {
        let written = segment();
        let bytes = written.bytes();
        for length in 0..bytes.len() {
            let cut = Segment::read(&bytes[..length], &written.run, 7);
            assert_eq!(cut, Err(SegmentFault::Damaged), "{length}");
        }
        let longer = [&bytes[..], b"{}\n"].concat();
        assert_eq!(Segment::read(&longer, &written.run, 7), Err(SegmentFault::Damaged));
        let foreign = Segment::read(&bytes, &written.run, 8);
        assert!(matches!(foreign, Err(SegmentFault::Foreign { number: 7, .. })));
        let torn = Segment { journal: b"{\"seq".to_vec(), ..segment() };
        assert_eq!(Segment::read(&torn.bytes(), &torn.run, 7), Err(SegmentFault::Damaged));
    }
}
