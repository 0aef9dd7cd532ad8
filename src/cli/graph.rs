//! `xdeploy graph`.

use clap::{Args, ValueEnum};

use super::arguments::SelectionArgs;
use super::error::CommandError;
use super::exit::Exit;
use super::listings::kept_anywhere;
use super::load::load_order;
use super::print;
use super::shared_state::open_offline;
use super::state_args::StateArgs;
use crate::plan::graph;

/// The arguments of `graph`.
#[derive(Clone, Debug, Args)]
pub struct GraphArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the accounts are kept that AWS Organizations told.
    #[command(flatten)]
    pub state: StateArgs,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: GraphFormat,
}

/// A form of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown pages.
    Mermaid,
}

/// Shows the order of the selected stack instances.
///
/// # Errors
/// When the files are wrong.
pub fn graph(arguments: &GraphArgs) -> Result<Exit, CommandError> {
    open_offline(&arguments.state, &arguments.selection.files)?;
    let listings = kept_anywhere(&arguments.selection.files, &arguments.state.folder());
    let plan = load_order(&arguments.selection.with_listings(listings))?;
    let written = print::result(&match arguments.output {
        GraphFormat::Text => graph::text(&plan),
        GraphFormat::Dot => graph::dot(&plan),
        GraphFormat::Mermaid => graph::mermaid(&plan),
    });
    Ok(written.then(Exit::Done))
}
