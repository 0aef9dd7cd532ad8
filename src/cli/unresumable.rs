//! Why a run that was kept stays as it is, and is neither resumed nor put back.

use super::error::CommandError;
use crate::engine::PastStart;
use crate::event::RunRequest;
use crate::foreign;

/// Returns why a run whose files are not what was begun stays.
pub fn changed(start: &PastStart, asked: &RunRequest) -> CommandError {
    let files: Vec<String> = asked.files.iter().map(|file| foreign::path(file)).collect();
    unusable(
        &format!(
            "{} or a template or local artifact of it changed since run {} began: it cannot be resumed",
            files.join(", "),
            start.run
        ),
        &format!(
            "bring the files back as they were; or `xdeploy rollback {}` puts back what it changed, or \
             `xdeploy apply` takes the stacks as they are",
            start.run
        ),
    )
}

/// Returns why a run stays that cannot be rolled back, as nothing tells its plan.
pub fn without_plan(start: &PastStart) -> CommandError {
    let run = &start.run;
    unusable(
        &format!(
            "run {run} cannot be rolled back without the files that it began with, and these are \
             others by now: its plan, {run}.plan.json, is not beside its journal",
        ),
        "bring that file back if it was left elsewhere (an older xdeploy wrote none), or the files as they \
         were; or apply those of before: `xdeploy apply`",
    )
}

/// Returns why a run stays as it is.
pub fn unusable(message: &str, help: &str) -> CommandError {
    CommandError::usage(format!("{message}: nothing was touched")).with_help(help)
}
