//! What is printed: results to stdout, everything else to stderr. A closed pipe stops nothing.

use std::io::{self, IsTerminal, Write};

use super::arguments::{Color, Global};
use super::exit::Exit;
use crate::document::Faults;
use crate::event::Failure;
use crate::report::Palette;
use crate::report::summary::Reader;

/// How wide faults are drawn where no terminal says otherwise.
const WIDTH: usize = 80;

/// Writes a result to stdout.
pub fn result(text: &str) {
    whole_result(text);
}

/// Writes a result to stdout, and returns whether it stands there.
///
/// Whoever closed the pipe has read enough; that a disk is full is said on stderr.
pub fn whole_result(text: &str) -> bool {
    match write_result(text) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => true,
        Err(error) => {
            note(&format!("the result could not be written to stdout: {error}"));
            false
        }
    }
}

fn write_result(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Writes a line to stderr.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says on stderr why an account cannot be entered, and what mends it.
pub fn refusal(failure: &Failure) {
    note(&format!("× {}", failure.message));
    if let Some(help) = &failure.help {
        note(&format!("  help: {help}"));
    }
}

/// Says on stderr that something failed, with every cause below it and what to do.
pub fn failure(error: &dyn std::error::Error, help: &str) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    note(&format!("{text}\n  help: {help}"));
}

/// Shows every fault on stderr, each with its spot.
pub fn faults(faults: &Faults, global: &Global) {
    let width = console::Term::stderr().size_checked().map_or(WIDTH, |(_, columns)| columns.into());
    let color = wants_color(global.color, std::io::stderr().is_terminal());
    note(faults.render(color, width.clamp(40, 160)).trim_end());
}

/// Returns the palette for stdout.
pub fn stdout_palette(global: &Global) -> Palette {
    palette(wants_color(global.color, std::io::stdout().is_terminal()))
}

/// Returns what a summary on stdout is read in.
pub fn stdout_reader() -> Reader {
    if std::io::stdout().is_terminal() { Reader::Screen } else { Reader::File }
}

/// Returns the palette for stderr.
pub fn stderr_palette(global: &Global) -> Palette {
    palette(wants_color(global.color, std::io::stderr().is_terminal()))
}

/// Prints the JSON Schema of the environment file.
pub fn schema() -> Exit {
    let schema = crate::environment::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    result(&text);
    Exit::Done
}

fn palette(color: bool) -> Palette {
    if color { Palette::Color } else { Palette::Plain }
}

/// See no-color.org: any value that is not empty switches colour off.
fn wants_color(color: Color, is_terminal: bool) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
    }
}

/// Whether the terminal can do no more than print lines, or nobody says what it can do.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}
