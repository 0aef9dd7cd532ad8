//! Files to a plan, with every fault shown at once.

use super::arguments::{Global, Selected};
use super::exit::Exit;
use super::print;
use crate::document::Faults;
use crate::environment::Environment;
use crate::plan::{self, Plan, Selection};

/// Reads the files and resolves the selected plan; faults are shown on stderr.
///
/// # Errors
/// With the exit code for wrong files, after every fault of every file was shown.
pub fn load(selected: &Selected, global: &Global) -> Result<Plan, Exit> {
    resolve(selected).map_err(|faults| {
        print::faults(&faults, global);
        Exit::Usage
    })
}

fn resolve(selected: &Selected) -> Result<Plan, Faults> {
    let mut environments = Vec::new();
    let mut faults = Vec::new();
    for file in &selected.files {
        match Environment::load(file) {
            Ok(environment) => environments.push(environment),
            Err(found) => faults.extend(found.0),
        }
    }
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let selection = Selection::parse(&selected.accounts, &selected.stacks, &selected.regions)?;
    plan::resolve(&environments, &selection, &|name| std::env::var(name).ok())
}
