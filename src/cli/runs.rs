//! `xdeploy runs`.

use std::num::NonZeroUsize;

use clap::Args;

use super::arguments::{StateArgs, TextOrJson};
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use crate::foreign;
use crate::journal;
use crate::report::RunsView;

/// The arguments of `runs`.
#[derive(Clone, Debug, Args)]
pub struct RunsArgs {
    /// Where they are kept.
    #[command(flatten)]
    pub state: StateArgs,
    /// The most runs to list
    #[arg(long, value_name = "N", default_value = "20")]
    pub limit: NonZeroUsize,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// Lists the runs that were kept, newest first.
///
/// # Errors
/// When the state folder cannot be read.
pub fn runs(arguments: &RunsArgs) -> Result<Exit, CommandError> {
    let folder = arguments.state.folder();
    let (listed, more) = journal::list(&folder, arguments.limit.get())
        .map_err(|error| CommandError::caused_by(&error, "name another folder with --state-dir"))?;
    let view = RunsView::new(listed);
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.text()),
    };
    if view.runs.is_empty() {
        print::note(&format!("no run stands in {}", foreign::path(folder.path())));
    }
    if more > 0 {
        print::note(&format!("{more} older; --limit {} shows all", arguments.limit.get() + more));
    }
    Ok(written.then(Exit::Done))
}
