//! What a run is told besides its plan, and while it goes on.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::deployed_stacks::DeployedStacks;
use super::past_run::PastRun;
use super::prior_stacks::PriorStacks;
use super::saved_plan::ChangeSetUse;
use crate::clock::Clock;
use crate::environment::OnFailure;
use crate::event::{
    ControlRequest, EventKind, Gate, GateOpening, Keeping, LeftBehind, Operation, RunRequest,
};
use crate::name::RunId;
use crate::sessions::Sessions;

/// What a run is told besides its plan.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id under which its journal is kept.
    pub id: RunId,
    /// What it does.
    pub operation: Operation,
    /// What bounds it.
    pub limits: Limits,
    /// The clock that stamps its events.
    pub clock: Clock,
    /// What was asked for on the command line.
    pub asked: Option<RunRequest>,
    /// What earlier runs made and the files no longer name.
    pub left_behind: Vec<LeftBehind>,
    /// What keeps that from being known whole.
    pub left_behind_unknown: Vec<String>,
    /// Who keeps the run on disk.
    pub keeping: Keeping,
    /// Which stacks earlier runs left, and how.
    pub deployed_stacks: Arc<DeployedStacks>,
    /// Whether updates that are under way are cancelled once the run is asked to stop.
    pub cancel_updates: bool,
    /// What becomes of change sets in it.
    pub change_sets: ChangeSetUse,
    /// What is known of the run, if this resumes one.
    pub past: Option<PastRun>,
    /// The environment files that are as they were when the run began, if this resumes one: a secret that stands in one is
    /// what was sent.
    pub unchanged_files: BTreeSet<PathBuf>,
    /// Whether all that the run changed is put back, instead of going on.
    pub goes_back: bool,
    /// What of it was approved, if this resumes one for that.
    pub approval: Option<Approval>,
    /// What people who watch it asked of it last.
    pub control: watch::Receiver<Option<ControlRequest>>,
    /// What stood before it changed something.
    pub prior_stacks: PriorStacks,
    /// The sessions of its plan, as far as they were opened before it began.
    pub sessions: Option<Arc<Sessions>>,
}

impl Run {
    /// Returns a run that nobody keeps and that has no past.
    pub fn new(id: RunId, operation: Operation, limits: Limits, clock: Clock) -> Self {
        let keeping = Keeping::by_nobody();
        let deployed_stacks = Arc::default();
        Self {
            id,
            operation,
            limits,
            clock,
            asked: None,
            left_behind: Vec::new(),
            left_behind_unknown: Vec::new(),
            keeping,
            deployed_stacks,
            change_sets: ChangeSetUse::default(),
            past: None,
            unchanged_files: BTreeSet::new(),
            cancel_updates: false,
            goes_back: false,
            approval: None,
            control: watch::channel(None).1,
            prior_stacks: PriorStacks::default(),
            sessions: None,
        }
    }

    /// Whether nothing but what the run changed is put back, from its beginning.
    pub fn only_goes_back(&self) -> bool {
        self.goes_back || self.past.as_ref().is_some_and(PastRun::goes_back)
    }
}

/// Waves of a run that somebody approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The waves that were approved.
    pub gates: Vec<Gate>,
    /// With which credentials: the caller's ARN, if it is known.
    pub caller: Option<String>,
}

impl Approval {
    /// Returns what is told of it.
    pub(super) fn told(&self, asked: Option<&RunRequest>) -> Vec<EventKind> {
        let owner = asked.map(|asked| asked.owner.clone());
        let opened = |gate: &Gate| EventKind::GateOpened {
            gate: gate.clone(),
            because: GateOpening::Approved,
            owner: owner.clone(),
            caller: self.caller.clone(),
        };
        self.gates.iter().map(opened).collect()
    }
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
