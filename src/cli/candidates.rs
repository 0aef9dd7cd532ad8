//! What completes an argument: names in the environment files that stand on the command line, and runs that are kept.
//!
//! Nothing is ever told to be wrong here: a file that cannot be read offers nothing.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::state_folder;
use crate::environment::Environment;
use crate::journal::RunFolder;
use crate::organization::Listings;
use crate::run::AccountStore;

/// How many runs are offered, the newest first.
const MOST_RUNS: usize = 20;

/// Completes `--account` with accounts and groups, and the account that a command by hand is about.
pub fn accounts() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let listed = |file: &Environment| {
            let accounts = file.accounts.iter().map(|it| it.name.value.to_string());
            accounts.chain(file.groups.iter().map(|it| it.name.value.to_string())).collect()
        };
        matching(typed, named(listed))
    })
}

/// Completes `--stack`.
pub fn stacks() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        matching(
            typed,
            named(|file| file.stacks.iter().map(|it| it.key.value.to_string()).collect()),
        )
    })
}

/// Completes `--region`.
pub fn regions() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        matching(typed, named(|file| file.regions.iter().map(|it| it.value.to_string()).collect()))
    })
}

/// Completes the id of a run.
pub fn runs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let kept = RunFolder::of(&state_folder::nearest()).runs().unwrap_or_default();
        let kept = kept.iter().take(MOST_RUNS).map(ToString::to_string);
        matching(typed, ["latest".to_owned()].into_iter().chain(kept))
    })
}

/// Returns what the files on the command line name, each name once.
fn named(names: impl Fn(&Environment) -> Vec<String>) -> BTreeSet<String> {
    files().iter().filter_map(|file| read(file)).flat_map(|file| names(&file)).collect()
}

fn read(file: &Path) -> Option<Environment> {
    let mut listings = Listings::new();
    let read = |listings: &Listings| Environment::load_despite_faults(file, listings).environment;
    let environment = read(&listings)?;
    let Some(question) = environment.question() else { return Some(environment) };
    let folder = RunFolder::of(&state_folder::of_process());
    let of = |is_sandbox| {
        let kept = AccountStore::of(&folder, is_sandbox).listing(&environment.name.value);
        kept.filter(|kept| kept.asked.covers(&question))
    };
    let kept = of(false).or_else(|| of(true));
    listings.extend(kept.map(|kept| (environment.name.value, kept)));
    read(&listings)
}

/// Returns the environment files on the command line that is being typed: behind the program's own name, which stands
/// behind `--` where a shell asks.
fn files() -> Vec<PathBuf> {
    let typed = std::env::args_os().skip_while(|word| word != "--").skip(2).map(PathBuf::from);
    let is_file = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "yaml" || end == "yml") && path.is_file()
    };
    typed.filter(is_file).collect()
}

/// Returns the names that begin with what was typed.
fn matching(typed: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let begins = |name: &String| name.starts_with(&*typed);
    names.into_iter().filter(begins).map(CompletionCandidate::new).collect()
}
