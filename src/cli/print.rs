//! What is printed: results to stdout, everything else to stderr.
//!
//! All that is printed passes [`foreign`] on its way, but for what scripts read byte for byte. A closed
//! pipe stops nothing: whoever closed it has read enough. A result that cannot be written otherwise is
//! told on stderr, and is an exit code of its own. A progress line gives way to all that is printed. Where stderr
//! has the events of a run, notes are left out: every line there is an event, or why the command failed.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::{ContextKind, ContextValue};

use super::arguments::{Color, Global};
use super::error::{CommandError, ErrorCause};
use super::exit::Exit;
use super::progress::aside;
use super::{terminal, wrong_words};
use crate::document::Faults;
use crate::event::Failure;
use crate::foreign::{self, one_line, visible};
use crate::report::summary::Destination;
use crate::report::{Palette, forbidden_lines, wrapped};

/// How wide faults are drawn where no terminal says otherwise.
const WIDTH: usize = 80;

/// How wide the reason stands for which a command was refused.
const REASON_WIDTH: usize = 78;

/// Whether stderr has the events of a run.
static HAS_EVENTS: AtomicBool = AtomicBool::new(false);

/// Leaves stderr to the events of a run from now on.
pub fn leave_stderr_to_events() {
    HAS_EVENTS.store(true, Ordering::Relaxed);
}

/// Whether a result stands where it was to be written.
#[must_use = "a result that could not be written is exit code 74"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it stands there.
    Whole,
    /// Whoever read it has read enough.
    Unread,
    /// It was told on stderr why not.
    Lost,
}

impl Written {
    /// Returns `exit`, or that the result could not be written.
    pub fn then(self, exit: Exit) -> Exit {
        match self {
            Self::Whole | Self::Unread => exit,
            Self::Lost => Exit::Unwritten,
        }
    }

    /// Returns `exit` if it tells that something went wrong, or else as [`then`](Self::then): for what is
    /// written beside the result.
    pub fn or_worse(self, exit: Exit) -> Exit {
        if exit.code() == 0 { self.then(exit) } else { exit }
    }

    /// Returns whether this result and the other one both stand where they were to be written.
    pub fn and(self, other: Self) -> Self {
        if self == Self::Lost { self } else { other }
    }
}

/// Writes a result for people to stdout.
pub fn result(text: &str) -> Written {
    painted(text, Palette::Plain)
}

/// Writes a result for people to stdout that is painted in a palette.
pub fn painted(text: &str, palette: Palette) -> Written {
    as_it_is(&palette.screen(text))
}

/// Writes a result to stdout that is JSON.
pub fn json(text: &str) -> Written {
    as_it_is(&foreign::json(text))
}

/// Writes a result to stdout that scripts read byte for byte.
pub fn as_it_is(text: &str) -> Written {
    match aside(|| write_result(text)) {
        Ok(()) => Written::Whole,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Written::Unread,
        Err(error) => {
            trouble(&format!("the result could not be written to stdout: {error}"));
            Written::Lost
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

/// Writes a note to stderr, of one line or several, unless events stand there.
pub fn note(text: &str) {
    if is_for_notes(text) {
        trouble(text);
    }
}

/// Writes a note to stderr that stays one line, whatever it holds, unless events stand there.
pub fn note_line(text: &str) {
    if is_for_notes(text) {
        trouble_line(text);
    }
}

/// Writes to stderr what went wrong, of one line or several, even between events.
pub fn trouble(text: &str) {
    trouble_painted(text, Palette::Plain);
}

/// Writes to stderr what went wrong and is painted in a palette, of one line or several.
fn trouble_painted(text: &str, palette: Palette) {
    let text = palette.screen(text);
    let _ = aside(|| writeln!(io::stderr(), "{text}"));
}

/// Writes to stderr what went wrong; it stays one line, whatever it holds.
pub fn trouble_line(text: &str) {
    let line = foreign::line(text);
    let _ = aside(|| writeln!(io::stderr(), "{line}"));
}

/// Whether notes are written; one that is not stands in the log.
fn is_for_notes(text: &str) -> bool {
    let has_events = HAS_EVENTS.load(Ordering::Relaxed);
    if has_events {
        tracing::info!("{}", foreign::one_line(text));
    }
    !has_events
}

/// Writes a line to stderr that another program wrote, as it is.
pub fn note_as_it_is(text: &str) {
    let _ = aside(|| writeln!(io::stderr(), "{text}"));
}

/// Shows the help or the version that was asked for on stdout, or on stderr what is wrong with the
/// command line.
pub fn usage(mut error: clap::Error) -> Exit {
    wrong_words::explain(&mut error);
    words_on_one_line(&mut error);
    let is_terminal = match error.use_stderr() {
        true => io::stderr().is_terminal(),
        false => io::stdout().is_terminal(),
    };
    let (text, palette) = (error.render(), palette(wants_color(Color::Auto, is_terminal)));
    let text = match palette {
        Palette::Color => text.ansi().to_string(),
        Palette::Plain => text.to_string(),
    };
    if error.use_stderr() {
        trouble_painted(text.trim_end(), palette);
        return Exit::Usage;
    }
    painted(&text, palette).then(Exit::Done)
}

/// Puts escapes into the words of the command line that an error repeats: in a CI job they may be
/// others', such as the name of a branch.
fn words_on_one_line(error: &mut clap::Error) {
    let words: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(word) => Some((kind, visible(word))),
            _ => None,
        })
        .collect();
    for (kind, word) in words {
        error.insert(kind, ContextValue::String(word));
    }
}

/// Says on stderr why an account cannot be entered, and what mends it.
pub fn refusal(failure: &Failure) {
    trouble(&format!("× {}", one_line(&failure.message)));
    if let Some(help) = &failure.help {
        trouble(&format!("  help: {}", one_line(help)));
    }
}

/// Says on stderr why a command failed, and returns its exit code.
pub fn error(error: &CommandError, global: &Global) -> Exit {
    match &error.cause {
        ErrorCause::Faults(found) => faults(found, global),
        ErrorCause::Account(failure) => refusal(failure),
        ErrorCause::Refused { command, refusal } => {
            let text = format!("{command} refused: {}: nothing was touched", refusal.message);
            trouble(&wrapped(&text, REASON_WIDTH).join("\n  "));
            forbidden_lines(&refusal.losses).iter().for_each(|line| trouble(line));
            refusal.help.iter().for_each(|help| trouble(&format!("  help: {help}")));
        }
        ErrorCause::Message { text, help: Some(help) } => {
            trouble(&format!("{text}\n  help: {help}"));
        }
        ErrorCause::Message { text, help: None } => trouble(text),
        ErrorCause::Reported => {}
    }
    error.exit
}

/// Shows every fault on stderr, each with its spot.
pub fn faults(faults: &Faults, global: &Global) {
    let width = console::Term::stderr().size_checked().map_or(WIDTH, |(_, columns)| columns.into());
    let palette = stderr_palette(global);
    let text = faults.render(palette == Palette::Color, width.clamp(40, 160));
    trouble_painted(text.trim_end(), palette);
}

/// Returns the palette for stdout.
pub fn stdout_palette(global: &Global) -> Palette {
    palette(wants_color(global.color, std::io::stdout().is_terminal()))
}

/// Returns what a summary on stdout is read in.
pub fn stdout_reader() -> Destination {
    let columns = usize::from(console::Term::stdout().size().1);
    if std::io::stdout().is_terminal() {
        Destination::Screen { columns }
    } else {
        Destination::File
    }
}

/// Returns the palette for stderr.
pub fn stderr_palette(global: &Global) -> Palette {
    palette(wants_color(global.color, std::io::stderr().is_terminal()))
}

/// Prints the JSON Schema of the environment file.
pub fn schema() -> Exit {
    let schema = crate::environment::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    json(&text).then(Exit::Done)
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
        Color::Auto => is_terminal && !is_set("NO_COLOR") && !terminal::is_dumb(),
    }
}
