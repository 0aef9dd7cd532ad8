//! From the parser's positions, which count characters, to ours, which count bytes.

/// How many characters lie between two remembered offsets.
const STRIDE: usize = 128;

/// Where in a text its characters start.
pub(super) enum Offsets<'t> {
    /// Every character is one byte.
    Ascii {
        /// The length of the text.
        length: usize,
    },
    /// The byte offset of every [`STRIDE`]th character.
    Marked {
        /// The text whose characters are counted.
        text: &'t str,
        /// The offsets, ascending, the first 0.
        marks: Vec<usize>,
    },
}

impl<'t> Offsets<'t> {
    /// Returns the offsets of `text`.
    pub(super) fn of(text: &'t str) -> Self {
        if text.is_ascii() {
            return Self::Ascii { length: text.len() };
        }
        let marks = text.char_indices().step_by(STRIDE).map(|(offset, _)| offset).collect();
        Self::Marked { text, marks }
    }

    /// Returns the byte offset of the character at `index`; the text's length if it has fewer.
    pub(super) fn byte(&self, index: usize) -> usize {
        match self {
            Self::Ascii { length } => index.min(*length),
            Self::Marked { text, marks } => match marks.get(index / STRIDE) {
                None => text.len(),
                Some(&mark) => text[mark..]
                    .char_indices()
                    .nth(index % STRIDE)
                    .map_or(text.len(), |(offset, _)| mark + offset),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_character_has_its_own_offset(text in "(?s)[a-zé€😀\\n]{0,700}") {
            let offsets = Offsets::of(&text);
            for (index, (offset, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(offsets.byte(index), offset);
            }
            prop_assert_eq!(offsets.byte(text.chars().count() + 3), text.len());
        }
    }
}
