//! What is known of a run and its parts at a moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::running::Running;
use crate::event::{
    Allowance, AnnouncedInstance, Failure, FailureKind, InstanceEnd, LeftBehind, NamedState,
    Operation, Outcome, RunOrigin, RunRefusal, RunRequest, RunResult, StackAction,
};
use crate::name::{AccountId, EnvironmentName, RunId};
use crate::status::StackStatus;

/// How a run began.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStart {
    /// The run's id.
    pub run: RunId,
    /// What it does.
    pub operation: Operation,
    /// The environments it covers, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// Whether an environment begins only once the one before it succeeded.
    pub in_order: bool,
    /// When it began.
    pub at: Timestamp,
    /// How many accounts it covers.
    pub accounts: usize,
    /// Where it is kept, unless that is the usual place.
    pub named_state: Option<NamedState>,
    /// Where it was carried out, by whom, and from what.
    pub origin: RunOrigin,
    /// What was allowed to be lost although the files keep it.
    pub allowed: Vec<Allowance>,
    /// The environment files, as they were given.
    pub files: Vec<PathBuf>,
    /// What earlier runs made and the files no longer name.
    pub left_behind: Vec<LeftBehind>,
    /// What keeps that from being known whole.
    pub left_behind_unknown: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFinish {
    /// The verdict that the run itself told.
    pub result: RunResult,
    /// What went over the wire: `service:Operation` to a count.
    pub api_calls: BTreeMap<String, u64>,
    /// How many of those calls were throttled.
    pub throttled: u64,
    /// Why it was refused, if it was.
    pub refusal: Option<Box<RunRefusal>>,
}

/// A stack instance and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// What was announced of it.
    pub announced: AnnouncedInstance,
    /// Where it stands.
    pub status: InstanceStatus,
}

/// Where a stack instance stands.
#[derive(Clone, Debug, PartialEq)]
pub enum InstanceStatus {
    /// It was announced and has not begun.
    Waiting,
    /// It is being worked on.
    Running(Running),
    /// The stack instance came to its end.
    Finished(FinishedInstance),
}

/// A stack instance that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FinishedInstance {
    /// All that was told with its end.
    pub end: Box<InstanceEnd>,
    /// When it started; absent if it never did.
    pub since: Option<Timestamp>,
    /// From its start to its end; zero if it never started.
    pub duration: Duration,
    /// What was done to its stack last, if anything was.
    pub action: Option<StackAction>,
    /// From the start of what was done last to the end; the whole duration if nothing was.
    pub moved: Duration,
    /// Whether it ended before somebody asked for the run to be rolled back: the rollback did nothing
    /// to it.
    pub is_earlier: bool,
}

impl FinishedInstance {
    /// Whether the rollback that somebody asked for had nothing to do here.
    pub fn is_untouched(&self) -> bool {
        let is_unsuccessful = matches!(self.end.outcome, Outcome::Failed | Outcome::Skipped);
        self.is_earlier && is_unsuccessful && !self.is_left()
    }

    /// Whether it keeps something of what a run did to it.
    pub fn is_left(&self) -> bool {
        let InstanceEnd { outcome, status, failure, .. } = &*self.end;
        match outcome {
            // What it retains stays; else a cancel, or the cause of a run that went back.
            Outcome::RolledBack => {
                failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::CannotGoBack)
            }
            // CloudFormation may have put it back by itself, or it was found so.
            Outcome::Failed => {
                self.action.is_some_and(StackAction::is_change) && is_unsettled(status.as_ref())
            }
            Outcome::Created | Outcome::Updated | Outcome::Deleted => true,
            Outcome::Unchanged | Outcome::Skipped => false,
        }
    }
}

/// Whether a stack in this status failed, or moves still.
pub fn is_unsettled(status: Option<&StackStatus>) -> bool {
    status.is_some_and(|status| status.is_failed() || !status.is_settled())
}

/// What is known of an account.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountState {
    /// A session is open.
    Entered {
        /// The account's id.
        account_id: AccountId,
        /// Who we are there.
        caller: String,
    },
    /// It could not be entered.
    Refused {
        /// The account's id.
        account_id: AccountId,
        /// Why it could not be entered.
        failure: Failure,
    },
}

/// Whether, and how urgently, a run was asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cancel {
    /// It was not.
    #[default]
    No,
    /// Nothing more is started; what runs settles.
    Settling,
    /// What runs is left to itself.
    AtOnce,
}

/// Returns the time from `from` to `to`; zero if the clock went backwards.
pub fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or(Duration::ZERO)
}

/// Returns the origin of a run, of which journals of before tell only whether it was the sandbox.
pub(super) fn origin(request: &RunRequest) -> RunOrigin {
    let sandbox = request.sandbox || request.origin.sandbox;
    RunOrigin { sandbox, ..request.origin.clone() }
}
