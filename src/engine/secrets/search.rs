//! The search for values in a text, however they are spelled there, and however many they are.

use std::ops::Range;

use super::spelling::first_of;

/// As much of a value's start counts as the value, where the text is cut behind it.
const LEAST_START: usize = 8;

/// What is searched for: characters, of which each run of white space is one blank.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    characters: Vec<char>,
    is_word: bool,
}

/// Values in their order, so that those with a common start stand together.
#[derive(Debug, Default)]
pub(super) struct Search {
    wanted: Vec<Wanted>,
}

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SecretMatch {
    /// Where it ends.
    pub end: usize,
    /// Whether it is a mere word, which may as well be one of the text's own.
    pub is_word: bool,
}

impl Search {
    /// Adds a value.
    pub fn add(&mut self, value: &str, is_word: bool) {
        let characters: Vec<char> =
            value.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
        let wanted = Wanted { characters, is_word };
        if let Err(position) = self.wanted.binary_search(&wanted) {
            self.wanted.insert(position, wanted);
        }
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Returns the values that stand at a place of a text, longer ones last.
    pub fn at(&self, text: &str, place: usize) -> Vec<SecretMatch> {
        let mut found = Vec::new();
        let mut reached: Vec<(Range<usize>, usize)> = vec![(0..self.wanted.len(), place)];
        for depth in 0.. {
            let mut next: Vec<(Range<usize>, usize)> = Vec::new();
            for (range, at) in reached {
                found.extend(self.ended(&range, depth, text, at));
                first_of(&text[at..], |c, bytes| {
                    let state = (self.narrowed(range.clone(), depth, c), at + bytes);
                    if !state.0.is_empty() && !next.contains(&state) {
                        next.push(state);
                    }
                });
            }
            if next.is_empty() {
                break;
            }
            reached = next;
        }
        found.sort_by_key(|found| found.end);
        found
    }

    /// Returns what ends here, if something does: a whole value, or the start of one that was cut.
    fn ended(
        &self,
        range: &Range<usize>,
        depth: usize,
        text: &str,
        at: usize,
    ) -> Option<SecretMatch> {
        let first = self.wanted.get(range.start).filter(|_| depth > 0)?;
        if first.characters.len() == depth {
            return Some(SecretMatch { end: at, is_word: first.is_word });
        }
        let rest = &text[at..];
        let is_cut = rest.is_empty() || rest.starts_with("...") || rest.starts_with('…');
        (is_cut && depth >= LEAST_START).then_some(SecretMatch { end: at, is_word: first.is_word })
    }

    /// Returns those of a range that have this character at this depth.
    fn narrowed(&self, range: Range<usize>, depth: usize, c: char) -> Range<usize> {
        let part = &self.wanted[range.clone()];
        let from = part.partition_point(|wanted| wanted.characters.get(depth) < Some(&c));
        let count = part[from..].partition_point(|wanted| wanted.characters.get(depth) == Some(&c));
        range.start + from..range.start + from + count
    }
}
