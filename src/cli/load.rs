//! Files to a plan, with every fault shown at once.

use std::path::{Path, PathBuf};

use super::arguments::{Global, Selected};
use super::exit::Exit;
use super::print;
use crate::document::Faults;
use crate::environment::Environment;
use crate::plan::{self, Plan, Selection};

/// Reads the files and resolves the selected plan; faults are shown on stderr.
///
/// # Errors
/// With the exit code for wrong files, after every fault of every file was shown.
pub fn load(selected: &Selected, global: &Global) -> Result<Plan, Exit> {
    resolve(selected).map_err(|faults| {
        print::faults(&faults, global);
        Exit::Usage
    })
}

/// Reads the files and returns the accounts selected and how they are entered; faults are shown on
/// stderr.
///
/// # Errors
/// As [`load`].
pub fn accounts(files: &[PathBuf], globs: &[String], global: &Global) -> Result<Plan, Exit> {
    let read = || {
        let environments = read(files)?;
        let selection = Selection::parse(globs, &[], &[])?;
        plan::entrances(&environments, &selection, &|name| std::env::var(name).ok())
    };
    read().map_err(|faults| {
        print::faults(&faults, global);
        Exit::Usage
    })
}

/// Reads the files and returns the accounts selected, how they are entered, and what stacks are
/// wanted there; faults are shown on stderr.
///
/// # Errors
/// As [`load`].
pub fn survey(files: &[PathBuf], globs: &[String], global: &Global) -> Result<Plan, Exit> {
    let read = || {
        let environments = read(files)?;
        let selection = Selection::parse(globs, &[], &[])?;
        plan::survey(&environments, &selection, &|name| std::env::var(name).ok())
    };
    read().map_err(|faults| {
        print::faults(&faults, global);
        Exit::Usage
    })
}

/// Returns one account, given by its name or id, and how it is entered.
///
/// # Errors
/// As [`accounts`], and when the text names several.
pub fn one_account(file: &Path, name: &str, global: &Global) -> Result<Plan, Exit> {
    let plan = accounts(&[file.to_owned()], &[name.to_owned()], global)?;
    if let [_] = plan.accounts[..] {
        return Ok(plan);
    }
    let names: Vec<&str> = plan.accounts.iter().map(|account| account.name.as_str()).collect();
    print::note(&format!(
        "`{name}` matches {} accounts, one is needed: {}",
        names.len(),
        names.join(", ")
    ));
    Err(Exit::Usage)
}

fn resolve(selected: &Selected) -> Result<Plan, Faults> {
    let environments = read(&selected.files)?;
    let selection = Selection::parse(&selected.accounts, &selected.stacks, &selected.regions)?;
    plan::resolve(&environments, &selection, &|name| std::env::var(name).ok())
}

fn read(files: &[PathBuf]) -> Result<Vec<Environment>, Faults> {
    let mut environments = Vec::new();
    let mut faults = Vec::new();
    for file in files {
        match Environment::load(file) {
            Ok(environment) => environments.push(environment),
            Err(found) => faults.extend(found.0),
        }
    }
    if faults.is_empty() { Ok(environments) } else { Err(Faults(faults)) }
}
