//! What the coordinator has the run do.

use jiff::Timestamp;

use super::super::instance_job::InstanceJob;
use super::super::past_run::Sent;
use super::super::position::PlanIndex;
use crate::event::{EventKind, Failure, InstanceEnd, RunRefusal, RunResult};
use crate::plan::PlannedLookup;

/// What is to be done now.
pub(in crate::engine) enum Instruction {
    /// Say what happened.
    Say(Box<EventKind>),
    /// Start a task.
    Start(Box<InstanceTask>),
    /// Find out what a wave of the schedule would lose of these stack instances, then
    /// [`Input::Foreseen`](super::input::Input::Foreseen).
    LookAhead {
        /// The wave, as a position in the schedule.
        wave: usize,
        /// Its stack instances.
        instances: Vec<PlanIndex>,
    },
    /// Wait no longer for new logins.
    GiveUpLogins,
    /// Abort every task, hand in what they had told, then [`Input::Aborted`](super::input::Input::Aborted). Nothing is started any
    /// more.
    Abort,
    /// Say how the run ended, and why it was refused if it was. Nothing is to be done after that.
    Finish(RunResult, Option<Box<RunRefusal>>),
}

/// A task on a stack instance. It ends by [`Input::Ended`](super::input::Input::Ended), [`Input::Read`](super::input::Input::Read) if it only reads,
/// or [`Input::LookedUp`](super::input::Input::LookedUp) if it is to be followed by another.
pub(in crate::engine) struct InstanceTask {
    /// The stack instance.
    pub index: PlanIndex,
    /// What was about to be sent for it before the run was resumed.
    pub sent: Option<Sent>,
    /// How many of its calls were spent before.
    pub spent: usize,
    /// Whether the run changed something before that it needs, directly or not.
    pub follows_change: bool,
    /// What is done.
    pub kind: TaskKind,
}

/// What a task does.
pub(in crate::engine) enum TaskKind {
    /// It reads the outputs.
    Read,
    /// It reads what AWS keeps for the stack instance, before anything else is done on it.
    LookUp(Vec<PlannedLookup>),
    /// It does what the plan wants, or fails at once where that cannot be said.
    Forward(Result<InstanceJob, Failure>),
    /// It puts back what the run changed, which ended so.
    Back {
        /// How the run's change ended.
        change: InstanceEnd,
        /// When the stack was changed last by a way back that failed, by AWS's clock.
        failed_before: Option<Timestamp>,
    },
}

/// Returns that this is to be said.
pub(super) fn say(kind: EventKind) -> Instruction {
    Instruction::Say(Box::new(kind))
}
