//! What becomes of the plain log: who shows it, and whether the summary follows it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;

use super::arguments::TextOrJson;
use crate::report::LogStyle;

/// Returns the style of a plain log on stderr beside that `output` on stdout.
pub fn log_style(output: TextOrJson) -> LogStyle {
    // GitHub sets it in every step of a workflow, to `true`.
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        LogStyle::GitHub
    } else {
        beside(output)
    }
}

/// Returns how what is shown on stderr ends beside that `output` on stdout.
pub fn beside(output: TextOrJson) -> LogStyle {
    if output == TextOrJson::Text && is_one_place() {
        LogStyle::WithSummary
    } else {
        LogStyle::Alone
    }
}

/// Whether stdout and stderr are the same terminal, file or pipe.
fn is_one_place() -> bool {
    let place = |descriptor: BorrowedFd| {
        let metadata = File::from(descriptor.try_clone_to_owned().ok()?).metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    let stdout = place(std::io::stdout().as_fd());
    stdout.is_some() && stdout == place(std::io::stderr().as_fd())
}
