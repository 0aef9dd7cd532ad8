//! What a kept run was asked for, from wherever it is resumed.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::SelectionArgs;
use crate::event::RunRequest;

/// Returns the files and the selection of a run, from wherever it is resumed.
pub fn selected(asked: &RunRequest) -> SelectionArgs {
    let here = std::env::current_dir().unwrap_or_default();
    let file = |file: &PathBuf| match here == asked.folder {
        true => file.clone(),
        false => asked.folder.join(file),
    };
    SelectionArgs {
        files: asked.files.iter().map(file).collect(),
        accounts: asked.accounts.clone(),
        stacks: asked.stacks.clone(),
        regions: asked.regions.clone(),
        with_dependents: asked.with_dependents,
        changed_since: asked.changed_since.clone(),
        listings: Arc::new(asked.listings.clone()),
    }
}
