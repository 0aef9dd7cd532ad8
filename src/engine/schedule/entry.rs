//! What a schedule is made of, and what it answers: entries, and which of them starts or never will.

/// An entry of a schedule, as a position among those it was made of: not a position in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryIndex(pub usize);

/// What the engine is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleDecision {
    /// Start this one.
    Start(EntryIndex),
    /// This one will not be started.
    Skip {
        /// The entry that never starts.
        index: EntryIndex,
        /// What keeps it from starting.
        because: SkipCause,
    },
    /// The turn of this wave has come, and somebody must let it begin: nothing of it starts until then.
    AtGate {
        /// The wave, counted from 0.
        wave: usize,
    },
}

/// Why a stack instance is not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipCause {
    /// One that it needs did not succeed.
    NeedFailed {
        /// The need that ended without success, or was skipped for the same reason.
        need: EntryIndex,
    },
    /// In a wave more accounts failed than its tolerance allows.
    WaveStopped {
        /// The wave that failed, counted from 0.
        wave: usize,
        /// The one whose failure was too much.
        failed: EntryIndex,
    },
    /// Its wave was to follow upon success, and there was none.
    NotSucceeded {
        /// The first wave in which something did not succeed.
        wave: usize,
    },
    /// Its wave, or one before it, was not let begin.
    NotApproved {
        /// The wave that nobody let begin.
        wave: usize,
    },
    /// The run was asked to stop.
    Cancelled,
}

/// One entry of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    /// Those that must have succeeded before.
    pub needs: Vec<EntryIndex>,
    /// Its wave, as a position.
    pub wave: usize,
    /// The account that fails if it does.
    pub account: usize,
}

/// Where an entry stands.
#[derive(Clone, Debug)]
pub(super) struct ScheduleNode {
    pub wave: usize,
    pub account: usize,
    pub open_needs: usize,
    pub dependents: Vec<EntryIndex>,
    pub state: NodeState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeState {
    Waiting,
    Running,
    Ended,
}
