//! `xdeploy watch`.

use clap::Args;
use tokio::sync::{mpsc, watch as channel};

use super::arguments::{Global, ProgressMode, ReportFileArgs, TextOrJson};
use super::candidates;
use super::caught_signals::Signals;
use super::error::CommandError;
use super::exit::Exit;
use super::keys::KeyReader;
use super::print;
use super::report::reading_notes;
use super::run_output::RunOutput;
use super::shared_state::{StateLogin, bring, open_state};
use super::state_args::{OfArgs, StateArgs};
use crate::clock::Clock;
use crate::error_chain::with_causes;
use crate::event::{self, Control, ControlRequest};
use crate::journal::ReadError;
use crate::name::RunId;
use crate::report::dashboard::KeyAction;
use crate::report::{self, Keyboard, RunState, resume_command, run_command};
use crate::run::{ControlRequests, RunStanding, WatchedRun, owner};
use crate::state::RunPlace;

/// The arguments of `watch`.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// The run: its id, the start of one, `latest`, or the path of a .jsonl file
    #[arg(value_name = "RUN", default_value = "latest", add = candidates::runs())]
    pub run: String,
    /// Where it is kept.
    #[command(flatten)]
    pub state: StateArgs,
    /// Whose runs.
    #[command(flatten)]
    pub of: OfArgs,
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
    open_state(&arguments.state, &arguments.of.files(), StateLogin::OF_FILE).await?;
    let place = arguments.state.place();
    bring(&place, &arguments.run).await?;
    let folder = place.folder().clone();
    let found = folder.find(&arguments.run);
    let path = found.map_err(|error| CommandError::caused_by(&error, error.help()))?;
    arguments.report_files.check()?;
    let WatchArgs { output, progress, ref report_files, .. } = *arguments;
    let output = RunOutput::without_files(output, progress, global).and_files(report_files);
    let mut watched =
        WatchedRun::open(&path, arguments.state.named()).await.map_err(|error| unread(&error))?;
    let requests = Asking {
        requests: ControlRequests::of(&folder, watched.run()),
        run: watched.run().clone(),
        place: &place,
    };
    let (end, state) = match watched.standing() {
        RunStanding::Running => follow(&mut watched, &requests, &output).await,
        standing => (WatchEnd::Seen(Ok(standing)), watched.state()),
    };
    let notes = reading_notes(&path, watched.reading());
    notes.iter().for_each(|note| print::note_line(note));
    let command = |verb| run_command(verb, watched.run(), arguments.state.named().as_ref());
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
    let resume = resume_command(run, arguments.state.named().as_ref());
    print::note_line(&format!(
        "run {run} is unfinished and nobody carries it out: it was killed, or could not write its journal to \
         the end; `{resume}` resumes it"
    ));
}

/// Shows a run as it goes on, until it ends or somebody wants to see no more; returns how it stands then.
async fn follow(
    watched: &mut WatchedRun,
    requests: &Asking<'_>,
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
            seen = watched.follow(events, async || requests.bring().await) => WatchEnd::Seen(seen),
            () = interrupted.next() => WatchEnd::Interrupted,
            () = heed(wanted, requests, trouble) => WatchEnd::Left,
        }
    };
    tokio::join!(looking, report::drive(incoming, reporters, &clock))
}

/// What is asked of a run, and where that is left.
struct Asking<'a> {
    requests: ControlRequests,
    run: RunId,
    place: &'a RunPlace,
}

impl Asking<'_> {
    /// Brings the journal up to date: a folder always is. What cannot be brought now comes the next time.
    async fn bring(&self) {
        if let Some(shared) = self.place.shared()
            && let Err(error) = shared.follow(&self.run).await
        {
            tracing::warn!(%error, run = %self.run, "the run is not brought up to date");
        }
    }

    /// Asks something of the run.
    ///
    /// # Errors
    /// With why it cannot be asked.
    async fn ask(&self, control: Control) -> Result<(), String> {
        let left = self.requests.leave(&ControlRequest { control, owner: owner() });
        left.map_err(|error| format!("the run cannot be asked: {}", with_causes(&error)))?;
        let Some(shared) = self.place.shared() else { return Ok(()) };
        let sent = shared.send_requests(&self.run).await;
        sent.map_err(|error| format!("the run cannot be asked: {}", with_causes(&error)))
    }
}

/// Does what keys mean to others than the dashboard, until somebody wants to see no more.
async fn heed(
    mut actions: mpsc::UnboundedReceiver<KeyAction>,
    requests: &Asking<'_>,
    trouble: channel::Sender<Option<String>>,
) {
    while let Some(action) = actions.recv().await {
        match action {
            KeyAction::Ask(control) => {
                trouble.send_replace(requests.ask(control).await.err());
            }
            KeyAction::Leave => return,
        }
    }
    // Nobody presses keys here.
    std::future::pending::<()>().await;
}
