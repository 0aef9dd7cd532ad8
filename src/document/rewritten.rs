//! What every reader of YAML 1.1 and of JSON takes and the parser, which reads YAML 1.2, refuses: rewritten
//! for it, with every place still told in the text that the user wrote.
//!
//! - Lines inside quotes and brackets that begin further left than the block around them, or with tabs.
//!   Their indentation means nothing; CloudFormation, PyYAML and Go's readers do not look at it.
//! - A comment right behind a quote, a bracket or a comma.
//! - A character that JSON writes as two escapes (`\ud83d\ude00`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::enclosure::Enclosure;

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
        written_at(&self.edits, &self.starts, at)
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
            "invalid indentation in quoted scalar" => self.indent_quoted(at),
            "tab cannot be used as indentation"
            | "tabs disallowed within this context (block indentation)" => {
                let line = line_start(self.written, at);
                let (before, starts) = self.rewritten_to(line);
                match Enclosure::at_the_end_of(&before) {
                    // Here tabs are wrong for every reader.
                    Enclosure::Block => {}
                    Enclosure::Brackets => self.indent(line, MARGIN),
                    Enclosure::Quotes(start) => {
                        self.indent_quoted(written_at(&self.edits, &starts, start));
                    }
                }
            }
            "comments must be separated from other tokens by whitespace" => {
                self.edits.entry(at).or_insert_with(|| Edit { removed: 0, inserted: " ".into() });
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

    /// Indents all lines but the first of what is quoted from `at` on.
    fn indent_quoted(&mut self, at: usize) {
        let inside = quoted(self.written, at);
        // The block stands no further right than what is quoted in it.
        let line = line_start(self.written, at);
        let column = match self.edits.get(&line) {
            None => at - line,
            Some(edit) => edit.inserted.len() + at - line - edit.removed,
        };
        let margin = column.min(MARGIN);
        let breaks = self.written[inside.clone()].match_indices('\n');
        let lines: Vec<usize> = breaks.map(|(offset, _)| inside.start + offset + 1).collect();
        lines.into_iter().for_each(|line| self.indent(line, margin));
    }

    fn indent(&mut self, line: usize, margin: usize) {
        let blanks = self.written[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let removed = blanks.count();
        let inserted = || " ".repeat(margin.max(removed));
        self.edits.entry(line).or_insert_with(|| Edit { removed, inserted: inserted() });
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
        let (text, starts) = self.rewritten_to(self.written.len());
        self.text = Cow::Owned(text);
        self.starts = starts;
    }

    /// Returns the text up to the byte at `end` of the one written with all edits in it, and where these start.
    fn rewritten_to(&self, end: usize) -> (String, Vec<(usize, usize)>) {
        let mut text = String::with_capacity(self.text.len());
        let mut starts = Vec::new();
        let mut copied = 0;
        for (&written, edit) in self.edits.range(..end) {
            text.push_str(&self.written[copied..written]);
            starts.push((text.len(), written));
            text.push_str(&edit.inserted);
            copied = written + edit.removed;
        }
        text.push_str(&self.written[copied..end]);
        (text, starts)
    }
}

/// Returns where in the text that was written the byte at `at` of the rewritten one stands.
fn written_at(edits: &BTreeMap<usize, Edit>, starts: &[(usize, usize)], at: usize) -> usize {
    let before = starts.partition_point(|(start, _)| *start <= at);
    let Some(&(start, written)) = starts[..before].last() else { return at };
    let Edit { removed, inserted } = &edits[&written];
    match at - start {
        inside if inside < inserted.len() => written,
        behind => written + removed + (behind - inserted.len()),
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
