//! `xdeploy destroy`.

use clap::Args;

use super::apply::{ApplyArgs, NewRun};
use super::arguments::Global;
use super::dependents::OnDependents;
use super::error::CommandError;
use super::exit::Exit;
use crate::event::Operation;

/// The arguments of `destroy`.
#[derive(Clone, Debug, Args)]
pub struct DestroyArgs {
    /// What is deleted, and how.
    #[command(flatten)]
    pub run: ApplyArgs,
    /// Delete what is selected although stacks stand that need it and are not selected
    #[arg(long, conflicts_with = "with_dependents")]
    pub leave_dependents: bool,
}

/// Deletes everything that is selected, in reverse order.
///
/// # Errors
/// When it was refused before it began.
pub async fn destroy(arguments: &DestroyArgs, global: &Global) -> Result<Exit, CommandError> {
    let on_dependents = OnDependents::of(arguments.leave_dependents);
    let operation = Operation::Destroy;
    NewRun { operation, arguments: &arguments.run, on_dependents }.carry_out(global).await
}
