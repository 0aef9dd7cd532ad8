//! The sentences in which a run is told to be asked to stop, to pause or to go on.

use crate::event::{EventKind, Owner};
use crate::report::fold::state::RunState;
use crate::report::text::command::resume_command;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// Returns what was asked of a run and what becomes of it; nothing of an event of another kind.
pub fn sentence(kind: &EventKind, state: &RunState, palette: Palette) -> Option<String> {
    match kind {
        EventKind::CancelRequested { at_once, owner } => {
            Some(palette.caution(&cancelled(*at_once, owner.as_ref())))
        }
        EventKind::RunPaused { .. } => paused_line(state).map(|line| palette.caution(&line)),
        EventKind::RunContinued { owner } => Some(format!("continued by {}", who(owner))),
        _ => None,
    }
}

fn cancelled(at_once: bool, owner: Option<&Owner>) -> String {
    match (at_once, owner) {
        (true, _) => {
            "cancelled at once: what still moves continues in CloudFormation by itself".to_owned()
        }
        (false, None) => {
            "cancelling: nothing more is started, what runs settles; Ctrl-C again ends at once"
                .to_owned()
        }
        (false, Some(owner)) => {
            format!("cancelled by {}: nothing more is started, what runs settles", who(owner))
        }
    }
}

/// Returns that nothing more is started for now, who wanted that, and what has the run go on; nothing of a run that
/// is not paused.
pub fn paused_line(state: &RunState) -> Option<String> {
    let owner = state.paused_by.as_ref()?;
    let start = state.start.as_ref();
    let resume = start.map(|start| resume_command(&start.run, start.named_state.as_ref()));
    let resume = resume.map(|resume| format!(" or `{resume}`")).unwrap_or_default();
    Some(format!(
        "paused by {}: nothing more is started, what runs settles; `p` in `watch`{resume} has it go on",
        who(owner)
    ))
}

/// Returns who asked, as `ada on desk`.
pub fn who(owner: &Owner) -> String {
    let (user, host) = (prose::one_line(&owner.user), prose::one_line(&owner.host));
    let user = if user.is_empty() { "somebody".to_owned() } else { user };
    match host.is_empty() {
        false => format!("{user} on {host}"),
        true => user,
    }
}
