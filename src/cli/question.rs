//! Questions to a person at the terminal, answered by a line each.

use std::fmt::Display;
use std::io::{BufRead, IsTerminal, Write};

use super::error::CommandError;
use super::exit::Exit;
use crate::foreign;

/// Whether somebody is there to be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Says what a question is about.
pub fn tell(text: &str) {
    // Who cannot read it is asked all the same.
    let _ = writeln!(std::io::stderr(), "{}", foreign::screen(text));
}

/// Asks until the answer can be read; an empty line is the `usual` answer, if there is one.
///
/// # Errors
/// When there are no more answers.
pub fn ask<T, E: Display>(
    what: &str,
    usual: Option<&str>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, CommandError> {
    let shown = usual.filter(|usual| !usual.is_empty()).map(|usual| format!(" [{usual}]"));
    let shown = shown.unwrap_or_default();
    loop {
        let answer = line(&format!("{what}{shown}: "))?;
        let answer = match answer.trim() {
            "" => usual.unwrap_or_default(),
            answer => answer,
        };
        match read(answer) {
            Ok(value) => return Ok(value),
            Err(error) => tell(&format!("  {error}")),
        }
    }
}

/// Asks for a line.
fn line(question: &str) -> Result<String, CommandError> {
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{}", foreign::line(question));
    let _ = stderr.flush();
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(bytes) if bytes > 0 => Ok(line),
        _ => Err(CommandError::new(Exit::Refused, "not answered: nothing was written")),
    }
}
