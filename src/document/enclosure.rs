//! Whether a text that is cut off ends inside quotes or brackets, where indentation means nothing.

use saphyr_parser::{Event, Parser};

use super::offsets::Offsets;

/// What a text that is cut off ends in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Enclosure {
    /// Neither brackets nor quotes are open.
    Block,
    /// A bracket is open.
    Brackets,
    /// A quote is open; it stands at this byte.
    Quotes(usize),
}

impl Enclosure {
    /// Returns what stands around the end of `text`.
    pub(super) fn at_the_end_of(text: &str) -> Self {
        let offsets = Offsets::of(text);
        let mut open = Vec::new();
        for event in Parser::new_from_str(text) {
            match event {
                Ok((Event::SequenceStart(..) | Event::MappingStart(..), span)) => {
                    // A tag or an anchor may stand before the bracket; a block has nothing else.
                    let start = offsets.byte(span.start.index())..offsets.byte(span.end.index());
                    let start = text.get(start).unwrap_or_default();
                    open.push(start.contains(['[', '{']));
                }
                Ok((Event::SequenceEnd | Event::MappingEnd, _)) => {
                    open.pop();
                }
                Ok(_) => {}
                Err(error) if error.info().contains("quoted scalar") => {
                    return Self::Quotes(offsets.byte(error.marker().index()));
                }
                Err(_) if open.contains(&true) => return Self::Brackets,
                Err(_) => return Self::Block,
            }
        }
        Self::Block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_quotes_and_brackets_are_seen() {
        for (text, around) in [
            ("", Enclosure::Block),
            ("a: [b]\n", Enclosure::Block),
            ("a:\n  - {b: c}\n  - d: 'e [\n\n      f'\n", Enclosure::Block),
            ("a: {\n", Enclosure::Brackets),
            ("a:\n  b: !Sub [\n c: d,\n", Enclosure::Brackets),
            ("é:\n  b: {c: [d], e: {f: g},\n", Enclosure::Brackets),
            ("é: [\n  'b\n", Enclosure::Quotes(8)),
            ("a: \"it's\n", Enclosure::Quotes(3)),
        ] {
            assert_eq!(Enclosure::at_the_end_of(text), around, "{text}");
        }
    }
}
