//! Other files of an environment: those that runs had in the same state folder, which are not given now.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::journal::Inventory;
use crate::name::EnvironmentName;
use crate::organization::Listings;

/// Returns the files that stacks of these environments were changed from last, are none of those given,
/// and name the environment still.
pub(super) fn other_files(
    inventory: &Inventory,
    environments: &[Environment],
) -> BTreeSet<(EnvironmentName, PathBuf)> {
    let given = environments.iter().filter_map(|one| one.file.path.canonicalize().ok());
    let given: BTreeSet<PathBuf> = given.collect();
    let is_ours = |name: &EnvironmentName| environments.iter().any(|one| one.name.value == *name);
    let ours = inventory.standing().filter(|stack| is_ours(&stack.environment));
    let files: BTreeSet<_> =
        ours.filter_map(|stack| Some((stack.environment.clone(), stack.file.clone()?))).collect();
    files.into_iter().filter(|(name, path)| is_other(name, path, &given)).collect()
}

/// Whether a file is another one and names an environment; one that cannot be read may do so.
fn is_other(name: &EnvironmentName, path: &Path, given: &BTreeSet<PathBuf>) -> bool {
    match path.canonicalize() {
        Ok(path) if given.contains(&path) => false,
        Ok(path) if !path.is_file() => false,
        Ok(path) => {
            let read = Environment::load_despite_faults(&path, &Listings::default());
            read.environment.is_none_or(|read| read.name.value == *name)
        }
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        }
    }
}
