//! Runs that move from one place to another, with all that belongs to them.

use std::collections::BTreeSet;
use std::io;

use super::bucket::StateError;
use super::mirror::digests_in;
use super::place::RunPlace;
use super::small::ACCOUNTS;
use crate::file::Folder;
use crate::journal::{self, RunFolder, Templates, before_name, journal_name, plan_name};
use crate::name::RunId;

/// What became of runs that were to be copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopiedRuns {
    /// Those that were copied, newest first.
    pub copied: Vec<RunId>,
    /// Those that stood there already, and were left as they are.
    pub there: Vec<RunId>,
}

/// Why runs are not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One goes on.
    #[error("run {0} still goes on")]
    Running(RunId),
    /// What is copied, or where it is copied to, is a folder that cannot be used.
    #[error("{what} cannot be copied")]
    Folder {
        /// What was copied.
        what: String,
        /// The system's error.
        source: io::Error,
    },
    /// A place in a bucket cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Copies all runs that stand in a folder, none of which may go on, with their templates, the inventory and the lists of
/// accounts. A run that stands there already is left as it is, and so is such a list.
///
/// # Errors
/// When one goes on, or something cannot be read or written; what was copied until then stays.
pub async fn copy_runs(from: &RunFolder, to: &RunPlace) -> Result<CopiedRuns, CopyError> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source| CopyError::Folder { what, source }
    };
    let runs = from.runs().map_err(|error| failed("the folder of runs")(error.source))?;
    if let Some(running) = runs.iter().find(|run| from.is_running(run)) {
        return Err(CopyError::Running(running.clone()));
    }
    to.folder().make().map_err(|error| failed("the folder of runs")(error.source))?;
    let there: BTreeSet<RunId> = match to.shared() {
        Some(shared) => shared.runs_that_begin("").await?.into_iter().collect(),
        None => {
            let there = to.folder().runs().map_err(|error| failed("the target")(error.source))?;
            there.into_iter().collect()
        }
    };
    let mut told = CopiedRuns::default();
    // The oldest first: what is cut off in the middle goes on where it stopped.
    for run in runs.iter().rev() {
        if there.contains(run) {
            told.there.insert(0, run.clone());
            continue;
        }
        copy_run(from, to.folder(), run).map_err(failed(run.as_str()))?;
        if let Some(shared) = to.shared() {
            shared.mirror(run).await?.put_whole().await.map_err(|error| match error {
                super::mirror::MirrorError::State(error) => CopyError::State(error),
                other => failed(run.as_str())(io::Error::other(other.to_string())),
            })?;
        }
        told.copied.insert(0, run.clone());
    }
    if let Ok(inventory) = from.open_beside("inventory").and_then(|it| it.read_text("stacks.json"))
    {
        journal::merge_inventory(to.folder(), &inventory);
    }
    copy_lists(from, to.folder()).map_err(failed("the lists of accounts"))?;
    if let Some(shared) = to.shared() {
        shared.put_small().await?;
    }
    Ok(told)
}

/// Copies the lists of accounts that do not stand there.
fn copy_lists(from: &RunFolder, to: &RunFolder) -> io::Result<()> {
    let lists = match from.open_beside(ACCOUNTS) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        lists => lists?,
    };
    let copies = to.make_beside(ACCOUNTS)?;
    for name in lists.names()? {
        if !copies.holds(&name) {
            copies.replace(&name, &lists.read(&name)?)?;
        }
    }
    Ok(())
}

/// Copies the files of a run, and the templates that they name.
fn copy_run(from: &RunFolder, to: &RunFolder, run: &RunId) -> io::Result<()> {
    let (source, target) = (from.opened()?, to.opened()?);
    let mut digests = BTreeSet::new();
    // The journal last: one that is there is believed to be whole.
    for name in [plan_name(run), before_name(run), journal_name(run)] {
        if let Some(content) = read(&source, &name)? {
            digests.extend(digests_in(&content));
            keep_templates(from, to, &std::mem::take(&mut digests))?;
            target.replace(&name, &content)?;
        }
    }
    Ok(())
}

fn keep_templates(from: &RunFolder, to: &RunFolder, digests: &BTreeSet<String>) -> io::Result<()> {
    let (kept, copies) = (Templates::of(from), Templates::of(to));
    digests.iter().try_for_each(|digest| match kept.read(digest) {
        // It is told where it is needed.
        Err(_) => Ok(()),
        Ok(text) => copies.keep(digest, &text),
    })
}

fn read(folder: &Folder, name: &str) -> io::Result<Option<Vec<u8>>> {
    match folder.read(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        content => content.map(Some),
    }
}
