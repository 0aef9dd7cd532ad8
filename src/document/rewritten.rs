//! What every reader of YAML 1.1 and of JSON takes and the parser, which reads YAML 1.2, refuses: rewritten
//! for it, with every place still told in the text that the user wrote.
//!
//! - Lines inside quotes and brackets that begin further left than the block around them. Their
//!   indentation means nothing; CloudFormation, PyYAML and Go's readers do not look at it.
//! - A character that JSON writes as two escapes (`\ud83d\ude00`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// How much text is read again in all, in bytes. A file with so many lines to rewrite is refused at the first
/// that is left.
const MOST_REREAD_BYTES: usize = 16_000_000;

/// What is put before a line that begins too far left: more than any block is indented.
const MARGIN: usize = 256;

/// A text, and what the parser gets in its place.
pub(super) struct Rewritten<'t> {
    written: &'t str,
    text: Cow<'t, str>,
    /// What stands instead of a part of the text as it was written, by where that part starts.
    edits: BTreeMap<usize, Edit>,
    /// Where each edit starts in the text that the parser gets, with its start in the one written.
    starts: Vec<(usize, usize)>,
    reread_bytes: usize,
}

struct Edit {
    removed: usize,
    inserted: String,
}

impl<'t> Rewritten<'t> {
    /// Returns a text as it was written.
    pub(super) fn of(written: &'t str) -> Self {
        Self {
            written,
            text: Cow::Borrowed(written),
            edits: BTreeMap::new(),
            starts: Vec::new(),
            reread_bytes: 0,
        }
    }

    /// Returns the text for the parser.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns where in the text that was written the byte at `at` of the other one stands.
    pub(super) fn written_at(&self, at: usize) -> usize {
        let before = self.starts.partition_point(|(start, _)| *start <= at);
        let Some(&(start, written)) = self.starts[..before].last() else { return at };
        let Edit { removed, inserted } = &self.edits[&written];
        match at - start {
            inside if inside < inserted.len() => written,
            behind => written + removed + (behind - inserted.len()),
        }
    }

    /// Rewrites what the parser refused with the words `why` at `at`, a byte of the text that was written.
    /// Returns whether it is worth another try.
    pub(super) fn rewrite(&mut self, why: &str, at: usize) -> bool {
        self.reread_bytes += self.text.len();
        if self.reread_bytes > MOST_REREAD_BYTES {
            return false;
        }
        let edits = self.edits.len();
        match why {
            "invalid indentation" | "invalid indentation in flow construct" => {
                self.indent(line_start(self.written, at), MARGIN);
            }
            "invalid indentation in quoted scalar" => {
                let inside = quoted(self.written, at);
                // The block stands no further right than what is quoted in it.
                let line = line_start(self.written, at);
                let before = self.edits.get(&line).map_or(0, |edit| edit.inserted.len());
                let margin = (before + at - line).min(MARGIN);
                let breaks = self.written[inside.clone()].match_indices('\n');
                let lines: Vec<usize> =
                    breaks.map(|(offset, _)| inside.start + offset + 1).collect();
                lines.into_iter().for_each(|line| self.indent(line, margin));
            }
            "while parsing a quoted scalar, found invalid Unicode character escape code" => {
                self.join_surrogates(quoted(self.written, at));
            }
            _ => {}
        }
        let is_other = self.edits.len() > edits;
        if is_other {
            self.apply();
        }
        is_other
    }

    fn indent(&mut self, line: usize, margin: usize) {
        self.edits.entry(line).or_insert_with(|| Edit { removed: 0, inserted: " ".repeat(margin) });
    }

    /// Writes each pair of escapes as the one character that it stands for.
    fn join_surrogates(&mut self, inside: Range<usize>) {
        let mut at = inside.start;
        while at < inside.end {
            let rest = &self.written.as_bytes()[at..inside.end];
            if let Some(character) = surrogate_pair(rest) {
                let inserted = format!("\\U{:08X}", u32::from(character));
                self.edits.insert(at, Edit { removed: SURROGATE_PAIR_BYTES, inserted });
            }
            at += if rest[0] == b'\\' { 2 } else { 1 };
        }
    }

    fn apply(&mut self) {
        let mut text = String::with_capacity(self.text.len());
        self.starts.clear();
        let mut copied = 0;
        for (&written, edit) in &self.edits {
            text.push_str(&self.written[copied..written]);
            self.starts.push((text.len(), written));
            text.push_str(&edit.inserted);
            copied = written + edit.removed;
        }
        text.push_str(&self.written[copied..]);
        self.text = Cow::Owned(text);
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |before| before + 1)
}

/// Returns what stands between the quote at `start` and the one that ends it, or the end of the text.
fn quoted(text: &str, start: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let Some(&quote @ (b'\'' | b'"')) = bytes.get(start) else { return start..start };
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 2,
            found if found == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => {
                at += 2;
            }
            found if found == quote => return start + 1..at,
            _ => at += 1,
        }
    }
    start + 1..text.len()
}

/// The length of `\ud83d\ude00`.
const SURROGATE_PAIR_BYTES: usize = 12;

/// Returns the character that a text begins with as two escapes.
fn surrogate_pair(text: &[u8]) -> Option<char> {
    let escape = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let pair = [escape(0)?, escape(6)?];
    // Two that are no pair are two characters, or wrong.
    let mut characters = char::decode_utf16(pair);
    let first = characters.next()?.ok()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_where_it_was_written() {
        let written = "a: '\nb\nc'\nd: \"\\ud83d\\ude00x\"\n";
        let mut rewritten = Rewritten::of(written);
        assert!(rewritten.rewrite("invalid indentation in quoted scalar", 3));
        let why = "while parsing a quoted scalar, found invalid Unicode character escape code";
        assert!(rewritten.rewrite(why, written.rfind("\"\\").expect("a quote")));
        assert!(rewritten.text().ends_with("\"\\U0001F600x\"\n"));
        for part in ["a:", "b\n", "c'", "d:", "x\""] {
            let at = rewritten.text().find(part).expect(part);
            assert_eq!(Some(rewritten.written_at(at)), written.find(part), "{part}");
        }
        assert_eq!(rewritten.written_at(rewritten.text().len()), written.len());
    }

    #[test]
    fn what_is_rewritten_already_is_not_tried_again() {
        let mut rewritten = Rewritten::of("a: [\nb]\n");
        assert!(rewritten.rewrite("invalid indentation", 5));
        assert!(!rewritten.rewrite("invalid indentation", 5));
        assert!(!rewritten.rewrite("something else", 5));
    }
}
