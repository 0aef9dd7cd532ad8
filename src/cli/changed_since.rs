//! `--changed-since`: the stack instances that two revisions of the files resolve differently, and what depends on them.
//!
//! Both are resolved and compared as plans, so that a file that changed and changes nothing selects nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::arguments::{ProgressMode, SelectionArgs};
use super::error::CommandError;
use super::packaged::packaged;
use super::print;
use super::revision_files::{Revision, RevisionFiles};
use crate::document::{Fault, Faults};
use crate::environment::Environment;
use crate::foreign;
use crate::name::InstanceId;
use crate::package::Boundary;
use crate::plan::{self, EnvVariables, Plan, Selection};

/// What changed since a revision.
pub struct ChangedSince {
    /// The stack instances.
    pub instances: BTreeSet<InstanceId>,
    /// Why more counts as changed than may have.
    pub doubts: Vec<Fault>,
}

impl ChangedSince {
    /// Compares what files resolve to with what they did at a revision.
    ///
    /// # Errors
    /// If there is no such revision, or with what is wrong with the files of today.
    pub fn of(
        name: &str,
        selected: &SelectionArgs,
        (environments, variables): (&[Environment], &EnvVariables<'_>),
    ) -> Result<Self, CommandError> {
        let mut doubts = Vec::new();
        let mut former = Vec::new();
        let mut written: BTreeMap<Revision, RevisionFiles> = BTreeMap::new();
        for file in &selected.files {
            let refused = |error: &io::Error| refused(name, file, error);
            let revision =
                Revision::find(folder_of(file), name).map_err(|error| refused(&error))?;
            if !written.contains_key(&revision) {
                let files = RevisionFiles::write(revision.clone());
                written.insert(revision.clone(), files.map_err(|error| refused(&error))?);
            }
            let then = written[&revision].path_of(file).filter(|path| path.is_file());
            let Some(then) = then else {
                doubts.push(doubt(file, name, "was not there"));
                continue;
            };
            match Environment::load_listed(&then, &selected.listings) {
                Ok(environment) => former.push(environment),
                Err(_) => doubts.push(doubt(file, name, "cannot be read as it was")),
            }
        }
        let now = packaged(resolved(environments, variables)?, None)?;
        let then = resolved(&former, variables);
        let then = then.and_then(|then| plan::package(then, &Boundary::default(), &|| {}));
        let then = then.map_err(|faults| first(&faults, written.values()));
        let then = then.unwrap_or_else(|why| {
            if !former.is_empty() {
                let name = foreign::one_line(name);
                let text = format!("what the files resolved to at `{name}` cannot be told: {why}");
                doubts.push(all_selected(Fault::placeless(text)));
            }
            Plan::default()
        });
        Ok(Self { instances: now.changed_since(&then), doubts })
    }
}

/// Says of a selection without stack instances that nothing of it changed, if it is of what changed.
pub fn tell_nothing(selection: &SelectionArgs, progress: ProgressMode) {
    if let (Some(name), true) = (&selection.changed_since, progress.is_for_people()) {
        let name = foreign::one_line(name);
        print::note_line(&format!("what is selected resolves to the same as at `{name}`"));
    }
}

/// Returns the name of the commit that a revision is by now, where the first of the files stands.
pub fn pinned(name: &str, files: &[PathBuf]) -> String {
    let found = files.first().and_then(|file| Revision::find(folder_of(file), name).ok());
    found.map_or_else(|| name.to_owned(), |revision| revision.commit)
}

fn resolved(environments: &[Environment], variables: &EnvVariables<'_>) -> Result<Plan, Faults> {
    plan::resolve(environments, &Selection::default(), variables)
}

/// Returns the first of what is wrong with files of revisions, by their paths there.
fn first<'f>(faults: &Faults, of: impl Iterator<Item = &'f RevisionFiles>) -> String {
    let found = faults.0.iter().find(|fault| !fault.is_warning());
    let text = found.map(|fault| foreign::one_line(&fault.message)).unwrap_or_default();
    of.fold(text, |text, files| files.as_in_the_revision(&text))
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn doubt(file: &Path, name: &str, why: &str) -> Fault {
    all_selected(Fault::of_file(file, format!("{why} at `{}`", foreign::one_line(name))))
}

fn all_selected(fault: Fault) -> Fault {
    fault.with_help("all of it counts as changed").into_warning()
}

fn refused(name: &str, file: &Path, error: &io::Error) -> CommandError {
    let text = format!(
        "--changed-since {}: {}: {error}: nothing was touched",
        foreign::one_line(name),
        foreign::path(file)
    );
    CommandError::usage(text).with_help(
        "name a commit, a branch or a tag that the clone has; a shallow clone of CI lacks most: fetch it first",
    )
}
