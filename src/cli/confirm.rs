//! The confirmation that a person at the terminal gives before anything is changed.

use std::io::{BufRead, IsTerminal, Write};

use super::codebuild;
use super::error::CommandError;
use super::exit::Exit;
use crate::event::Operation;
use crate::foreign;
use crate::plan::Plan;

/// How many accounts are named in the question.
const MOST_NAMES: usize = 8;

/// Asks the person at the terminal whether what is said is to be done; `command` does it.
///
/// # Errors
/// If it is not wanted, or there is nobody to ask.
pub fn confirm(command: &str, what: &str) -> Result<(), CommandError> {
    check(command)?;
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{}\nContinue? Type yes: ", foreign::screen(what));
    let _ = stderr.flush();
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) if line.trim().eq_ignore_ascii_case("yes") => Ok(()),
        _ => Err(CommandError::new(Exit::Refused, "not confirmed: nothing was touched")),
    }
}

/// Checks that somebody is there to be asked.
///
/// # Errors
/// If nobody is.
pub fn check(command: &str) -> Result<(), CommandError> {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if is_terminal && !codebuild::is_codebuild() {
        return Ok(());
    }
    let text =
        format!("{command} changes stacks and there is no terminal to ask at: nothing was touched");
    Err(CommandError::new(Exit::Refused, text).with_help("add --yes"))
}

/// Says what would be done, where.
pub fn scope(operation: Operation, plan: &Plan) -> String {
    let chosen = plan.instances.iter().filter(|i| !i.is_only_read());
    let count = chosen.clone().count();
    let mut accounts: Vec<usize> = chosen.map(|instance| instance.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let names: Vec<String> = accounts
        .iter()
        .take(MOST_NAMES)
        .map(|&account| format!("{} ({})", plan.accounts[account].name, plan.accounts[account].id))
        .collect();
    let more = match accounts.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = match operation {
        Operation::Apply => "creates or updates",
        Operation::Destroy | Operation::Prune => "deletes",
        Operation::Plan => "previews",
    };
    format!(
        "{} {what} {count} stack {} in {} {}:\n  {}{more}",
        operation.as_str(),
        plural(count, "instance"),
        accounts.len(),
        plural(accounts.len(), "account"),
        names.join(", "),
    )
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
