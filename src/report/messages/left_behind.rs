//! What is left behind, in words, and the command that deletes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::resume::quoted;
use crate::event::LeftBehind;
use crate::foreign;
use crate::name::EnvironmentName;
use crate::report::text::prose;

/// Returns the command that deletes what is left behind of files, as a person types it.
pub fn prune_command(files: &[PathBuf], sandbox: bool, state_dir: Option<&Path>) -> String {
    let mut words = vec!["xdeploy prune".to_owned()];
    match files {
        [] => words.push("FILE".to_owned()),
        files => words.extend(files.iter().map(|file| quoted(file))),
    }
    if sandbox {
        words.push("--sandbox".to_owned());
    }
    if let Some(folder) = state_dir {
        words.push(format!("--state-dir {}", quoted(folder)));
    }
    words.join(" ")
}

/// Returns how many stacks are left behind, in words.
pub fn heading(left: &[LeftBehind]) -> String {
    let count = prose::counted(left.len(), "stack instance");
    format!("{count} that earlier runs made and no file names any more")
}

/// Returns how what is left behind is deleted, with the command that does it.
pub fn remedy(left: &[LeftBehind], command: &str) -> String {
    let mut sentence = format!("`{command}` shows and deletes what is left behind.");
    if left.iter().any(|left| left.account_gone) {
        sentence.push_str(" With `--gone ACCOUNT-ID` it deletes what is in such an account, too.");
    }
    sentence
}

/// Returns each stack that is left behind, with its environment where there are several.
pub fn each(left: &[LeftBehind]) -> impl Iterator<Item = String> {
    let environments: BTreeSet<&EnvironmentName> =
        left.iter().map(|left| &left.id.environment).collect();
    let several = environments.len() > 1;
    left.iter().map(move |left| described(left, several))
}

/// Returns a stack that is left behind, with all that sets it apart.
fn described(left: &LeftBehind, with_environment: bool) -> String {
    let environment =
        if with_environment { format!("{}/", left.id.environment) } else { String::new() };
    let mut parts = vec![format!("{environment}{}", left.id)];
    if left.stack_name.as_str() != left.id.stack.as_str() {
        parts.push(format!("stack {}", left.stack_name));
    }
    match &left.status {
        Some(status) => parts.push(prose::one_line(status.as_str())),
        None if left.may_stand => parts.push("may stand".to_owned()),
        None => {}
    }
    if left.account_gone {
        parts.push(format!("account {} not in the files", left.account_id));
    }
    if let Some(other) = &left.shared_with {
        parts.push(format!("runs of {other} made it as well"));
    }
    if let Some(file) = &left.made_from {
        parts.push(format!("from {}", foreign::path(file)));
    }
    parts.join(", ")
}
