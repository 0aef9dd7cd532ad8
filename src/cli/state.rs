//! `xdeploy state`: whether the place where runs are kept can be used, and runs that move to another one.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::error::{CommandError, with_causes};
use super::exit::Exit;
use super::print;
use super::resume::is_environment;
use super::shared_state::{StateLogin, open_place, open_state, unusable};
use super::state_args::StateArgs;
use crate::foreign::{self, one_line};
use crate::state::{CheckStep, CopyError, RunPlace, StateError, check_place, copy_runs};

/// What is done with the state.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Try all that runs do in the place where a file's runs are kept
    Check(StateCheckArgs),
    /// Copy runs, what they go back to and the inventory to another place; what stands there stays
    Copy(StateCopyArgs),
}

/// The arguments of `state check`.
#[derive(Clone, Debug, Args)]
pub struct StateCheckArgs {
    /// The environment file that says where its runs are kept
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The place instead.
    #[command(flatten)]
    pub state: StateArgs,
    /// The code of the MFA device that `source.mfa-serial` names; asked for without it
    #[arg(long, value_name = "CODE")]
    pub mfa_code: Option<String>,
}

/// The arguments of `state copy`.
#[derive(Clone, Debug, Args)]
pub struct StateCopyArgs {
    /// Where they stand: a folder, s3://BUCKET/PREFIX, or an environment file that says where
    #[arg(value_name = "FROM")]
    pub from: PathBuf,
    /// Where they are copied to: likewise
    #[arg(value_name = "TO")]
    pub to: PathBuf,
}

/// Checks or copies state.
///
/// # Errors
/// When a place cannot be used.
pub async fn state(command: &StateCommand) -> Result<Exit, CommandError> {
    match command {
        StateCommand::Check(arguments) => check(arguments).await,
        StateCommand::Copy(arguments) => copy(arguments).await,
    }
}

async fn check(arguments: &StateCheckArgs) -> Result<Exit, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let login = StateLogin { mfa_code: arguments.mfa_code.as_deref(), ..StateLogin::OF_FILE };
    open_place(&arguments.state, &files, login).await?;
    let place = arguments.state.place();
    let Some(shared) = place.shared() else {
        let folder = place.folder();
        folder.make().map_err(|error| CommandError::caused_by(&error, "name another folder"))?;
        let path = foreign::path(folder.path());
        let text = format!("{path} can be used; only runs of this machine are kept there\n");
        return Ok(print::result(&text).then(Exit::Done));
    };
    let steps = check_place(shared.bucket()).await;
    let lines: String = steps.iter().map(line).collect();
    let written = print::result(&format!("{}\n{lines}", shared.place()));
    match steps.into_iter().find_map(|step| step.went.err()) {
        None => Ok(written.then(Exit::Done)),
        Some(error) => Err(unusable(&error)),
    }
}

fn line(step: &CheckStep) -> String {
    let CheckStep { what, needs, went } = step;
    match went {
        Ok(()) => format!("  can {what}\n"),
        Err(error) => {
            let why = one_line(&with_causes(error));
            format!("  cannot {what} ({needs}): {why}\n")
        }
    }
}

async fn copy(arguments: &StateCopyArgs) -> Result<Exit, CommandError> {
    let (from, to) = (place(&arguments.from).await?, place(&arguments.to).await?);
    if let Some(shared) = from.shared() {
        shared.fetch_all().await.map_err(|error| unusable(&error))?;
    }
    let copied = copy_runs(from.folder(), &to).await.map_err(|error| failed(&error))?;
    if copied.copied.is_empty() && copied.there.is_empty() {
        let text =
            format!("no run is kept in {}: nothing was copied", foreign::path(&arguments.from));
        return Err(CommandError::usage(text).with_help("`xdeploy runs` lists what a place keeps"));
    }
    let count = |runs: usize| crate::report::counted(runs, "run");
    let mut text = format!("copied {}", count(copied.copied.len()));
    if !copied.there.is_empty() {
        text.push_str(&format!("; {} stood there already", count(copied.there.len())));
    }
    print::note_line(&text);
    Ok(Exit::Done)
}

/// Returns a place that is named, or that an environment file names, brought up to date.
async fn place(named: &Path) -> Result<RunPlace, CommandError> {
    let (state, files) = match is_environment(named) {
        true => (StateArgs::of(None), vec![named.to_owned()]),
        false => (StateArgs::of(Some(named.to_owned())), Vec::new()),
    };
    open_state(&state, &files, StateLogin::OF_FILE).await?;
    Ok(state.place())
}

fn failed(error: &CopyError) -> CommandError {
    match error {
        CopyError::Running(_) => {
            CommandError::new(Exit::Refused, format!("{error}: nothing was copied"))
                .with_help("copy once it has ended")
        }
        CopyError::State(error) => unusable(error as &StateError),
        CopyError::Folder { .. } => {
            CommandError::caused_by(error, "what was copied stays; copy again once that is mended")
        }
    }
}
