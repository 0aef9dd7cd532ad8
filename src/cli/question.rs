//! The question before anything is changed.

use std::io::{BufRead, IsTerminal, Write};

use super::{codebuild, print};
use crate::event::Operation;
use crate::foreign;
use crate::plan::Plan;

/// How many accounts are named in the question.
const MOST_NAMES: usize = 8;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// The person does not want it.
    No,
    /// There is nobody to ask.
    Nobody,
}

/// Asks the person at the terminal whether the plan is to be carried out.
pub fn ask(operation: Operation, plan: &Plan) -> Answer {
    ask_whether(&scope(operation, plan))
}

/// Asks the person at the terminal whether what is said is to be done.
pub fn ask_whether(what: &str) -> Answer {
    if !can_ask() {
        return Answer::Nobody;
    }
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{}\nGo on? Type yes: ", foreign::screen(what));
    let _ = stderr.flush();
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) if matches!(line.trim(), "yes" | "y" | "Yes" | "YES") => Answer::Yes,
        _ => Answer::No,
    }
}

/// Whether somebody is there to be asked.
pub fn can_ask() -> bool {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    is_terminal && !codebuild::is_codebuild()
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
        Operation::Destroy => "deletes",
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

/// Says that nobody could be asked, and what to do.
pub fn refuse(command: &str, answer: Answer) {
    match answer {
        Answer::Nobody => print::note(&format!(
            "{command} changes stacks and there is no terminal to ask at: nothing was touched\n  \
             help: add --yes"
        )),
        Answer::No | Answer::Yes => print::note("not confirmed: nothing was touched"),
    }
}
