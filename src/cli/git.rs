//! Git, kept from starting what a repository's own settings name: whoever made it is not trusted.

use std::path::Path;
use std::process::Command;

/// What git is kept from: programs that watch files, hooks, and fetching what a partial clone lacks.
const KEPT_FROM: [&str; 3] =
    ["core.fsmonitor=", "core.hooksPath=/dev/null", "protocol.allow=never"];

/// Returns git as it is asked about the repository that a folder is in.
pub fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.args(["--no-pager", "--no-optional-locks"]);
    git.args(KEPT_FROM.iter().flat_map(|setting| ["-c", *setting]));
    git.arg("-C").arg(folder).args(arguments);
    // What a hook or a shell set is about another repository, or another program.
    let own = std::env::vars_os().map(|(name, _)| name);
    own.filter(|name| name.to_string_lossy().starts_with("GIT_")).for_each(|name| {
        git.env_remove(name);
    });
    git.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    git
}
