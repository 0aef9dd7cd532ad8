//! Colour, where it is asked for; every word stands without it.

use console::Style;

use super::outcome_look::look;
use super::tone::Tone;
use crate::event::Outcome;
use crate::foreign;

/// Paints words, or leaves them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequence at all.
    Plain,
    /// Text with ANSI colours.
    Color,
}

impl Palette {
    /// Returns `text` as something that went well.
    pub fn good(self, text: &str) -> String {
        self.paint(Tone::Good, text)
    }

    /// Returns `text` as something that went wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint(Tone::Bad, text)
    }

    /// Returns `text` as something to beware of.
    pub fn caution(self, text: &str) -> String {
        self.paint(Tone::Caution, text)
    }

    /// Returns `text` as something of less weight.
    pub fn faint(self, text: &str) -> String {
        self.paint(Tone::Faint, text)
    }

    /// Returns `text` as a heading.
    pub fn heading(self, text: &str) -> String {
        self.paint(Tone::Strong, text)
    }

    /// Returns `text` in the colour of an outcome.
    pub fn outcome(self, outcome: Outcome, text: &str) -> String {
        self.paint(look(outcome).mark.tone(), text)
    }

    /// Returns a text painted in this palette, of any number of lines, as it may stand on a screen or in
    /// a log: text from elsewhere that nobody cleaned does no harm there.
    pub fn screen(self, text: &str) -> String {
        match self {
            Self::Plain => foreign::screen(text),
            Self::Color => foreign::painted(text),
        }
    }

    /// Returns one line painted in this palette as [`screen`](Self::screen) does; it stays one.
    pub fn line(self, text: &str) -> String {
        match self {
            Self::Plain => foreign::line(text),
            Self::Color => foreign::painted_line(text),
        }
    }

    /// Returns text in the colour of its tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => Style::new().green(),
            Tone::Bad => Style::new().red(),
            Tone::Caution => Style::new().yellow(),
            Tone::Faint => Style::new().dim(),
            Tone::Strong => Style::new().bold(),
        };
        match self {
            Self::Plain => text.to_owned(),
            // Forced: whether to colour was decided by whoever chose the palette.
            Self::Color => style.force_styling(true).apply_to(text).to_string(),
        }
    }
}
