//! The drift of stack instances, as JSON has it, and what it means for the exit code.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::event::{DriftedResource, Failure, InstanceDrift, RunOrigin, RunResult, SCHEMA};
use crate::name::{AccountId, EnvironmentName, InstanceId, StackName};
use crate::report::clusters::{Cluster, Clusters};
use crate::report::fold::instance_report::milliseconds;
use crate::status::StackStatus;

/// The drift of one stack instance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftRow {
    /// Which environment, account, Region and stack.
    #[serde(flatten)]
    pub instance: InstanceId,
    /// The account's id.
    pub account_id: AccountId,
    /// The stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack's ARN, if it stands.
    pub stack_id: Option<String>,
    /// Where it stands, if it does.
    pub status: Option<StackStatus>,
    /// What was found.
    pub outcome: DriftOutcome,
    /// What has drifted, and what is not known.
    pub drift: Vec<DriftedResource>,
    /// Why stacks were not checked at all, the stack itself or nested ones.
    pub unchecked: Vec<String>,
    /// Why it could not be looked at.
    pub failure: Option<Failure>,
}

/// What was found of a stack instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftOutcome {
    /// All that can be checked is as the template wants it.
    InSync,
    /// Something is not.
    Drifted,
    /// The stack does not stand.
    Absent,
    /// Nothing that was checked has drifted, and not all was that can be.
    NotChecked,
    /// It could not be looked at.
    Failed,
}

/// How many stack instances were found how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DriftCounts {
    /// As their templates want them.
    pub in_sync: usize,
    /// Not as their templates want them.
    pub drifted: usize,
    /// Without a stack.
    pub absent: usize,
    /// Not checked, or not whole.
    pub not_checked: usize,
    /// Not looked at, for a failure.
    pub failed: usize,
}

/// What was found of all stack instances, in the order of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftView {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was done, which is always `drift`.
    pub operation: &'static str,
    /// The environments, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// Where it was looked, by whom.
    #[serde(flatten, serialize_with = "place")]
    pub origin: RunOrigin,
    /// Whether all was looked at; drift is no failure.
    pub result: RunResult,
    /// When that began.
    pub started: Timestamp,
    /// How long it took.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// How many were found how.
    pub summary: DriftCounts,
    /// Every stack instance.
    pub stack_instances: Vec<DriftRow>,
    /// What failed, by its cause: those of most accounts first.
    pub failures: Vec<Cluster>,
    /// What went over the wire: `service:Operation` to a count.
    pub api_calls: BTreeMap<String, u64>,
    /// How many of those calls were throttled.
    pub throttled: u64,
}

/// How a look at all stack instances went.
#[derive(Clone, Debug)]
pub struct DriftLook {
    /// The environments, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// Where it was looked, by whom.
    pub origin: RunOrigin,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// What went over the wire.
    pub api_calls: BTreeMap<String, u64>,
    /// How many of those calls were throttled.
    pub throttled: u64,
}

/// Writes where it was looked, by whom.
fn place<S: Serializer>(origin: &RunOrigin, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("sandbox", &origin.sandbox)?;
    if origin.virtual_time {
        map.serialize_entry("virtual_time", &true)?;
    }
    map.serialize_entry("endpoint", &origin.endpoint)?;
    map.serialize_entry("caller", &origin.caller)?;
    map.end()
}

impl DriftRow {
    /// Returns the row of a stack instance of which this was found.
    pub fn new(
        (instance, account_id, stack_name): (InstanceId, AccountId, StackName),
        found: Result<InstanceDrift, Failure>,
    ) -> Self {
        let outcome = DriftOutcome::of(&found);
        let (drift, failure) = match found {
            Ok(drift) => (drift, None),
            Err(failure) => (InstanceDrift::default(), Some(failure)),
        };
        let (stack_id, status) = drift.stack.map(|stack| (stack.id, stack.status)).unzip();
        let (drift, unchecked) = (drift.resources, drift.unchecked);
        Self {
            instance,
            account_id,
            stack_name,
            stack_id,
            status,
            outcome,
            drift,
            unchecked,
            failure,
        }
    }
}

impl DriftOutcome {
    fn of(found: &Result<InstanceDrift, Failure>) -> Self {
        match found {
            Err(_) => Self::Failed,
            Ok(drift) if drift.stack.is_none() => Self::Absent,
            Ok(drift) if drift.has_drifted() => Self::Drifted,
            Ok(drift) if !drift.is_whole() => Self::NotChecked,
            Ok(_) => Self::InSync,
        }
    }
}

impl DriftView {
    /// Returns a view of `rows`.
    pub fn new(rows: Vec<DriftRow>, look: DriftLook) -> Self {
        let mut summary = DriftCounts::default();
        rows.iter().for_each(|row| summary.add(row.outcome));
        let mut clusters = Clusters::default();
        for row in &rows {
            let Some(failure) = &row.failure else { continue };
            clusters.failed((&row.instance, &row.account_id, &row.stack_name), failure);
        }
        let DriftLook { environments, origin, started, duration, api_calls, throttled } = look;
        let failures = clusters.ranked().into_iter().map(Cluster::in_order).collect();
        let is_whole = rows.iter().all(DriftRow::is_whole);
        Self {
            schema: SCHEMA,
            operation: "drift",
            environments,
            origin,
            result: if is_whole { RunResult::Succeeded } else { RunResult::Failed },
            started,
            duration,
            summary,
            stack_instances: rows,
            failures,
            api_calls,
            throttled,
        }
    }

    /// Returns the view as one JSON object, indented, ending with a line break.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and text become JSON") + "\n"
    }

    /// Whether anything is known not to be as its template wants it.
    pub fn has_drift(&self) -> bool {
        self.summary.drifted > 0 || self.summary.absent > 0
    }

    /// Returns 3 if an account could not be entered and all else was looked at, 1 if something was not that
    /// can be, else 0.
    pub fn exit_code(&self) -> u8 {
        let unwhole = self.stack_instances.iter().filter(|row| !row.is_whole());
        let mut is_entry = unwhole.map(|row| row.failure.as_ref().is_some_and(Failure::is_entry));
        match is_entry.next() {
            None => 0,
            Some(first) => {
                if first && is_entry.all(|it| it) {
                    3
                } else {
                    1
                }
            }
        }
    }
}

impl DriftRow {
    /// Whether all was looked at that can be.
    fn is_whole(&self) -> bool {
        let is_unread = |it: &DriftedResource| it.reason.is_some();
        self.failure.is_none() && self.unchecked.is_empty() && !self.drift.iter().any(is_unread)
    }
}

impl DriftCounts {
    fn add(&mut self, outcome: DriftOutcome) {
        *match outcome {
            DriftOutcome::InSync => &mut self.in_sync,
            DriftOutcome::Drifted => &mut self.drifted,
            DriftOutcome::Absent => &mut self.absent,
            DriftOutcome::NotChecked => &mut self.not_checked,
            DriftOutcome::Failed => &mut self.failed,
        } += 1;
    }
}
