//! What is left behind, in words, and the command that deletes it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::event::{LeftBehind, NamedState};
use crate::foreign;
use crate::name::{AccountId, EnvironmentName};
use crate::report::text::command::quoted;
use crate::report::text::prose;

/// How many environments, or files, are named.
const MOST_NAMED: usize = 5;

/// Returns the command that deletes what is left behind of files, as a person types it.
pub fn prune_command(files: &[PathBuf], sandbox: bool, named_state: Option<&NamedState>) -> String {
    let mut words = vec!["xdeploy prune".to_owned()];
    match files {
        [] => words.push("FILE".to_owned()),
        files => words.extend(files.iter().map(|file| quoted(file))),
    }
    if sandbox {
        words.push("--sandbox".to_owned());
    }
    // A file that names the place is one of those.
    if let Some(NamedState { place, file: None }) = named_state {
        words.push(format!("--state-dir {}", quoted(place)));
    }
    words.join(" ")
}

/// Returns how many stacks are left behind, in words.
pub fn heading(left: &[LeftBehind]) -> String {
    let count = prose::counted(left.len(), "stack instance");
    format!("{count} that earlier runs made and no file names any more")
}

/// Returns how what is left behind is deleted, with the command that does it. That one deletes neither what is
/// in an account that is gone, nor what another environment or another file made as well.
pub fn remedy(left: &[LeftBehind], command: &str) -> String {
    let (mut environments, mut files) = (BTreeSet::new(), BTreeSet::new());
    let (mut gone, mut is_any_plain) = (BTreeSet::new(), false);
    for one in left {
        match one {
            LeftBehind { shared_with: Some(other), .. } => {
                environments.insert(other.to_string());
            }
            LeftBehind { made_from: Some(file), .. } => {
                files.insert(foreign::path(file));
            }
            LeftBehind { account_gone: true, account_id, .. } => {
                gone.insert(account_id);
            }
            LeftBehind { .. } => is_any_plain = true,
        }
    }
    let plain = format!("`{command}` shows and deletes what is left behind.");
    let environments = some_of(&environments).map(|named| {
        format!("What runs of {named} made as well is deleted only with that file given, too.")
    });
    let files = some_of(&files).map(|named| {
        format!("What was changed last from {named} is that file's: prune that one for it.")
    });
    let plain = is_any_plain.then_some(plain);
    let gone = of_gone(&gone, command, is_any_plain);
    let sentences = [plain, gone, environments, files];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Returns how what is in accounts that are gone is deleted; `is_more` says whether the command deletes something
/// without that.
fn of_gone(gone: &BTreeSet<&AccountId>, command: &str, is_more: bool) -> Option<String> {
    let account = gone.first().filter(|_| gone.len() == 1);
    let account = account.map_or("ACCOUNT-ID".to_owned(), ToString::to_string);
    match (gone.is_empty(), is_more) {
        (true, _) => None,
        (false, true) => {
            Some(format!("With `--gone {account}` it deletes what is in such an account, too."))
        }
        (false, false) => Some(format!(
            "`{command} --gone {account}` shows and deletes what is in such an account."
        )),
    }
}

/// Returns the first few of these names; nothing of none.
fn some_of(names: &BTreeSet<String>) -> Option<String> {
    let named: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = if names.len() > MOST_NAMED { " and others" } else { "" };
    (!named.is_empty()).then(|| named.join(", ") + more)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::left_behind as left;

    #[test]
    fn the_remedy_names_what_deletes_each_kind_of_what_is_left() {
        let gone = LeftBehind { account_gone: true, ..left("legacy/network") };
        let shared = LeftBehind { shared_with: "dr".parse().ok(), ..left("test/shared") };
        let id = gone.account_id.to_string();
        let told = |left: &[&LeftBehind]| {
            let left: Vec<LeftBehind> = left.iter().copied().cloned().collect();
            remedy(&left, "xdeploy prune p.yaml")
        };
        let plain = left("dev/app");
        let shows = "`xdeploy prune p.yaml` shows and deletes what is left behind.";
        assert_eq!(told(&[&plain]), shows);
        assert_eq!(
            told(&[&plain, &gone]),
            format!("{shows} With `--gone {id}` it deletes what is in such an account, too.")
        );
        assert_eq!(
            told(&[&gone]),
            format!(
                "`xdeploy prune p.yaml --gone {id}` shows and deletes what is in such an account."
            )
        );
        assert_eq!(
            told(&[&shared]),
            "What runs of dr made as well is deleted only with that file given, too."
        );
        let other = LeftBehind { made_from: Some("/work/apps.yaml".into()), ..left("test/other") };
        assert_eq!(
            told(&[&plain, &other]),
            format!(
                "{shows} What was changed last from /work/apps.yaml is that file's: prune that one for it."
            )
        );
    }
}
