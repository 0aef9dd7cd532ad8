//! The events of a run: one JSON object each, numbered and stamped by the engine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::StackAction;
use super::allowance::Allowance;
use super::failure::Failure;
use super::gate::{Gate, GateOpening, ReachedGate};
use super::instance::{AnnouncedInstance, InstanceEnd};
use super::left_behind::LeftBehind;
use super::operation::Operation;
use super::outcome::RunResult;
use super::run_refusal::RunRefusal;
use super::run_request::{Owner, RunRequest};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId, Region, RunId};
use crate::status::{ResourceStatus, StackStatus};

/// The version of the events' and the report's shape. It only grows.
pub const SCHEMA: u32 = 1;

/// One thing that happened, numbered without gaps from 1 and stamped by the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The event's number in its run.
    pub sequence: u64,
    /// When the engine learned of it.
    pub at: Timestamp,
    /// What happened, with all that is told of it.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened, as the event's `type` and its own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EventKind {
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
        /// What was asked for on the command line, so that the run can be resumed.
        #[serde(rename = "asked", default, skip_serializing_if = "Option::is_none")]
        run_request: Option<Box<RunRequest>>,
        /// What earlier runs of the environments made and their files no longer name, as far as it is
        /// within the selection.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_behind: Vec<LeftBehind>,
        /// What keeps it from being known whole: sentences without a full stop at their end.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_behind_unknown: Vec<String>,
        /// Every stack instance, needs before dependents.
        instances: Vec<AnnouncedInstance>,
    },
    /// The run was resumed, after it was left unfinished or cancelled.
    RunResumed {
        /// Who resumed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
        /// The stack instances that had ended and are worked on again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reopened: Vec<InstanceId>,
        /// Whether it was resumed to roll back what it changed, because somebody asked for that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        goes_back: bool,
        /// What may be lost from here on although the files keep it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allow: Vec<Allowance>,
    },
    /// A session in an account is open and its account is the right one.
    AccountEntered {
        /// The environment whose file names the account.
        environment: EnvironmentName,
        /// The account's name there.
        account: AccountName,
        /// The account's id.
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
        /// The account's id.
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
        /// The stack instance that starts.
        instance: InstanceId,
    },
    /// A value that AWS keeps was read for a stack instance. Told once in a run for each value and place, and never
    /// with the value itself.
    ValueRead {
        /// The first stack instance that needs it.
        instance: InstanceId,
        /// What was read, as a file refers to it: `${ssm:/network/vpc}`.
        reference: String,
        /// The account it was read in.
        account_id: AccountId,
        /// The Region it was read in.
        region: Region,
        /// Tells one value of it from the next: what AWS numbers or calls it by, or, of an output, a salted digest.
        version: String,
        /// Whether the run had read another one before it was resumed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_another: bool,
    },
    /// What the run changed is rolled back from here on: each of these stack instances ends once more.
    RollbackStarted {
        /// The stack instances to be rolled back.
        instances: Vec<InstanceId>,
    },
    /// What the run changed is to be rolled back, but not yet: of these stack instances it is not known
    /// what became of what was sent, or, if there is none, nothing may be started any more. Whoever resumes
    /// the run finds out first.
    RollbackPostponed {
        /// The stack instances whose operation has an unknown result.
        unknown: Vec<InstanceId>,
    },
    /// A call that changes the stack is about to be sent. Whether it was accepted is only known once
    /// its action started.
    ActionIntended {
        /// The stack instance that it is sent for.
        instance: InstanceId,
        /// The call that is about to be sent.
        action: StackAction,
        /// The stack's ARN, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stack_id: Option<String>,
    },
    /// A call that changes the stack was accepted, or a foreign operation is being waited for.
    ActionStarted {
        /// The stack instance that it was sent for.
        instance: InstanceId,
        /// The call that was accepted, or [`Wait`](StackAction::Wait).
        action: StackAction,
        /// The stack's status found before.
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<StackStatus>,
        /// The stack's ARN, once known.
        #[serde(skip_serializing_if = "Option::is_none")]
        stack_id: Option<String>,
    },
    /// Objects that a stack's template names are about to be put into its bucket.
    UploadStarted {
        /// The stack instance whose template names them.
        instance: InstanceId,
        /// The bucket's name.
        bucket: String,
        /// How many there are.
        objects: usize,
        /// How long they are together.
        bytes: u64,
    },
    /// A part of them was sent.
    UploadProgressed {
        /// The stack instance whose template names them.
        instance: InstanceId,
        /// How much was sent so far.
        sent_bytes: u64,
    },
    /// The stack's own history told how long its create or update before this one took.
    PrecedentTimed {
        /// The stack instance whose stack it is.
        instance: InstanceId,
        /// From its start to its end, by AWS's clock.
        took_ms: u64,
    },
    /// The stack's own status changed.
    StackChanged {
        /// The stack instance whose stack it is.
        instance: InstanceId,
        /// The status that the stack has now.
        status: StackStatus,
        /// Why, in CloudFormation's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A stack that moves has not been seen for a while. Told once until it is seen again.
    StackUnseen {
        /// The stack instance whose stack it is.
        instance: InstanceId,
        /// The reason, as a sentence for people.
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
        /// The status that the resource has now.
        status: ResourceStatus,
        /// Why, in CloudFormation's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Somebody asked the run to stop: once lets what runs settle, twice leaves at once.
    CancelRequested {
        /// Whether what still runs is left to itself.
        at_once: bool,
        /// Who asked for it from elsewhere; absent if it was the run's own terminal, or a signal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
    /// Somebody had the run start nothing more until it is asked to go on.
    RunPaused {
        /// Who asked for it.
        owner: Owner,
    },
    /// Somebody had the run go on after a pause.
    RunContinued {
        /// Who asked for it.
        owner: Owner,
    },
    /// The turn of a wave has come that somebody must approve first: nothing of it is started until then.
    GateReached {
        /// Which, and why somebody is asked.
        #[serde(flatten)]
        reached: Box<ReachedGate>,
    },
    /// A wave was let begin.
    GateOpened {
        /// Which of the gates it is.
        #[serde(flatten)]
        gate: Gate,
        /// Why it was let begin.
        because: GateOpening,
        /// Who approved it, if somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
        /// With which credentials: the caller's ARN, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<String>,
    },
    /// A stack instance ended. Exactly one for each that was announced.
    InstanceFinished {
        /// Which, and how it stands now.
        #[serde(flatten)]
        end: InstanceEnd,
    },
    /// The run ended. Always the last event.
    RunFinished {
        /// Whether all of it is as the run wanted it, and if not, what happened.
        result: RunResult,
        /// What went over the wire, retries included: `service:Operation` to a count.
        api_calls: BTreeMap<String, u64>,
        /// How many of those calls were answered with throttling.
        throttled: u64,
        /// Why it was refused, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<Box<RunRefusal>>,
    },
}
