//! What the coordinator is told.

use super::super::known_lookups::Found;
use super::super::known_outputs::ReadOutputs;
use super::super::position::PlanIndex;
use super::super::settings::Stop;
use super::super::wave_losses::WaveLosses;
use crate::event::{ControlRequest, EventKind, Failure, InstanceEnd};

/// What a run can be told: an event of a task, an end, a wish to stop.
#[derive(Debug)]
pub(in crate::engine) enum Input {
    /// Something that is only to be said.
    Told(Box<EventKind>),
    /// A call that changes a stack is about to be sent. That is said at once, and nothing else.
    Intended(Box<EventKind>),
    /// Work on a stack instance ended.
    Ended(PlanIndex, Box<InstanceEnd>),
    /// What AWS keeps for a stack instance was read, or why it could not be.
    LookedUp(PlanIndex, Box<Result<Found, Failure>>),
    /// A stack instance was only read: its outputs, or why it could not be.
    Read(PlanIndex, Box<Result<ReadOutputs, Failure>>),
    /// What a wave of the schedule would lose is found out.
    Foreseen(usize, Box<WaveLosses>),
    /// A person or a signal wants the run to stop. One that wants no more than before is ignored.
    Stop(Stop),
    /// Somebody who watches the run asks something of it.
    Asked(ControlRequest),
    /// No more of the run can be kept, and why: what would be done now could not be resumed.
    JournalLost(String),
    /// Nothing runs any more, as `Instruction::Abort` asked for, and what had been told before was
    /// handed in.
    Aborted,
}
