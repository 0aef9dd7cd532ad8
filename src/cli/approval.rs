//! What of a run is approved, and how a run ends that may wait for approval.

use super::arguments::{CloudArgs, RunArgs, TextOrJson};
use super::error::CommandError;
use super::exit::Exit;
use super::{codebuild, question};
use crate::engine::{Approval, PastRun};
use crate::event::{Gate, NamedState};
use crate::name::RunId;
use crate::report::{Report, RunState, approve_command, resume_command};

/// What is asked for of the waves that a run waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: somebody is asked if somebody is there.
    #[default]
    Nothing,
    /// Those at which it stands are let begin.
    AllThatWait,
    /// These are let begin, as the person was told of them.
    These(Vec<Gate>),
}

/// How a command has ended whose run may wait for approval.
pub struct Ended {
    /// The exit code, if nobody lets it go on.
    pub exit: Exit,
    /// The run, if it waits.
    pub waiting: Option<Waiting>,
}

/// A run that waits for approval, and how the command was told to carry it out.
pub struct Waiting {
    /// Its id.
    pub run: RunId,
    /// How it stands.
    pub report: Report,
    /// Where the cloud is.
    pub cloud: CloudArgs,
    /// How it is followed and reported.
    pub run_args: RunArgs,
    /// Whether updates that are under way are cancelled with it.
    pub cancel_updates: bool,
}

impl From<Exit> for Ended {
    fn from(exit: Exit) -> Self {
        Self { exit, waiting: None }
    }
}

impl Ended {
    /// Returns how a command has ended that carried out a run, or left it as it was.
    pub fn of(
        (exit, state): (Exit, &RunState),
        (cloud, run_args, cancel_updates): (&CloudArgs, &RunArgs, bool),
    ) -> Self {
        let report = Report::new(state);
        let run = report.run.clone().filter(|_| report.waits_for_approval());
        let (cloud, run_args) = (cloud.clone(), run_args.clone());
        let waiting = run.map(|run| Waiting { run, report, cloud, run_args, cancel_updates });
        Self { exit, waiting }
    }
}

/// Returns what of a run is approved; nothing of one that waits for nothing.
///
/// # Errors
/// If it waits for approval and nobody gives it, or for something else than was approved.
pub fn approval(
    asked: &Asked,
    past: &PastRun,
    (run, named_state): (&RunId, Option<&NamedState>),
) -> Result<Option<Approval>, CommandError> {
    let gates = past.gates();
    let resume = resume_command(run, named_state);
    match asked {
        Asked::AllThatWait if gates.is_empty() => {
            let text = format!("run {run} waits for no approval: nothing was touched");
            let help = format!("`{resume}` goes on with it, if something of it is left");
            Err(CommandError::usage(text).with_help(help))
        }
        Asked::These(told) if *told != gates => {
            let text = format!("run {run} went on meanwhile: nothing was touched");
            let help = format!("`{resume}` tells where it stands now");
            Err(CommandError::new(Exit::Refused, text).with_help(help))
        }
        Asked::AllThatWait | Asked::These(_) => Ok(Some(Approval { gates, caller: None })),
        Asked::Nothing if past.waits_for_approval() => {
            let waits: Vec<String> = gates.iter().map(named).collect();
            let waits = waits.join(" and ");
            let text = format!("run {run} waits for approval before {waits}: nothing was touched");
            let help = format!("`{}` lets it begin", approve_command(run, named_state));
            Err(CommandError::new(Exit::Refused, text).with_help(help))
        }
        Asked::Nothing => Ok(None),
    }
}

/// Whether somebody is there who can be asked, and reads what the run says.
pub fn can_ask(run_args: &RunArgs) -> bool {
    let is_read = run_args.output == TextOrJson::Text && run_args.progress.is_for_people();
    is_read && question::can_ask() && !codebuild::is_codebuild()
}

fn named(Gate { environment, wave }: &Gate) -> String {
    format!("wave {wave} of {environment}")
}
