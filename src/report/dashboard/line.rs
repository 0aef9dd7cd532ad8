//! A line of the dashboard: pieces of text, each with its tone, cut to a width and painted at last.

use std::time::Duration;

use console::{measure_text_width, truncate_str};

use super::theme::Theme;
use crate::foreign::{is_stray, visible};
use crate::report::text::mark::Symbols;
use crate::report::text::tone::Tone;

/// A line that is being put together.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameLine {
    pieces: Vec<(Tone, String)>,
    width: usize,
}

impl FrameLine {
    /// Returns the line with more text at its end.
    pub fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.push(tone, text);
        self
    }

    /// Adds text at the end.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        let text = if text.chars().any(is_stray) { visible(&text) } else { text };
        self.width += measure_text_width(&text);
        match self.pieces.last_mut() {
            Some((last, before)) if *last == tone => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.pieces.push((tone, text)),
        }
    }

    /// Adds blanks up to a column.
    pub fn fill_to(&mut self, column: usize) {
        let blanks = column.saturating_sub(self.width);
        self.push(Tone::Plain, " ".repeat(blanks));
    }

    /// Adds text at the end of `width` columns.
    pub fn push_right(&mut self, tone: Tone, text: &str, width: usize) {
        self.fill_to((self.width + width).saturating_sub(measure_text_width(text)));
        self.push(tone, text);
    }

    /// Returns how many columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns it with its colours, cut to `columns`, without blanks at its end.
    pub fn painted(self, columns: usize, theme: Theme) -> String {
        let is_cut = self.width > columns;
        let ellipsis = if is_cut && columns > 8 { theme.ellipsis() } else { "" };
        let mut room = columns - measure_text_width(ellipsis);
        let mut shown: Vec<(Tone, String)> = Vec::new();
        for (tone, text) in &self.pieces {
            let text = truncate_str(&showable(text, theme.symbols), room, "").into_owned();
            room -= measure_text_width(&text);
            shown.push((*tone, text));
        }
        while let Some((_, last)) = shown.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                last.push_str(ellipsis);
                break;
            }
            shown.pop();
        }
        shown.iter().map(|(tone, text)| theme.palette.paint(*tone, text)).collect()
    }
}

/// Returns text as a terminal can show it.
fn showable(text: &str, symbols: Symbols) -> String {
    match symbols {
        Symbols::Unicode => text.to_owned(),
        Symbols::Ascii => text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect(),
    }
}

/// Returns a name of at most `width` columns that keeps its beginning and its end.
pub(super) fn cut_middle(name: &str, width: usize, theme: Theme) -> String {
    let length = name.chars().count();
    if length <= width {
        return name.to_owned();
    }
    let ellipsis = theme.ellipsis();
    let kept = width.saturating_sub(measure_text_width(ellipsis));
    if kept < 2 {
        return name.chars().take(width).collect();
    }
    let start: String = name.chars().take(kept.div_ceil(2)).collect();
    let end: String = name.chars().skip(length - kept / 2).collect();
    format!("{start}{ellipsis}{end}")
}

/// Returns a duration in whole seconds: a tenth that flickers tells nothing.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => crate::clock::spoken(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Palette;

    const LOOK: Theme = Theme { palette: Palette::Plain, symbols: Symbols::Unicode };

    #[test]
    fn a_line_is_cut_where_its_terminal_ends() {
        let line =
            || FrameLine::default().with(Tone::Bad, "✗ ").with(Tone::Plain, "network-and-more  ");
        assert_eq!(line().painted(20, LOOK), "✗ network-and-more");
        assert_eq!(line().painted(10, LOOK), "✗ network…");
        assert_eq!(line().painted(3, LOOK), "✗ n");
        assert_eq!(line().painted(0, LOOK), "");
    }

    #[test]
    fn colours_take_no_columns() {
        let theme = Theme { palette: Palette::Color, ..LOOK };
        let line = FrameLine::default().with(Tone::Bad, "failed").with(Tone::Good, "done");
        assert_eq!(measure_text_width(&line.painted(9, theme)), 9);
    }

    #[test]
    fn wide_characters_never_stick_out() {
        let line = FrameLine::default().with(Tone::Plain, "名前は長い名前です");
        assert!(measure_text_width(&line.painted(12, LOOK)) <= 12);
    }

    #[test]
    fn ascii_is_ascii() {
        let theme = Theme { symbols: Symbols::Ascii, ..LOOK };
        assert_eq!(FrameLine::default().with(Tone::Plain, "für €5").painted(9, theme), "f?r ?5");
    }

    #[test]
    fn a_name_keeps_both_its_ends() {
        assert_eq!(cut_middle("payments-production", 11, LOOK), "payme…ction");
        assert_eq!(cut_middle("dev", 11, LOOK), "dev");
        assert_eq!(cut_middle("payments", 2, LOOK), "pa");
    }
}
