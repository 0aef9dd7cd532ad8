//! How a dashboard looks: colours, and the characters that a terminal can show.

use crate::event::Outcome;
use crate::report::text::palette::Palette;

/// Which characters a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// Marks and lines outside of ASCII, each one column wide.
    Unicode,
    /// ASCII only, for terminals and locales without more.
    Ascii,
}

/// How a dashboard looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// With colours or without.
    pub palette: Palette,
    /// Which characters marks are made of.
    pub symbols: Symbols,
}

/// Where a stack instance, or all of a place, stands: one character on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
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
    /// Returns the mark of what ended.
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Created | Outcome::Updated | Outcome::Deleted => Self::Done,
            Outcome::Unchanged => Self::Unchanged,
            Outcome::Failed => Self::Failed,
            Outcome::Skipped => Self::Skipped,
            Outcome::RolledBack => Self::RolledBack,
        }
    }

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

/// What a piece of text means to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// No more than it says.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Beware of it.
    Caution,
    /// It is of less weight.
    Faint,
    /// It is what goes on.
    Strong,
}

impl Theme {
    /// Returns text in the colour of its tone.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Good => self.palette.good(text),
            Tone::Bad => self.palette.bad(text),
            Tone::Caution => self.palette.caution(text),
            Tone::Faint => self.palette.faint(text),
            Tone::Strong => self.palette.heading(text),
        }
    }

    /// Returns what stands where text was cut.
    pub(super) fn ellipsis(self) -> &'static str {
        match self.symbols {
            Symbols::Unicode => "…",
            Symbols::Ascii => "..",
        }
    }

    /// Returns what stands between two parts of a line.
    pub(super) fn separator(self) -> &'static str {
        match self.symbols {
            Symbols::Unicode => " · ",
            Symbols::Ascii => " | ",
        }
    }

    /// Returns the characters of what is done and what is left in a bar.
    pub(super) fn bar(self) -> (char, char) {
        match self.symbols {
            Symbols::Unicode => ('━', '─'),
            Symbols::Ascii => ('#', '-'),
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
