//! What happens in a run: the only language between the engine and everyone else.
//!
//! The engine says each thing once, as a [`RunEvent`]; displays, reports and journals read nothing
//! else. Events own their content, serialize as one JSON object each, and are versioned by
//! [`SCHEMA`]: fields and types are only ever added. They hold no secret: parameter values never
//! stand in them.

mod asked;
mod failure;
mod finding;
mod keep;
mod preview;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use asked::{Asked, Owner};
pub use failure::{Failure, FailureKind};
pub use finding::{Cause, Certainty, Change, Finding, Remedy, Side};
pub use keep::{Before, KeepBefore, Keeper, Keeping, Kept, keeping};
pub use preview::{ChangeAction, Preview, PropertyChange, Replacement, ResourceChange};

use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId, RunId, StackName};
use crate::status::{ResourceStatus, StackStatus};

/// The version of the events' and the report's shape. It only grows.
pub const SCHEMA: u32 = 1;

/// How many events may wait for a reader before the engine waits as well.
const CHANNEL_CAPACITY: usize = 1024;

/// Returns the two ends of the one channel between the engine and its readers.
pub fn channel() -> (mpsc::Sender<RunEvent>, mpsc::Receiver<RunEvent>) {
    mpsc::channel(CHANNEL_CAPACITY)
}

/// One thing that happened, numbered without gaps from 1 and stamped by the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The event's number in its run.
    pub sequence: u64,
    /// When the engine learned of it.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Create or update.
    Apply,
    /// Delete in reverse order.
    Destroy,
    /// Tell what `Apply` would do, and change nothing.
    Plan,
}

impl Operation {
    /// Returns the word users type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Plan => "plan",
        }
    }
}

/// How a stack instance ended; of a [`Plan`](Operation::Plan), how it would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The stack was not there and is now.
    Created,
    /// The stack was changed.
    Updated,
    /// The stack was there and is no more.
    Deleted,
    /// The stack is already as asked for.
    Unchanged,
    /// It did not become as asked for.
    Failed,
    /// It was not started.
    Skipped,
    /// It was changed by this run and put back.
    RolledBack,
}

impl Outcome {
    /// Whether the stack instance is as the run wanted it.
    pub fn is_good(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Deleted | Self::Unchanged => true,
            Self::Failed | Self::Skipped | Self::RolledBack => false,
        }
    }

    /// Returns the word that the report uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::RolledBack => "rolled-back",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    /// Every stack instance is as the run wanted it.
    Succeeded,
    /// At least one is not.
    Failed,
    /// What the run changed was put back.
    RolledBack,
    /// A person or a signal stopped it.
    Cancelled,
    /// A guard or the person asked refused it; nothing was touched.
    Refused,
}

/// One stack instance of a run, as it is announced when the run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// Which.
    #[serde(flatten)]
    pub id: InstanceId,
    /// The account it stands in.
    pub account_id: AccountId,
    /// Its stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack instances it needs first, as positions in the announced list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<usize>,
    /// How many resources its template declares.
    pub resources: usize,
    /// The start of its template's digest: stack instances with the same one take about as long.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// Whether its template may make or change roles, users or policies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_iam: bool,
    /// The wave of its environment that it belongs to, from 1; absent if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<usize>,
}

/// What is being done to a stack right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackAction {
    /// CreateStack.
    Create,
    /// UpdateStack.
    Update,
    /// DeleteStack, because the run deletes.
    Delete,
    /// DeleteStack, because the stack never worked and is created anew.
    DeleteBeforeCreate,
    /// ContinueUpdateRollback, before an update.
    ContinueRollback,
    /// UpdateStack to how the stack stood before the run.
    PutBack,
    /// DeleteStack of what the run created.
    TakeBack,
    /// CancelUpdateStack, because the run was asked to stop.
    CancelUpdate,
    /// Nothing of ours: an operation that somebody else started is waited for.
    Wait,
}

impl StackAction {
    /// Whether no stack is left once it is done.
    pub fn deletes(self) -> bool {
        matches!(self, Self::Delete | Self::DeleteBeforeCreate | Self::TakeBack)
    }

    /// Returns the action as a noun: "its update was under way".
    pub fn as_noun(self) -> &'static str {
        match self {
            Self::Create => "creation",
            Self::Update => "update",
            Self::Delete | Self::DeleteBeforeCreate => "deletion",
            Self::ContinueRollback | Self::CancelUpdate => "rollback",
            Self::PutBack => "way back",
            Self::TakeBack => "removal",
            Self::Wait => "foreign operation",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum What {
    /// The run began. Always the first event.
    RunStarted {
        /// [`SCHEMA`] of this run's events.
        schema: u32,
        /// The run's id.
        run: RunId,
        /// What it does.
        operation: Operation,
        /// The environments it covers, in the order given.
        environments: Vec<EnvironmentName>,
        /// Whether an environment begins only once the one before it succeeded.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_order: bool,
        /// What was asked for on the command line, so that the run can be gone on with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Box<Asked>>,
        /// Every stack instance, needs before dependents.
        instances: Vec<Announced>,
    },
    /// The run was gone on with, after it had broken off or was stopped.
    RunResumed {
        /// Who goes on with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
        /// The stack instances that had ended and are taken up again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reopened: Vec<InstanceId>,
        /// Whether it was gone on with to put back what it changed, because somebody asked for that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        goes_back: bool,
    },
    /// A session in an account is open and its account is the right one.
    AccountEntered {
        /// The environment whose file names the account.
        environment: EnvironmentName,
        /// The account's name there.
        account: AccountName,
        /// Its id.
        account_id: AccountId,
        /// Who we are there: the caller's ARN.
        caller: String,
    },
    /// An account could not be entered.
    AccountRefused {
        /// The environment whose file names the account.
        environment: EnvironmentName,
        /// The account's name there.
        account: AccountName,
        /// Its id.
        account_id: AccountId,
        /// Why, and what mends it.
        failure: Failure,
    },
    /// A call is refused in an account that a stack changed IAM for a short time ago: it is asked
    /// again for a while. Told once for each account.
    PermissionAwaited {
        /// The account whose role or session is concerned.
        account_id: AccountId,
        /// The call, such as `sts:AssumeRole`.
        operation: String,
    },
    /// The login that a run's credentials come from has ended; what needs it waits for a new one.
    LoginEnded {
        /// The account it was a login of.
        account_id: AccountId,
        /// Where it is kept, such as "profile `shared`".
        from: String,
        /// Why it is known to have ended.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// There is a new login: what waited for it goes on.
    LoginRenewed {
        /// The account it is a login of.
        account_id: AccountId,
    },
    /// A stack instance's needs are done and work on it began.
    InstanceStarted {
        /// Which.
        instance: InstanceId,
    },
    /// What the run changed is put back from here on: each of these stack instances ends once more.
    RollbackStarted {
        /// Which.
        instances: Vec<InstanceId>,
    },
    /// What the run changed is to be put back, but not yet: of these stack instances it is not known
    /// what became of what was sent. Whoever goes on with the run finds out first.
    RollbackPostponed {
        /// Which.
        unknown: Vec<InstanceId>,
    },
    /// A call that changes the stack is about to be sent. Whether it was accepted is only known once
    /// its action started.
    ActionIntended {
        /// Which.
        instance: InstanceId,
        /// What.
        action: StackAction,
        /// The stack's ARN, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stack_id: Option<String>,
    },
    /// A call that changes the stack was accepted, or a foreign operation is being waited for.
    ActionStarted {
        /// Which.
        instance: InstanceId,
        /// What.
        action: StackAction,
        /// The stack's status found before.
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<StackStatus>,
        /// The stack's ARN, once known.
        #[serde(skip_serializing_if = "Option::is_none")]
        stack_id: Option<String>,
    },
    /// The stack's own history told how long its create or update before this one took.
    PrecedentTimed {
        /// Which.
        instance: InstanceId,
        /// From its start to its end, by AWS's clock.
        took_ms: u64,
    },
    /// The stack's own status changed.
    StackChanged {
        /// Which.
        instance: InstanceId,
        /// To what.
        status: StackStatus,
        /// Why, in CloudFormation's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A stack that moves has not been seen for a while. Told once until it is seen again.
    StackUnseen {
        /// Which.
        instance: InstanceId,
        /// Why not.
        reason: String,
    },
    /// A resource of the stack changed.
    ResourceChanged {
        /// Which stack instance.
        instance: InstanceId,
        /// The resource's name in the template.
        resource: String,
        /// Its type, such as `AWS::IAM::Role`.
        resource_type: String,
        /// To what.
        status: ResourceStatus,
        /// Why, in CloudFormation's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Somebody asked the run to stop: once lets what runs settle, twice leaves at once.
    CancelRequested {
        /// Whether what still runs is left to itself.
        at_once: bool,
    },
    /// A stack instance ended. Exactly one for each that was announced.
    InstanceFinished {
        /// Which, and how it stands now.
        #[serde(flatten)]
        end: InstanceEnd,
    },
    /// The run ended. Always the last event.
    RunFinished {
        /// How.
        result: RunResult,
        /// What went over the wire, retries included: `service:Operation` to a count.
        api_calls: BTreeMap<String, u64>,
        /// How many of those calls were answered with throttling.
        throttled: u64,
    },
}

/// How a stack instance ended and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceEnd {
    /// Which.
    pub instance: InstanceId,
    /// How it ended.
    pub outcome: Outcome,
    /// The stack's status, as last seen; absent if there is no stack or it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StackStatus>,
    /// The stack's ARN, if it was learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// When the stack's last operation began, by AWS's clock, if it was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// The stack's outputs, if it is as the run wanted it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, String>,
    /// What would change, if the run only tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<Preview>>,
    /// Why it failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl InstanceEnd {
    /// Whether the run itself made or changed the stack, and did not only look ahead.
    pub fn is_change(&self) -> bool {
        matches!(self.outcome, Outcome::Created | Outcome::Updated) && self.preview.is_none()
    }
}
