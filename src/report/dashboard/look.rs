//! How a dashboard looks: colours, and the characters that a terminal can show.

use crate::report::Palette;

/// Which characters a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// Marks and lines outside of ASCII, each one column wide.
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// How a dashboard looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// With colours or without.
    pub palette: Palette,
    /// Which characters marks are made of.
    pub symbols: Symbols,
}
