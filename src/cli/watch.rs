//! `xdeploy watch`.

use clap::Args;
use tokio::sync::{mpsc, watch as channel};

use super::arguments::{Global, ProgressMode, ReportFileArgs, StateArgs, TextOrJson};
use super::candidates;
use super::caught_signals::Signals;
use super::error::CommandError;
use super::exit::Exit;
use super::keys::KeyReader;
use super::print;
use super::report::reading_notes;
use super::run_output::RunOutput;
use crate::clock::Clock;
use crate::error_chain::with_causes;
use crate::event::{self, Control, ControlRequest};
use crate::journal::ReadError;
use crate::report::dashboard::KeyAction;
use crate::report::{self, Keyboard, RunState, resume_command, run_command};
use crate::run::{ControlRequests, RunStanding, WatchedRun, owner};

/// The arguments of `watch`.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// The run: its id, the start of one, `latest`, or the path of a .jsonl file
    #[arg(value_name = "RUN", default_value = "latest", add = candidates::runs())]
    pub run: String,
    /// Where it is kept.
    #[command(flatten)]
    pub state: StateArgs,
    /// What stdout is: a summary for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
    /// What is written once the run has ended.
    #[command(flatten)]
    pub report_files: ReportFileArgs,
}

/// How somebody stopped watching a run.
enum WatchEnd {
    /// There is nothing more to see.
    Seen(Result<RunStanding, ReadError>),
    /// Somebody wanted to see no more.
    Left,
    /// A signal, such as that of Ctrl-C.
    Interrupted,
}

/// Follows a run that another process carries out, to its end, and reports it.
///
/// # Errors
/// When there is no such run, or its journal cannot be read.
pub async fn watch(arguments: &WatchArgs, global: &Global) -> Result<Exit, CommandError> {
    let folder = arguments.state.folder();
    let found = folder.find(&arguments.run);
    let path = found.map_err(|error| CommandError::caused_by(&error, error.help()))?;
    arguments.report_files.check()?;
    let WatchArgs { output, progress, ref report_files, .. } = *arguments;
    let output = RunOutput::without_files(output, progress, global).and_files(report_files);
    let mut watched =
        WatchedRun::open(&path, arguments.state.named()).await.map_err(|error| unread(&error))?;
    let requests = ControlRequests::of(&folder, watched.run());
    let (end, state) = match watched.standing() {
        RunStanding::Running => follow(&mut watched, &requests, &output).await,
        standing => (WatchEnd::Seen(Ok(standing)), watched.state()),
    };
    let notes = reading_notes(&path, watched.reading());
    notes.iter().for_each(|note| print::note_line(note));
    let command = |verb| run_command(verb, watched.run(), arguments.state.named().as_deref());
    match end {
        WatchEnd::Seen(Err(error)) => Err(unread(&error)),
        WatchEnd::Seen(Ok(standing)) => {
            if standing == RunStanding::BrokenOff {
                tell_broken_off(&watched, arguments);
            }
            Ok(output.finish(&state))
        }
        WatchEnd::Left | WatchEnd::Interrupted => {
            let run = watched.run();
            print::note_line(&format!(
                "run {run} goes on: `{}` follows it again",
                command("watch")
            ));
            Ok(if matches!(end, WatchEnd::Left) { Exit::Done } else { Exit::Interrupted })
        }
    }
}

fn unread(error: &ReadError) -> CommandError {
    CommandError::caused_by(error, "`xdeploy runs` lists what can be watched")
}

fn tell_broken_off(watched: &WatchedRun, arguments: &WatchArgs) {
    let run = watched.run();
    let resume = resume_command(run, arguments.state.named().as_deref());
    print::note_line(&format!(
        "run {run} is unfinished and nobody carries it out: it was killed, or could not write its journal to \
         the end; `{resume}` resumes it"
    ));
}

/// Shows a run as it goes on, until it ends or somebody wants to see no more; returns how it stands then.
async fn follow(
    watched: &mut WatchedRun,
    requests: &ControlRequests,
    output: &RunOutput<'_>,
) -> (WatchEnd, RunState) {
    let mut interrupted = Signals::catch();
    let (actions, wanted) = mpsc::unbounded_channel();
    let (trouble, troubles) = channel::channel(None);
    let keys = KeyReader::of_terminal().map(|keys| {
        let keyboard = Keyboard { pressed: keys.listen(), actions, trouble: troubles };
        (keys, keyboard)
    });
    let reporters = output.reporters(keys);
    // As far ahead as the run is, where its time is virtual.
    let clock = Clock::not_before(watched.last_at());
    let (events, incoming) = event::channel();
    let looking = async {
        tokio::select! {
            seen = watched.follow(events, up_to_date) => WatchEnd::Seen(seen),
            () = interrupted.next() => WatchEnd::Interrupted,
            () = heed(wanted, requests, trouble) => WatchEnd::Left,
        }
    };
    tokio::join!(looking, report::drive(incoming, reporters, &clock))
}

/// Brings the journal up to date: a folder always is.
async fn up_to_date() {}

/// Does what keys mean to others than the dashboard, until somebody wants to see no more.
async fn heed(
    mut actions: mpsc::UnboundedReceiver<KeyAction>,
    requests: &ControlRequests,
    trouble: channel::Sender<Option<String>>,
) {
    while let Some(action) = actions.recv().await {
        match action {
            KeyAction::Ask(control) => {
                trouble.send_replace(ask(requests, control).err());
            }
            KeyAction::Leave => return,
        }
    }
    // Nobody presses keys here.
    std::future::pending::<()>().await;
}

/// Asks something of a run; says why it cannot be asked if so.
fn ask(requests: &ControlRequests, control: Control) -> Result<(), String> {
    let left = requests.leave(&ControlRequest { control, owner: owner() });
    left.map_err(|error| format!("the run cannot be asked: {}", with_causes(&error)))
}
