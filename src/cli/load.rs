//! Files to a plan; all faults of all files at once.

use std::path::{Path, PathBuf};

use super::arguments::SelectionArgs;
use super::changed_since::ChangedSince;
use super::error::CommandError;
use super::plan_file;
use crate::document::{Fault, Faults};
use crate::environment::{Environment, ReadDespiteFaults};
use crate::event::Operation;
use crate::foreign;
use crate::organization::Listings;
use crate::plan::{self, Plan, Selection};

/// Reads the files and resolves the selected plan.
///
/// # Errors
/// With every fault of every file.
pub fn load(selected: &SelectionArgs) -> Result<Plan, CommandError> {
    let environments = read_whole(selected)?;
    let selection = selection(selected)?;
    let Some(revision) = &selected.changed_since else {
        return Ok(plan::resolve(&environments, &selection, &variable)?);
    };
    let ChangedSince { instances, doubts } =
        ChangedSince::of(revision, selected, (&environments, &variable))?;
    let mut plan = plan::resolve(&environments, &selection.only(instances), &variable)?;
    plan.doubts.extend(doubts);
    Ok(plan)
}

/// Reads the files and resolves the selected plan for what sends no values: reading, deleting, showing the
/// order. Where values or templates are missing or wrong, it is resolved without them.
///
/// # Errors
/// With every fault of the files that matters to that.
pub fn load_order(selected: &SelectionArgs) -> Result<Plan, CommandError> {
    match load(selected) {
        Err(_) if selected.changed_since.is_none() => {}
        // What changed cannot be told without values and templates.
        loaded => return loaded,
    }
    let environments = read(&selected.files, &selected.listings)?;
    let selection = selection(selected)?;
    Ok(plan::resolve_order(&environments, &selection, &variable)?)
}

/// Reads the files and resolves the selected plan, as far as `operation` needs it.
///
/// # Errors
/// As [`load`] and [`load_order`].
pub fn load_for(operation: Operation, selected: &SelectionArgs) -> Result<Plan, CommandError> {
    match operation {
        Operation::Apply | Operation::Plan => load(selected),
        Operation::Destroy | Operation::Prune => load_order(selected),
    }
}

fn selection(selected: &SelectionArgs) -> Result<Selection, Faults> {
    let SelectionArgs { accounts, stacks, regions, with_dependents, .. } = selected;
    let selection = Selection::parse(accounts, stacks, regions).map_err(Faults::from)?;
    Ok(if *with_dependents { selection.and_dependents() } else { selection })
}

/// Reads the files and returns the accounts selected and how they are entered.
///
/// # Errors
/// As [`load`].
pub fn accounts(
    files: &[PathBuf],
    globs: &[String],
    listings: &Listings,
) -> Result<Plan, CommandError> {
    let environments = read(files, listings)?;
    Ok(plan::entrances(&environments, &accounts_selection(globs)?, &variable)?)
}

/// Reads the files and returns the accounts selected, how they are entered, and what stacks are
/// wanted there.
///
/// # Errors
/// As [`load`].
pub fn survey(
    files: &[PathBuf],
    globs: &[String],
    listings: &Listings,
) -> Result<Plan, CommandError> {
    let environments = read(files, listings)?;
    Ok(plan::survey(&environments, &accounts_selection(globs)?, &variable)?)
}

/// Returns the accounts that files cover, and their stacks without values.
///
/// # Errors
/// As [`survey`].
pub fn covered(environments: &[Environment], globs: &[String]) -> Result<Plan, CommandError> {
    Ok(plan::survey_order(environments, &accounts_selection(globs)?, &variable)?)
}

fn accounts_selection(globs: &[String]) -> Result<Selection, Faults> {
    Selection::parse(globs, &[], &[]).map_err(Faults::from)
}

/// Returns one account, given by its name or id, and how it is entered.
///
/// # Errors
/// As [`accounts`], and when the text names several.
pub fn one_account(file: &Path, name: &str, listings: &Listings) -> Result<Plan, CommandError> {
    let plan = accounts(&[file.to_owned()], &[name.to_owned()], listings)?;
    if let [_] = plan.accounts[..] {
        return Ok(plan);
    }
    let names: Vec<&str> = plan.accounts.iter().map(|account| account.name.as_str()).collect();
    Err(CommandError::usage(format!(
        "`{name}` matches {} accounts, one is needed: {}",
        names.len(),
        names.join(", ")
    )))
}

/// Returns a variable of this process's environment.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the files; where that fails, with what is wrong with the files that they name as well, and with all else if
/// only keys are wrong.
fn read_whole(selected: &SelectionArgs) -> Result<Vec<Environment>, Faults> {
    let (mut environments, mut parts, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for file in &selected.files {
        let ReadDespiteFaults { environment, is_whole, faults: found } =
            Environment::load_despite_faults(file, &selected.listings);
        let found = faults_of(file, found);
        if is_whole { &mut environments } else { &mut parts }.extend(environment);
        faults.extend(found);
    }
    if faults.is_empty() {
        return Ok(environments);
    }
    faults.extend(plan::faults_in_parts(&parts, &variable));
    let selection = selection(selected);
    if let (Ok(selection), false) = (selection, environments.is_empty()) {
        let resolved = plan::resolve(&environments, &selection, &variable);
        let further = resolved.err().map(|faults| faults.0).unwrap_or_default();
        // What is selected may stand in a file that cannot be read whole.
        faults
            .extend(further.into_iter().filter(|fault| parts.is_empty() || fault.place.is_some()));
    }
    Err(Faults::each_once(faults))
}

/// Returns the faults of a file; of one that is a plan, that it is one.
fn faults_of(file: &Path, found: Vec<Fault>) -> Vec<Fault> {
    match plan_file::read(file) {
        Ok(Some(_)) if !found.is_empty() => {
            let shown = foreign::path(file);
            let fault = Fault::of_file(file, "is a plan that was kept, no environment file");
            vec![fault.with_help(format!("`xdeploy apply {shown}` carries it out"))]
        }
        Ok(_) | Err(_) => found,
    }
}

/// Reads the files.
///
/// # Errors
/// With every fault of every file.
pub fn read(files: &[PathBuf], listings: &Listings) -> Result<Vec<Environment>, Faults> {
    let mut environments = Vec::new();
    let mut faults = Vec::new();
    for file in files {
        match Environment::load_listed(file, listings) {
            Ok(environment) => environments.push(environment),
            Err(found) => faults.extend(faults_of(file, found.0)),
        }
    }
    if faults.is_empty() { Ok(environments) } else { Err(Faults::each_once(faults)) }
}
