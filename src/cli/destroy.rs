//! `xdeploy destroy`.

use clap::Args;

use super::apply::{CancelArgs, NewRun};
use super::approval::Ended;
use super::arguments::Global;
use super::change_args::ChangeArgs;
use super::error::CommandError;
use super::on_dependents::OnDependents;
use crate::event::Operation;

/// The arguments of `destroy`.
#[derive(Clone, Debug, Args)]
pub struct DestroyArgs {
    /// What is deleted, and how.
    #[command(flatten)]
    pub change: ChangeArgs,
    /// What becomes of what is under way.
    #[command(flatten)]
    pub cancelling: CancelArgs,
    /// Delete what is selected although stacks stand that need it and are not selected
    #[arg(long, conflicts_with = "with_dependents")]
    pub leave_dependents: bool,
}

/// Deletes everything that is selected, in reverse order.
///
/// # Errors
/// When it was refused before it began.
pub async fn destroy(arguments: &DestroyArgs, global: &Global) -> Result<Ended, CommandError> {
    let &DestroyArgs { ref change, cancelling, leave_dependents } = arguments;
    let change = &change.listed(global).await?;
    let (operation, on_dependents) = (Operation::Destroy, OnDependents::of(leave_dependents));
    NewRun { operation, change, cancelling, on_dependents, planned: None }.carry_out(global).await
}
