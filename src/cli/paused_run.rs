//! A run that another process carries out and that is paused: `resume` has that process go on.

use super::environment_lock::ELSEWHERE;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::run_output::RunOutput;
use super::shared_state::{bring, unusable};
use super::state_args::StateArgs;
use crate::event::{Control, ControlRequest, Owner};
use crate::journal;
use crate::name::RunId;
use crate::report::{RunState, run_command, who};
use crate::run::{ControlRequests, KeptRun, owner};
use crate::state::RunPlace;

/// A run that is carried out and paused.
pub(super) struct PausedRun {
    run: RunId,
    by: Owner,
    place: RunPlace,
    state: RunState,
}

/// Returns the run that is meant, if a process carries it out and it is paused.
pub(super) async fn paused_run(
    wanted: &str,
    state: &StateArgs,
) -> Result<Option<PausedRun>, CommandError> {
    let place = state.place();
    bring(&place, wanted).await?;
    let folder = place.folder();
    let found = folder.find(wanted);
    let path = found.map_err(|error| CommandError::caused_by(&error, error.help()))?;
    if !journal::is_running(&path) {
        return Ok(None);
    }
    // What cannot be read is told by whoever wants to resume it.
    let Ok(KeptRun { state: mut run_state, .. }) = KeptRun::read(&path) else { return Ok(None) };
    let Some(start) = &mut run_state.start else { return Ok(None) };
    start.named_state = state.named();
    let (run, by) = (start.run.clone(), run_state.paused_by.clone());
    Ok(by.map(|by| PausedRun { run, by, place, state: run_state }))
}

impl PausedRun {
    /// Asks the process that carries the run out to go on.
    pub async fn go_on(self, output: &RunOutput<'_>) -> Result<Exit, CommandError> {
        let Self { run, by, place, state } = self;
        let request = ControlRequest { control: Control::Continue, owner: owner() };
        let left = ControlRequests::of(place.folder(), &run).leave(&request);
        left.map_err(|error| CommandError::caused_by(&error, ELSEWHERE))?;
        if let Some(shared) = place.shared() {
            shared.send_requests(&run).await.map_err(|error| unusable(&error))?;
        }
        let start = state.start.as_ref();
        let named_state = start.and_then(|start| start.named_state.as_ref());
        let watch = run_command("watch", &run, named_state);
        print::note_line(&format!(
            "run {run}, paused by {}, is asked to go on: `{watch}` follows it",
            who(&by)
        ));
        Ok(output.tell_running(&state))
    }
}
