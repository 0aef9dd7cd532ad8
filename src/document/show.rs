//! Faults as a person reads them: the message, the spot with the lines around it, and the help.
//!
//! Whatever stands in the file, what is shown is bounded and holds no control characters, so that
//! neither a line of a megabyte nor an escape sequence reaches the terminal.

use std::fmt::Write;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

use super::fault::{Fault, Faults, Place, Severity};
use crate::foreign::{self, is_stray};

/// How many faults are shown: nobody mends more at once. Who counts faults keeps 50, and says with
/// one more how many there are beyond them.
const MOST_FAULTS: usize = 51;
/// The narrowest that faults are drawn, in columns, however narrow the terminal is.
const LEAST_WIDTH: usize = 40;

/// What stands around a line of a snippet: the line number and a rule.
const GUTTER: usize = 8;

impl Faults {
    /// Returns all faults, each with its spot and help, for a terminal `width` columns wide.
    ///
    /// Only the first 51 are shown; a last line says how many there are beyond them.
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme =
            if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width.max(LEAST_WIDTH))
            .with_links(false)
            .without_syntax_highlighting();
        let mut shown = String::new();
        let room = width.max(LEAST_WIDTH) - GUTTER;
        for (index, fault) in self.0.iter().take(MOST_FAULTS).enumerate() {
            if index > 0 {
                shown.push('\n');
            }
            if handler.render_report(&mut shown, &Shown::new(fault, room)).is_err() {
                // Only the message is certain to be printable then.
                writeln!(shown, "{}", printable(&fault.to_string())).expect("a String takes all");
            }
        }
        if let Some(more) = self.0.len().checked_sub(MOST_FAULTS).filter(|&more| more > 0) {
            writeln!(shown, "\n  … and {more} more").expect("a String takes all");
        }
        shown
    }
}

/// A fault in the shape that miette draws.
#[derive(Debug)]
struct Shown {
    severity: Severity,
    message: String,
    help: Option<String>,
    snippet: Option<Snippet>,
}

impl Shown {
    fn new(fault: &Fault, room: usize) -> Self {
        let place = fault.place.as_ref();
        let snippet = place.map(|place| Snippet::of(place, fault.label.as_deref(), room));
        let help = fault.help.as_deref().map(printable);
        Self { severity: fault.severity, message: printable(&fault.message), help, snippet }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|snippet| snippet as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let snippet = self.snippet.as_ref()?;
        let label = LabeledSpan::new_with_span(snippet.label.clone(), snippet.spot);
        Some(Box::new(std::iter::once(label)))
    }
}

/// The line of a spot and its neighbours, cut to what a terminal shows.
#[derive(Debug)]
struct Snippet {
    path: String,
    text: String,
    /// The number of its first line, from 0.
    first_line: usize,
    /// Where the spot stands in the file, both from 0.
    line: usize,
    column: usize,
    /// Where the spot stands in `text`.
    spot: SourceSpan,
    label: Option<String>,
}

impl Snippet {
    /// Returns the lines around `place`, each cut to about `room` characters.
    fn of(place: &Place, label: Option<&str>, room: usize) -> Self {
        let text = &place.file.text;
        let start = text.floor_char_boundary(place.span.start);
        let end = text.ceil_char_boundary(place.span.end).max(start);
        let (line, column) = place.file.line_and_column(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);

        let mut shown = String::new();
        if line > 1 {
            let above = text[..line_start - 1].rsplit('\n').next().unwrap_or_default();
            push_line(&mut shown, above, room);
        }
        let before = &text[line_start..start];
        // A spot of many lines is shown by its first.
        let spot = text[start..end.min(line_end)].trim_end();
        let fits = text[line_start..line_end].chars().nth(room).is_none();
        let left_out = if fits { 0 } else { (column - 1).saturating_sub(room / 2) };
        if left_out > 0 {
            shown.push('…');
        }
        shown.extend(before.chars().skip(left_out).map(plain));
        let room_left = room - (column - 1 - left_out);
        let spot_start = shown.len();
        shown.extend(spot.chars().take(room_left).map(plain));
        let spot_length = shown.len() - spot_start;
        let after = &text[start + spot.len()..line_end];
        push_line(&mut shown, after, room_left.saturating_sub(spot.chars().count()));
        if let Some(below) = text.get(line_end + 1..).filter(|below| !below.is_empty()) {
            push_line(&mut shown, below.split('\n').next().unwrap_or_default(), room);
        }
        Self {
            path: foreign::path(&place.file.path),
            text: shown,
            first_line: if line > 1 { line - 2 } else { 0 },
            line: line - 1,
            column: column - 1,
            spot: (spot_start, spot_length).into(),
            label: label.map(printable),
        }
    }
}

/// Adds the first `room` characters of a line, and its end.
fn push_line(shown: &mut String, line: &str, room: usize) {
    let line = line.trim_end();
    shown.extend(line.chars().take(room).map(plain));
    if line.chars().nth(room).is_some() {
        shown.push('…');
    }
    shown.push('\n');
}

/// The snippet is all that there is to read: whichever span is asked for, it is given whole.
impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // Without lines around it, only the spot's own line and column are wanted.
        let (line, column) =
            if lines_before == 0 { (self.line, self.column) } else { (self.first_line, 0) };
        let lines = self.text.lines().count();
        let span = (0, self.text.len()).into();
        let data = self.text.as_bytes();
        let path = self.path.clone();
        Ok(Box::new(MietteSpanContents::new_named(path, data, span, line, column, lines)))
    }
}

/// Returns a character that moves nothing but the cursor by its own width.
fn plain(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_stray(c) => '\u{fffd}',
        c => c,
    }
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { plain(c) }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::fault::SourceFile;
    use super::*;

    fn place(text: &str, span: std::ops::Range<usize>) -> Place {
        let file = SourceFile { path: "dev.yaml".into(), text: text.to_owned() };
        Place { file: Arc::new(file), span }
    }

    #[test]
    fn faults_are_shown_with_their_spot_and_help() {
        let text = "environment: dev\nregoins:\n  - eu-central-1\naccounts: {}\n";
        let faults = Faults(vec![
            Fault::at(&place(text, 17..24), "`regoins` is not a key of an environment file")
                .with_label("unknown key")
                .with_help("did you mean `regions`?"),
            Fault::at(&place(text, 28..42), "a Region reads like `eu-central-1`"),
            Fault::placeless("`../stacks/app.yaml` does not exist"),
        ]);
        insta::assert_snapshot!(faults.render(false, 80));
    }

    #[test]
    fn only_what_a_screen_holds_is_shown() {
        let text = format!("a: {}X{}\n", "b".repeat(100_000), "c\u{1b}[31m".repeat(100_000));
        let at = text.find('X').expect("there");
        let fault = Fault::at(&place(&text, at..at + 1), "too long").with_label("here");
        let faults = Faults(vec![fault; 70]);
        let shown = faults.render(false, 80);
        assert!(shown.len() < 50 * 1000, "{}", shown.len());
        assert!(!shown.contains('\u{1b}'));
        assert!(shown.ends_with("  … and 19 more\n"));
        insta::assert_snapshot!(Faults(faults.0[..1].to_vec()).render(false, 80));
    }

    proptest! {
        #[test]
        fn any_spot_of_any_text_can_be_shown(
            text in "(?s)(.|\\n|\\t|é|😀){0,300}", from in 0..400usize, length in 0..400usize, width in 0..200usize, color: bool
        ) {
            let start = text.floor_char_boundary(from);
            let end = text.floor_char_boundary(start + length);
            let fault = Fault::at(&place(&text, start..end), "wrong").with_label("here");
            let shown = Faults(vec![fault]).render(color, width);
            prop_assert!(shown.contains("wrong") && shown.contains("dev.yaml:"), "{}", shown);
        }
    }
}
