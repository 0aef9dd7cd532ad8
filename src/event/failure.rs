//! Why a stack instance is not as asked for, in our words.

use serde::{Deserialize, Serialize};

use super::finding::{Cause, Certainty, Finding, Fix, Side};

/// What kind of failure it is: what a program may react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No usable credentials for the source account were found.
    NoCredentials,
    /// The credentials belong to another account than the file says.
    WrongAccount,
    /// The role could not be assumed.
    RoleRefused,
    /// A call was refused for want of permission.
    AccessDenied,
    /// The template creates IAM resources or uses macros without the capability for it.
    InsufficientCapabilities,
    /// CloudFormation refused the request: template, parameter or name.
    Refused,
    /// A resource failed and the stack failed or rolled back.
    ResourceFailed,
    /// The stack failed by itself, or nothing says why.
    StackFailed,
    /// The stack stands in a status from which nothing may be done by itself.
    StackStuck,
    /// A stack instance that this one needs did not succeed; on the way back, one that needs this one.
    NeedFailed,
    /// More accounts of a wave failed than may, before this one was started.
    WaveStopped,
    /// Its wave, or one before it, is yet to be approved.
    NotApproved,
    /// The environment that this one's was to follow did not succeed.
    EnvironmentFailed,
    /// An output that this one needs is not there.
    OutputMissing,
    /// The run was cancelled before this one was started.
    Cancelled,
    /// It was changed by the run and cannot be put back.
    CannotGoBack,
    /// It could not be written down first, so it was not done.
    JournalLost,
    /// The run was left while this one was still moving.
    StillMoving,
    /// The operation did not settle within its time.
    TimedOut,
    /// AWS could not be reached or did not answer in a way that can be read.
    Unreachable,
    /// Throttled for as long as the operation may take.
    Throttled,
    /// The run carries out a saved plan, and this is not as that says.
    NotPlanned,
    /// A guard of the files forbids it.
    Guarded,
}

impl FailureKind {
    /// Whether a stack instance that ended so can be resumed in the same run.
    pub fn may_be_resumed(self) -> bool {
        match self {
            // Tried, and settled: to try again is for a new run, after the cause is mended.
            Self::ResourceFailed
            | Self::StackFailed
            | Self::StackStuck
            | Self::NotPlanned
            | Self::Guarded => false,
            Self::NoCredentials
            | Self::WrongAccount
            | Self::RoleRefused
            | Self::AccessDenied
            | Self::InsufficientCapabilities
            | Self::Refused
            | Self::NeedFailed
            | Self::WaveStopped
            | Self::NotApproved
            | Self::EnvironmentFailed
            | Self::OutputMissing
            | Self::Cancelled
            | Self::CannotGoBack
            | Self::JournalLost
            | Self::StillMoving
            | Self::TimedOut
            | Self::Unreachable
            | Self::Throttled => true,
        }
    }

    /// Whether what became of a call that was sent before is not known then.
    pub fn leaves_unknown(self) -> bool {
        match self {
            Self::StillMoving
            | Self::TimedOut
            | Self::Unreachable
            | Self::Throttled
            | Self::NoCredentials
            | Self::WrongAccount
            | Self::RoleRefused => true,
            Self::AccessDenied
            | Self::InsufficientCapabilities
            | Self::Refused
            | Self::NeedFailed
            | Self::WaveStopped
            | Self::NotApproved
            | Self::EnvironmentFailed
            | Self::OutputMissing
            | Self::ResourceFailed
            | Self::StackFailed
            | Self::StackStuck
            | Self::Cancelled
            | Self::CannotGoBack
            | Self::JournalLost
            | Self::NotPlanned
            | Self::Guarded => false,
        }
    }

    /// Whether it always means that an account could not be entered.
    pub fn is_entry(self) -> bool {
        matches!(self, Self::NoCredentials | Self::WrongAccount | Self::RoleRefused)
    }

    /// Whether it means that the rollout stopped: many stack instances share it word by word.
    pub fn is_rollout(self) -> bool {
        matches!(self, Self::WaveStopped | Self::NotApproved | Self::EnvironmentFailed)
    }
}

/// A failure with its first cause and what to do about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The class of failure, by which causes are grouped.
    pub kind: FailureKind,
    /// What happened, where: a sentence without a full stop at its end.
    pub message: String,
    /// The resource that failed first, by its name in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What was found out about an account that could not be entered, the first cause first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl Failure {
    /// Returns a failure that names no resource and offers no help yet.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), resource: None, help: None, findings: Vec::new() }
    }

    /// Whether it means that an account could not be entered: exit code 3 if nothing else failed. Where AWS is
    /// not reached, what was found out tells whether that was on the way into the account.
    pub fn is_entry(&self) -> bool {
        let is_way = |finding: &Finding| finding.cause == Cause::Unreachable;
        self.kind.is_entry() || self.findings.iter().any(is_way)
    }

    /// Returns the failure with what was found out about it; the first finding is what to do.
    pub fn with_findings(self, findings: Vec<Finding>) -> Self {
        let help = findings.first().map(Finding::in_short).or(self.help);
        Self { help, findings, ..self }
    }

    /// Returns the failure with what it says itself as its one finding, unless it has some.
    pub fn with_finding(self, side: Side, cause: Cause) -> Self {
        if !self.findings.is_empty() {
            return self;
        }
        let finding = Finding::new(side, cause, Certainty::Known, self.message.clone());
        let finding = match &self.help {
            Some(help) => finding.with_remedy(help.clone(), Fix::ByHand {}),
            None => finding,
        };
        Self { findings: vec![finding], ..self }
    }

    /// Returns the failure with what to do about it.
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
