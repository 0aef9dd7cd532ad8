//! `xdeploy console`.

use std::path::PathBuf;

use clap::Args;

use super::candidates;
use super::error::CommandError;
use super::exit::Exit;
use super::listings::kept;
use super::load::one_account;
use super::print;
use super::state_folder;
use crate::foreign;
use crate::journal::RunFolder;
use crate::trust::console::switch_role;

/// The arguments of `console`.
#[derive(Clone, Debug, Args)]
pub struct ConsoleArgs {
    /// The environment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The account's name or id
    #[arg(value_name = "ACCOUNT", add = candidates::accounts())]
    pub account: String,
}

/// Prints the address at which the console switches into an account's role.
///
/// # Errors
/// When the files are wrong, or the account is not entered by a role.
pub fn console(arguments: &ConsoleArgs) -> Result<Exit, CommandError> {
    let listings =
        kept(std::slice::from_ref(&arguments.file), &RunFolder::of(&state_folder::of_process()));
    let plan = one_account(&arguments.file, &arguments.account, &listings)?;
    let target = &plan.accounts[0];
    let switch = switch_role(target, &plan.environments[target.environment])
        .map_err(|error| CommandError::usage(foreign::line(&error.to_string())))?;
    let written = print::result(&switch.address);
    let cautions = switch.cautions.iter();
    cautions.for_each(|caution| print::note_line(&format!("note: {caution}")));
    Ok(written.then(Exit::Done))
}
