//! How a dashboard looks: its colours, and the characters that it is made of.

use crate::report::text::mark::Symbols;
use crate::report::text::palette::Palette;

/// How a dashboard looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// With colours or without.
    pub palette: Palette,
    /// Which characters marks are made of.
    pub symbols: Symbols,
}

impl Theme {
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
