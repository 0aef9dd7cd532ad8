//! Why a run goes on by what it kept: which of its files are others by now, or not here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::PastStart;
use crate::event::RunRequest;
use crate::file;
use crate::foreign;
use crate::plan::{Plan, PlannedEnvironment};

/// Why the files of a run are not used.
pub struct WhyKept {
    /// The beginning of a sentence that says so.
    pub text: String,
    /// Whether all of them are here.
    pub are_here: bool,
}

/// Returns why the files of a run, whose plan this is, are not used.
pub fn why_kept(plan: &Plan, (start, asked): (&PastStart, &RunRequest)) -> WhyKept {
    let run = &start.run;
    let files = plan.environments.iter().flat_map(PlannedEnvironment::files);
    let (mut changed, mut missing) = (BTreeSet::new(), BTreeSet::new());
    for (path, digest) in files {
        match std::fs::read(asked.folder.join(path)) {
            Ok(bytes) if file::digest(&bytes) == *digest => {}
            Ok(_) => drop(changed.insert(path)),
            Err(_) => drop(missing.insert(path)),
        }
    }
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let text = format!("{} of run {run} {verb} not here", named(&missing));
        return WhyKept { text, are_here: false };
    }
    if !changed.is_empty() {
        let text = format!("{} changed since run {run} began", named(&changed));
        return WhyKept { text, are_here: true };
    }
    let names: BTreeSet<&PathBuf> = plan.environments.iter().map(|one| &one.path).collect();
    let verb = if names.len() == 1 { "names" } else { "name" };
    let text = format!(
        "a template, another file or a variable that {} {verb} is not what it was when run {run} began",
        named(&names)
    );
    WhyKept { text, are_here: true }
}

fn named(files: &BTreeSet<&PathBuf>) -> String {
    let files: Vec<String> = files.iter().map(|path| foreign::path(Path::new(path))).collect();
    files.join(", ")
}
