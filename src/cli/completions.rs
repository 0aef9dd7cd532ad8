//! `xdeploy completions` and what the scripts that it prints ask for: a shell's completion of command lines.
//!
//! The script asks this program at each Tab, so that accounts, groups, stacks and runs complete as well as commands and
//! flags do.

use std::path::Path;

use clap::{Args, Command, ValueEnum};
use clap_complete::env::{CompleteEnv, Shells};

use super::error::CommandError;
use super::exit::Exit;
use super::print;

/// The variable with which a shell's script asks for completions.
const ASKED_BY: &str = "XDEPLOY_COMPLETE";

/// The arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: CompletedShell,
}

/// A shell that completes command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletedShell {
    /// source <(xdeploy completions bash)
    Bash,
    /// source <(xdeploy completions zsh)
    Zsh,
    /// xdeploy completions fish | source
    Fish,
    /// xdeploy completions powershell | Out-String | Invoke-Expression
    #[value(name = "powershell")]
    PowerShell,
}

impl CompletedShell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
        }
    }
}

/// Answers a shell that asks for completions of `all` and ends the program; returns if none does.
pub fn answer_shell(all: impl Fn() -> Command) {
    CompleteEnv::with_factory(all).var(ASKED_BY).complete();
}

/// Prints the script that has a shell ask this program for completions.
///
/// # Errors
/// When the script cannot be made.
pub fn completions(arguments: &CompletionsArgs) -> Result<Exit, CommandError> {
    let shells = Shells::builtins();
    let shell = shells.completer(arguments.shell.name()).expect("each of the shells is known");
    let mut script = Vec::new();
    shell
        .write_registration(ASKED_BY, "xdeploy", "xdeploy", &this_program(), &mut script)
        .map_err(|error| CommandError::usage(format!("the script cannot be made: {error}")))?;
    Ok(print::as_it_is(&String::from_utf8_lossy(&script)).then(Exit::Done))
}

/// Returns how the shell starts this program: as it was started now, so that an upgrade keeps the script right.
fn this_program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    match Path::new(&called).components().count() {
        0 | 1 => "xdeploy".to_owned(),
        _ => std::path::absolute(&called)
            .map_or(called.clone(), |path| path.to_string_lossy().into_owned()),
    }
}
