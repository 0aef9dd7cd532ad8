//! `xdeploy man`: the manual's pages, one for each command.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::error::CommandError;
use super::exit::Exit;
use super::print;
use crate::foreign;

/// The arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The command whose page is printed, such as `apply` or `sandbox serve`; the program's own without it
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub command: Vec<String>,
    /// Write all pages into this folder instead, such as /usr/local/share/man/man1
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Prints a page of the manual of `all` commands, or writes all of them.
///
/// # Errors
/// When there is no such command, or the pages cannot be written.
pub fn man(arguments: &ManArgs, mut all: Command) -> Result<Exit, CommandError> {
    all.build();
    let Some(folder) = &arguments.dir else {
        let page = page(wanted(&all, &arguments.command)?).expect("memory takes every page");
        return Ok(print::as_it_is(&page).then(Exit::Done));
    };
    let written = std::fs::create_dir_all(folder).and_then(|()| write(&all, folder));
    let count = written.map_err(|error| {
        let folder = foreign::path(folder);
        CommandError::usage(format!("the pages cannot be written to {folder}: {error}"))
    })?;
    print::note_line(&format!("{count} pages in {}", foreign::path(folder)));
    Ok(Exit::Done)
}

/// Returns the command that a line names word by word.
fn wanted<'c>(all: &'c Command, words: &[String]) -> Result<&'c Command, CommandError> {
    words.iter().try_fold(all, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let names: Vec<&str> = shown(command).map(Command::get_name).collect();
            let text = format!("there is no command `{}`", foreign::visible(word));
            let refused = CommandError::usage(text);
            match names.is_empty() {
                true => refused,
                false => refused.with_help(format!("commands: {}", names.join(", "))),
            }
        })
    })
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

/// Writes the pages of a command and of all beneath it; returns how many.
fn write(command: &Command, folder: &Path) -> io::Result<usize> {
    let man = Man::new(command.clone());
    std::fs::write(folder.join(man.get_filename()), page(command)?)?;
    shown(command).try_fold(1, |count, beneath| Ok(count + write(beneath, folder)?))
}

fn page(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
