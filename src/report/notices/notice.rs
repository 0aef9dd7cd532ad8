//! A notice: small JSON with the report's words, and no outputs.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::{AnnouncedInstance, Failure, FailureKind, Operation, ReachedGate, RunResult};
use crate::name::{AccountId, AccountName, EnvironmentName, Region, RunId, StackKey, StackName};
use crate::report::fold::counts::Counts;

/// What a notice tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// The run began, or was resumed.
    Begin,
    /// A wave began.
    Wave,
    /// Something failed for a cause that nothing failed for before.
    Failure,
    /// A wave waits for approval.
    Gate,
    /// The run ended.
    End,
}

impl NoticeKind {
    /// Returns its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Wave => "wave",
            Self::Failure => "failure",
            Self::Gate => "gate",
            Self::End => "end",
        }
    }
}

/// A notice as it is sent: one JSON object, versioned by `schema`, to which fields are only added.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// The version of its shape.
    pub schema: u32,
    /// What it tells of.
    pub notice: NoticeKind,
    /// All of it in a line, which chats show by itself.
    pub text: String,
    /// The run's id.
    pub run: RunId,
    /// The number of the run's event that it tells of: of one run, the later is greater.
    pub sequence: u64,
    /// When that happened.
    pub at: Timestamp,
    /// What the run does.
    pub operation: Operation,
    /// The environments that the run covers.
    pub environments: Vec<EnvironmentName>,
    /// The one that it is about, of a wave, a failure or a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// Whether the run is a rehearsal in the embedded sandbox.
    pub sandbox: bool,
    /// The ARN of the source credentials, if it is known.
    pub caller: Option<String>,
    /// Whether the run began before and goes on, of a begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<bool>,
    /// Which wave, of a wave or a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<NoticedWave>,
    /// What failed, of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<NoticedFailure>,
    /// What is to be approved, of a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<NoticedGate>,
    /// How the run ended, of an end.
    #[serde(flatten)]
    pub end: Option<NoticedEnd>,
}

/// A wave that begins or waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticedWave {
    /// Its number, from 1.
    pub number: usize,
    /// How many waves its environment has.
    pub of: usize,
}

/// What failed first for its cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticedFailure {
    /// The account's name in its file.
    pub account: AccountName,
    /// The 12 digits of the account.
    pub account_id: AccountId,
    /// The Region; absent if the account itself could not be entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The stack's key in the file; absent as well then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackKey>,
    /// The stack's name; absent as well then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<StackName>,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// Why, in a sentence.
    pub message: String,
    /// The resource that failed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl NoticedFailure {
    /// Returns the failure of a stack instance.
    pub fn of_instance(failed: &AnnouncedInstance, failure: &Failure) -> Self {
        let of_account = Self::of_account(&failed.id.account, &failed.account_id, failure);
        Self {
            region: Some(failed.id.region.clone()),
            stack: Some(failed.id.stack.clone()),
            stack_name: Some(failed.stack_name.clone()),
            ..of_account
        }
    }

    /// Returns that an account could not be entered.
    pub fn of_account(account: &AccountName, account_id: &AccountId, failure: &Failure) -> Self {
        Self {
            account: account.clone(),
            account_id: account_id.clone(),
            region: None,
            stack: None,
            stack_name: None,
            kind: failure.kind,
            message: failure.message.clone(),
            resource: failure.resource.clone(),
            help: failure.help.clone(),
        }
    }
}

/// What is to be approved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticedGate {
    /// Why somebody is asked: a sentence without a full stop at its end.
    pub why: String,
    /// What would be replaced or removed, the first of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    /// In how many accounts the wave would change something.
    pub accounts: usize,
    /// How many stack instances it has.
    pub stack_instances: usize,
    /// The command that lets it begin once the run has ended before it.
    pub command: String,
}

impl NoticedGate {
    /// Returns a gate that was reached, which a command opens.
    pub fn of(reached: &ReachedGate, command: String) -> Self {
        Self {
            why: reached.why.clone(),
            losses: reached.losses.clone(),
            accounts: reached.accounts,
            stack_instances: reached.stack_instances,
            command,
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticedEnd {
    /// All in all.
    pub result: RunResult,
    /// The exit code of the process that carried it out, unless something of the report could not be written.
    pub exit_code: u8,
    /// How long it took, without the time in which nobody carried it out.
    pub duration_ms: u64,
    /// How many stack instances ended how.
    pub summary: Counts,
    /// The causes of failures in a line each, those of most accounts first; no more than ten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The command that goes on, if something is left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}
