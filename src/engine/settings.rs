//! What a run is told besides its plan, and while it goes on.

use std::num::NonZeroUsize;

use crate::clock::Clock;
use crate::environment::OnFailure;
use crate::event::Operation;
use crate::name::RunId;

/// What a run is told besides its plan.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it does.
    pub operation: Operation,
    /// What bounds it.
    pub limits: Limits,
    /// The clock that stamps its events.
    pub clock: Clock,
}

/// What bounds a run.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Stack instances in flight; instead of what the environment files say.
    pub max_concurrent: Option<NonZeroUsize>,
    /// What a failure stops; instead of what the environment files say.
    pub on_failure: Option<OnFailure>,
    /// Whether an environment begins only once the one before it succeeded, instead of at once.
    pub in_order: bool,
}

/// Whether the person, or a signal, wants the run to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It goes on.
    #[default]
    No,
    /// Nothing more is started; what runs settles.
    Settle,
    /// The run is left as it is.
    AtOnce,
}
