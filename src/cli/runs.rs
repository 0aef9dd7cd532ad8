//! `xdeploy runs`.

use std::num::NonZeroUsize;

use clap::Args;

use super::arguments::TextOrJson;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::shared_state::{StateLogin, bring, bring_newest, open_state};
use super::state_args::{OfArgs, StateArgs};
use crate::journal::{self, RunFolder};
use crate::report::RunsView;

/// The arguments of `runs`.
#[derive(Clone, Debug, Args)]
pub struct RunsArgs {
    /// Show all that is known of one run: its id, the start of one, or `latest`
    #[arg(value_name = "RUN", conflicts_with = "limit")]
    pub run: Option<String>,
    /// Where they are kept.
    #[command(flatten)]
    pub state: StateArgs,
    /// Whose runs.
    #[command(flatten)]
    pub of: OfArgs,
    /// The most runs to list
    #[arg(long, value_name = "N", default_value = "20")]
    pub limit: NonZeroUsize,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// Lists the runs that were kept, newest first, or shows all that is known of one.
///
/// # Errors
/// When the state folder cannot be read, or there is no such run.
pub async fn runs(arguments: &RunsArgs) -> Result<Exit, CommandError> {
    open_state(&arguments.state, &arguments.of.files(), StateLogin::OF_FILE).await?;
    let place = arguments.state.place();
    let folder = place.folder().clone();
    if let Some(wanted) = &arguments.run {
        bring(&place, wanted).await?;
        return one_run(&folder, wanted, arguments.output);
    }
    let older = bring_newest(&place, arguments.limit.get()).await?;
    let (listed, more) = journal::list(&folder, arguments.limit.get())
        .map_err(|error| CommandError::caused_by(&error, "name another folder with --state-dir"))?;
    let view = RunsView::new(listed);
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.text()),
    };
    if view.runs.is_empty() {
        print::note(&format!("no run stands in {}", place.shown()));
    }
    let more = more + older;
    if more > 0 {
        print::note(&format!("{more} older; --limit {} shows all", arguments.limit.get() + more));
    }
    Ok(written.then(Exit::Done))
}

/// Shows all that is known of one run.
fn one_run(folder: &RunFolder, wanted: &str, output: TextOrJson) -> Result<Exit, CommandError> {
    let run = folder.find_run(wanted);
    let run = run.map_err(|error| CommandError::caused_by(&error, error.help()))?;
    let view = RunsView::new(vec![journal::list_run(folder, run)]);
    let written = match output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.facts()),
    };
    Ok(written.then(Exit::Done))
}
