//! The confirmation that a person at the terminal gives before anything is changed.

use std::io::{BufRead, Write};

use super::arguments::ProgressMode;
use super::error::CommandError;
use super::exit::Exit;
use super::{codebuild, print, question};
use crate::engine::PastStart;
use crate::event::Operation;
use crate::foreign;
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::report::{counted, wrapped};

/// How many accounts, or stack instances, are named in the question.
const MOST_NAMES: usize = 8;
/// How wide names stand.
const WIDTH: usize = 78;

/// How it is settled whether something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// A person is asked.
    Asked,
    /// It was given by `--yes`, and what is done is told.
    Told,
    /// Nobody is asked, or told.
    Silent,
}

impl Consent {
    /// Returns how it is settled: with `--yes` nobody is asked, nor in the sandbox, which holds nothing that a
    /// question could save.
    pub fn of(yes: bool, is_sandbox: bool, progress: ProgressMode) -> Self {
        match yes {
            true if progress.is_for_people() => Self::Told,
            true => Self::Silent,
            false if is_sandbox => Self::Silent,
            false => Self::Asked,
        }
    }

    /// Tells what is to be done or asks for it; `command` does it.
    ///
    /// # Errors
    /// If it is not wanted, or there is nobody to ask.
    pub fn settle(self, command: &str, what: &str) -> Result<(), CommandError> {
        match self {
            Self::Asked => confirm(command, what),
            Self::Told => {
                print::note(what);
                Ok(())
            }
            Self::Silent => Ok(()),
        }
    }
}

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
    if question::can_ask() && !codebuild::is_codebuild() {
        return Ok(());
    }
    let text =
        format!("{command} changes stacks and there is no terminal to ask at: nothing was touched");
    Err(CommandError::new(Exit::Refused, text).with_help("add --yes"))
}

/// Says what would be done, where; of what is deleted, with the stacks.
pub fn scope(operation: Operation, plan: &Plan) -> String {
    let chosen: Vec<_> = plan.instances.iter().filter(|i| !i.is_only_read()).collect();
    let mut accounts: Vec<usize> = chosen.iter().map(|instance| instance.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let names = accounts
        .iter()
        .map(|&account| format!("{} ({})", plan.accounts[account].name, plan.accounts[account].id));
    let what = match operation {
        Operation::Apply => "creates or updates",
        Operation::Destroy | Operation::Prune => "deletes",
        Operation::Plan => "previews",
    };
    let told = format!(
        "{} {what} {} in {}:{}",
        operation.as_str(),
        counted(chosen.len(), "stack instance"),
        counted(accounts.len(), "account"),
        named(names)
    );
    if !operation.deletes() {
        return told;
    }
    let several = plan.has_several_environments();
    let label = |id: &InstanceId| id.label(several);
    // Dependents first, as they are deleted.
    told + &named(chosen.iter().rev().map(|instance| label(&instance.id)))
}

/// Says what a rollback of a run puts back; `deleted` of these go away, as the run created them.
pub fn rollback(start: &PastStart, ids: &[&InstanceId], deleted: usize) -> String {
    let (run, several) = (&start.run, start.environments.len() > 1);
    let deletes = match deleted {
        0 => String::new(),
        count => format!(", {count} of them deleted"),
    };
    let count = counted(ids.len(), "stack instance");
    let names = named(ids.iter().rev().map(|id| id.label(several)));
    format!("rollback puts back {count} of run {run}{deletes}:{names}")
}

/// Returns the first few names, each line below what is said.
fn named(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut text = names.take(MOST_NAMES).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    wrapped(&text, WIDTH).iter().map(|line| format!("\n  {line}")).collect()
}
