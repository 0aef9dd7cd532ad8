//! Marks: one character for where a stack instance stands, and what it means to a reader.

use super::tone::Tone;

/// Which characters a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// Marks and lines outside of ASCII, each one column wide.
    Unicode,
    /// ASCII only, for terminals and locales without more.
    Ascii,
}

/// Where a stack instance, or all of a place, stands: one character on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It has not begun.
    Waiting,
    /// It is being worked on.
    Running,
    /// It is on its way back.
    RollingBack,
    /// It is as asked for now.
    Done,
    /// It was as asked for before.
    Unchanged,
    /// It did not become as asked for.
    Failed,
    /// It was not started and will not be.
    Skipped,
    /// It was changed and put back.
    RolledBack,
}

impl Mark {
    /// Returns the character.
    pub fn symbol(self, symbols: Symbols) -> char {
        let (unicode, ascii) = match self {
            Self::Waiting => ('·', '.'),
            Self::Running => ('▸', '>'),
            Self::RollingBack => ('↺', '<'),
            Self::Done => ('✓', '+'),
            Self::Unchanged => ('=', '='),
            Self::Failed => ('✗', 'x'),
            Self::Skipped => ('-', '-'),
            Self::RolledBack => ('←', 'r'),
        };
        match symbols {
            Symbols::Unicode => unicode,
            Symbols::Ascii => ascii,
        }
    }

    /// Returns what it means to a reader.
    pub fn tone(self) -> Tone {
        match self {
            Self::Running => Tone::Strong,
            Self::Done => Tone::Good,
            Self::Failed | Self::RolledBack => Tone::Bad,
            Self::RollingBack | Self::Skipped => Tone::Caution,
            Self::Waiting | Self::Unchanged => Tone::Faint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: [Mark; 8] = [
        Mark::Waiting,
        Mark::Running,
        Mark::RollingBack,
        Mark::Done,
        Mark::Unchanged,
        Mark::Failed,
        Mark::Skipped,
        Mark::RolledBack,
    ];

    #[test]
    fn every_mark_is_one_column_wide_and_unlike_the_others() {
        for symbols in [Symbols::Unicode, Symbols::Ascii] {
            let marks: std::collections::BTreeSet<char> =
                MARKS.iter().map(|mark| mark.symbol(symbols)).collect();
            assert_eq!(marks.len(), MARKS.len());
            assert!(marks.iter().all(|mark| console::measure_text_width(&mark.to_string()) == 1));
            assert!(symbols == Symbols::Unicode || marks.iter().all(char::is_ascii));
        }
    }
}
