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

/// Returns why a run stays as it is.
pub fn unusable(message: &str, help: &str) -> CommandError {
    CommandError::usage(format!("{message}: nothing was touched")).with_help(help)
}
