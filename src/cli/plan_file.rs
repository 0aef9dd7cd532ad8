//! Plan files on the command line: which file is one, and with which arguments it may be named.

use std::path::Path;

use super::arguments::{CloudArgs, SelectionArgs};
use super::asked_files::selected;
use super::error::{CommandError, with_causes};
use crate::file::named;
use crate::foreign;
use crate::run::PlanFile;

/// Returns the plan that a file holds; nothing if it holds none, or cannot be read: whoever takes it for something else says
/// so.
///
/// # Errors
/// If it is a plan that cannot be used.
pub fn read(path: &Path) -> Result<Option<PlanFile>, CommandError> {
    let Ok(text) = named::read(path) else { return Ok(None) };
    let file = PlanFile::parse(&text).map_err(|error| {
        let text =
            format!("the plan {} cannot be used: {}", foreign::path(path), with_causes(&error));
        CommandError::usage(text).with_help("plan again")
    })?;
    let here = std::env::current_dir().unwrap_or_default();
    // Where it was made, or wherever its files are by now.
    Ok(file.map(|file| if file.is_in(&here) { file.in_folder(here) } else { file }))
}

/// Returns the plan that is named in the place of environment files; nothing if these are named.
///
/// # Errors
/// If it cannot be used, or something is named beside it that it says itself.
pub fn named(selection: &SelectionArgs) -> Result<Option<PlanFile>, CommandError> {
    let plans = selection.files.iter().filter_map(|path| read(path).transpose());
    let mut plans: Vec<PlanFile> = plans.collect::<Result<_, _>>()?;
    let Some(plan) = plans.pop() else { return Ok(None) };
    if selection.files.len() > 1 {
        let text = "a plan is carried out by itself: nothing was touched";
        return Err(CommandError::usage(text).with_help("name the plan alone"));
    }
    if !selection.is_everything() || selection.with_dependents {
        let text = "--account, --stack, --region, --changed-since and --with-dependents select nothing of a plan: nothing was touched";
        return Err(CommandError::usage(text).with_help("leave them out, or plan less"));
    }
    Ok(Some(plan))
}

/// Checks that a plan is of the cloud that is meant.
///
/// # Errors
/// If one is the sandbox and the other is not.
pub fn check_cloud(plan: &PlanFile, cloud: &CloudArgs) -> Result<(), CommandError> {
    match (plan.asked.sandbox, cloud.sandbox) {
        (true, false) => {
            let text = "the plan was made with --sandbox: nothing was touched";
            Err(CommandError::usage(text).with_help("add --sandbox, or plan again without it"))
        }
        (false, true) => {
            let text = "the plan was made without --sandbox: nothing was touched";
            Err(CommandError::usage(text).with_help("leave --sandbox out, or plan again with it"))
        }
        (true, true) | (false, false) => Ok(()),
    }
}

/// Returns the files and the selection of a plan.
pub fn selection(plan: &PlanFile) -> SelectionArgs {
    selected(&plan.asked)
}
