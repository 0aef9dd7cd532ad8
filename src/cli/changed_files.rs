//! Why a run goes on by what it kept: which of its files are others by now, or not here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::PastStart;
use crate::event::RunRequest;
use crate::file;
use crate::foreign;
use crate::plan::Plan;

/// Says why the files of a run are not used, as the beginning of a sentence.
pub fn why_kept(plan: &Plan, (start, asked): (&PastStart, &RunRequest)) -> String {
    let run = &start.run;
    let environments = plan.environments.iter();
    let files = environments.flat_map(|one| {
        let own = (&one.path, &one.digest);
        [own].into_iter().chain(one.beneath.iter().map(|(path, digest)| (path, digest)))
    });
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
        return format!("{} of run {run} {verb} not here", named(&missing));
    }
    if !changed.is_empty() {
        return format!("{} changed since run {run} began", named(&changed));
    }
    let names: BTreeSet<&PathBuf> = plan.environments.iter().map(|one| &one.path).collect();
    let verb = if names.len() == 1 { "names" } else { "name" };
    format!(
        "a template, another file or a variable that {} {verb} is not what it was when run {run} began",
        named(&names)
    )
}

fn named(files: &BTreeSet<&PathBuf>) -> String {
    let files: Vec<String> = files.iter().map(|path| foreign::path(Path::new(path))).collect();
    files.join(", ")
}
