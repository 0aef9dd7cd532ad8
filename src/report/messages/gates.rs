//! The sentences in which a run tells of waves that wait for approval.

use super::control::who;
use crate::event::{EventKind, Gate, GateOpening, ReachedGate};
use crate::report::fold::state::RunState;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// Returns what is told of a gate that was reached or opened; nothing of an event of another kind.
pub fn sentences(kind: &EventKind, state: &RunState, palette: Palette) -> Vec<String> {
    match kind {
        EventKind::GateReached { reached } => {
            let mut lines = vec![palette.caution(&asked(reached))];
            lines.extend(reached.losses.iter().map(|loss| format!("  {}", prose::one_line(loss))));
            lines
        }
        EventKind::GateOpened { gate, because: GateOpening::NothingLost, .. } => {
            let wave = named(gate, state);
            vec![format!("{wave} begins without approval: nothing in it is replaced or removed")]
        }
        EventKind::GateOpened { gate, because: GateOpening::Approved, owner, caller } => {
            let by = owner.as_ref().map_or_else(|| "somebody".to_owned(), who);
            let caller = caller.as_ref().map(|arn| format!(" ({})", prose::one_line(arn)));
            vec![format!("{} approved by {by}{}", named(gate, state), caller.unwrap_or_default())]
        }
        _ => Vec::new(),
    }
}

/// Returns why somebody is asked, and how much the wave is.
pub fn asked(reached: &ReachedGate) -> String {
    let instances = prose::counted(reached.stack_instances, "stack instance");
    let accounts = prose::counted(reached.accounts, "account");
    prose::one_line(&format!("{}: {instances} in {accounts}", reached.why))
}

fn named(gate: &Gate, state: &RunState) -> String {
    let Gate { environment, wave } = gate;
    match state.has_several_environments() {
        true => format!("wave {wave} of {environment}"),
        false => format!("wave {wave}"),
    }
}
