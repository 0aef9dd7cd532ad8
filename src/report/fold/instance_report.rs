//! A stack instance in a report: how it ended, or how far it is where the run is unfinished.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::lifecycle::{FinishedInstance, InstanceState, InstanceStatus, elapsed, is_unsettled};
use super::state::RunState;
use crate::event::{Failure, FailureKind, Operation, Outcome, Preview};
use crate::name::{
    AccountId, AccountName, EnvironmentName, InstanceId, Region, StackKey, StackName,
};
use crate::status::StackStatus;

/// A stack instance in a [`Report`](super::report::Report).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstanceReport {
    /// The environment whose file asks for it.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// The Region it stands in.
    pub region: Region,
    /// The stack's key in the file.
    pub stack: StackKey,
    /// The stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack's ARN, if it was learned.
    pub stack_id: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The stack's status, as last seen.
    pub status: Option<StackStatus>,
    /// When it started; absent if it never did.
    #[serde(skip)]
    pub since: Option<Timestamp>,
    /// From its start to its end; zero if it never started.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// What would change: `changes` and `notes` of a plan; absent of what changes something.
    #[serde(flatten)]
    pub preview: Option<Preview>,
    /// What there is to say of it besides, where it was not only looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it failed or was skipped.
    pub failure: Option<Failure>,
    /// Whether the rollback that somebody asked for had nothing to do here: the rest is of before.
    #[serde(skip)]
    pub is_untouched: bool,
    /// Whether it keeps something of what the run did to it.
    #[serde(skip)]
    pub is_left: bool,
}

impl InstanceReport {
    pub(super) fn new(instance: &InstanceState, state: &RunState, goes_on: bool) -> Self {
        let announced = &instance.announced;
        let unfinished = Self {
            environment: announced.id.environment.clone(),
            account: announced.id.account.clone(),
            account_id: announced.account_id.clone(),
            region: announced.id.region.clone(),
            stack: announced.id.stack.clone(),
            stack_name: announced.stack_name.clone(),
            stack_id: None,
            outcome: Outcome::Skipped,
            status: None,
            since: None,
            duration: Duration::ZERO,
            outputs: BTreeMap::new(),
            preview: is_plan(state).then(Preview::default),
            notes: Vec::new(),
            failure: None,
            is_untouched: false,
            is_left: false,
        };
        match &instance.status {
            InstanceStatus::Waiting => {
                let message = match goes_on {
                    true => "the run has not started this stack instance yet",
                    false => "the run ended before this stack instance was started",
                };
                let failure = Some(Failure::new(FailureKind::Cancelled, message));
                Self { failure, ..unfinished }
            }
            InstanceStatus::Running(running) => {
                let (phase, kind) = (running.phase(), FailureKind::StillMoving);
                let failure = match goes_on {
                    true => Failure::new(kind, format!("the run works on it ({phase})")),
                    false => {
                        Failure::new(kind, format!("the run ended here, unfinished ({phase})"))
                            .with_help(
                                "CloudFormation continues by itself; look at the stack's status",
                            )
                    }
                };
                Self {
                    stack_id: running.stack_id.clone(),
                    outcome: Outcome::Failed,
                    status: running.status.clone(),
                    since: Some(running.since),
                    duration: state.last_at.map_or(Duration::ZERO, |at| elapsed(running.since, at)),
                    failure: Some(failure),
                    is_left: is_unsettled(running.status.as_ref()),
                    ..unfinished
                }
            }
            InstanceStatus::Finished(finished) => Self {
                is_untouched: finished.is_untouched(),
                is_left: finished.is_left(),
                ..Self::ended(finished, unfinished)
            },
        }
    }

    fn ended(finished: &FinishedInstance, unfinished: Self) -> Self {
        let FinishedInstance { end, since, duration, .. } = finished;
        Self {
            since: *since,
            stack_id: end.stack_id.clone(),
            outcome: end.outcome,
            status: end.status.clone(),
            duration: *duration,
            outputs: end.outputs.clone(),
            preview: end.preview.as_deref().cloned().or(unfinished.preview),
            notes: end.notes.clone(),
            failure: end.failure.clone(),
            ..unfinished
        }
    }

    /// Returns which stack instance it is.
    pub fn id(&self) -> InstanceId {
        InstanceId {
            environment: self.environment.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            stack: self.stack.clone(),
        }
    }

    /// Whether the run was left while the stack was still moving.
    pub fn is_still_moving(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::StillMoving)
    }
}

fn is_plan(state: &RunState) -> bool {
    state.start.as_ref().is_some_and(|start| start.operation == Operation::Plan)
}

/// Writes a duration as a whole number of milliseconds.
pub(in crate::report) fn milliseconds<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
