//! What a task on a stack instance tells the loop of the run.

use tokio::sync::oneshot;

use super::known_lookups::Found;
use super::known_outputs::ReadOutputs;
use super::position::PlanIndex;
use super::wave_losses::WaveLosses;
use crate::event::{EventKind, Failure, InstanceEnd};

/// What work on an instance tells the engine's loop.
#[derive(Debug)]
pub(super) enum TaskMessage {
    /// An event of this stack instance, to be numbered and passed on.
    Told(Box<EventKind>),
    /// Something is about to be done; the number of its event is asked for.
    Intended(Box<EventKind>, oneshot::Sender<u64>),
    /// The instance ended. Always its last message.
    Ended(PlanIndex, Box<InstanceEnd>),
    /// What AWS keeps for the instance was read, or why it could not be. Always the last message of that task.
    LookedUp(PlanIndex, Box<Result<Found, Failure>>),
    /// The instance was only read: its outputs, or why it could not be. Always its last message.
    Read(PlanIndex, Box<Result<ReadOutputs, Failure>>),
    /// What a wave of the schedule would lose was found out.
    Foreseen(usize, Box<WaveLosses>),
}
