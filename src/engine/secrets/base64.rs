//! Runs of base64 in a text, in either alphabet, with what they may hold.

use std::ops::Range;

/// Shorter runs hold nothing that is looked for.
const LEAST_LENGTH: usize = 6;

/// A part of a text that may be base64, and what it decodes to from one of its characters on.
pub(super) struct Decoded {
    /// What it holds, with a NUL for each byte that is no text.
    pub text: String,
    /// Where its first group stands.
    start: usize,
    /// Where the run ends, its padding included.
    end: usize,
}

impl Decoded {
    /// Returns where the groups stand that hold these bytes of the decoded text.
    pub fn place(&self, bytes: Range<usize>) -> Range<usize> {
        let end = self.start + bytes.end.div_ceil(3) * 4;
        self.start + bytes.start / 3 * 4..if end + 3 >= self.end { self.end } else { end }
    }
}

/// Returns every run, decoded from each of its first four characters on: what stands before base64 may
/// look like a part of it.
pub(super) fn decoded(text: &str) -> Vec<Decoded> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| value(**byte).is_some()).count();
        if length >= LEAST_LENGTH {
            let padding = bytes[at + length..].iter().take_while(|byte| **byte == b'=').count();
            let run = at..at + length;
            let end = run.end + padding.min(2);
            all.extend((0..4).map(|skipped| Decoded {
                text: text_of(&bytes[run.start + skipped..run.end]),
                start: run.start + skipped,
                end,
            }));
        }
        at += length.max(1);
    }
    all
}

/// Returns the six bits of a character of either alphabet.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn text_of(run: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(run.len() / 4 * 3 + 2);
    for group in run.chunks(4) {
        let bits = group.iter().filter_map(|byte| value(*byte));
        let bits = bits.fold(0_u32, |bits, six| bits << 6 | u32::from(six));
        let bits = bits << (6 * (4 - group.len()));
        let whole = group.len() * 6 / 8;
        bytes.extend(bits.to_be_bytes()[1..].iter().take(whole));
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\0'));
    }
    text
}
