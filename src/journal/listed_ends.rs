//! What the lines of a journal after the first tell a list: what ended, and how, without reading all they say.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::event::{FailureKind, Outcome, RunResult};
use crate::name::InstanceId;

/// A stack instance that was to go back and did not.
#[derive(Clone, Debug, PartialEq)]
pub struct NotBack {
    /// The stack instance.
    pub instance: InstanceId,
    /// What kind of failure kept it, and why in words.
    pub failure: Option<(FailureKind, String)>,
}

/// A line that tells how a stack instance ended.
#[derive(Deserialize)]
struct EndLine {
    instance: InstanceId,
    outcome: Outcome,
    failure: Option<FailureLine>,
}

#[derive(Deserialize)]
struct FailureLine {
    kind: FailureKind,
    #[serde(default)]
    message: String,
}

/// A line that tells how the run ended.
#[derive(Deserialize)]
struct FinishedLine {
    result: RunResult,
    #[serde(default)]
    refusal: Option<RefusalLine>,
}

#[derive(Deserialize)]
struct RefusalLine {
    message: String,
}

/// A line that tells that the run was resumed.
#[derive(Deserialize)]
struct ResumedLine {
    #[serde(default)]
    reopened: Vec<InstanceId>,
}

/// A line that tells that what the run changed is rolled back from here on.
#[derive(Deserialize)]
struct RollbackLine {
    instances: Vec<InstanceId>,
}

/// What the lines after the first have told: what ended, and is not open again.
#[derive(Default)]
pub(super) struct ListedEnds {
    instances: BTreeMap<InstanceId, (Outcome, Option<FailureLine>)>,
    /// Those that were to go back.
    going_back: BTreeSet<InstanceId>,
    /// How the run itself ended, if it did.
    pub result: Option<RunResult>,
    /// Why it was refused, if it was.
    pub refusal: Option<String>,
    /// Whether it stands at a gate: it waits for an approval.
    pub is_at_gate: bool,
}

impl ListedEnds {
    /// Takes in a line of a type; one that cannot be read changes nothing.
    pub fn on(&mut self, kind: &str, line: &[u8]) {
        match kind {
            "instance-finished" => {
                if let Ok(EndLine { instance, outcome, failure }) = serde_json::from_slice(line) {
                    self.instances.entry(instance).or_insert((outcome, failure));
                }
            }
            "run-resumed" => {
                self.result = None;
                self.refusal = None;
                self.is_at_gate = false;
                if let Ok(ResumedLine { reopened }) = serde_json::from_slice(line) {
                    self.reopen(&reopened);
                }
            }
            "rollback-started" => {
                if let Ok(RollbackLine { instances }) = serde_json::from_slice(line) {
                    self.reopen(&instances);
                    self.going_back.extend(instances);
                }
            }
            "run-finished" => {
                let finished: Option<FinishedLine> = serde_json::from_slice(line).ok();
                let refusal = finished.as_ref().and_then(|finished| finished.refusal.as_ref());
                self.refusal = self.refusal.take().or(refusal.map(|it| it.message.clone()));
                self.result = self.result.or(finished.map(|finished| finished.result));
            }
            "gate-reached" => self.is_at_gate = true,
            _ => {}
        }
    }

    fn reopen(&mut self, instances: &[InstanceId]) {
        for instance in instances {
            self.instances.remove(instance);
        }
    }

    /// Returns how many ended how.
    pub fn outcomes(&self) -> BTreeMap<Outcome, usize> {
        let mut outcomes = BTreeMap::new();
        for (outcome, _) in self.instances.values() {
            *outcomes.entry(*outcome).or_default() += 1;
        }
        outcomes
    }

    /// Returns how many were left moving.
    pub fn still_moving(&self) -> usize {
        let is_moving = |failure: &FailureLine| failure.kind == FailureKind::StillMoving;
        self.instances
            .values()
            .filter(|(_, failure)| failure.as_ref().is_some_and(is_moving))
            .count()
    }

    /// Returns those that were to go back and did not.
    pub fn not_back(self) -> Vec<NotBack> {
        let Self { mut instances, going_back, .. } = self;
        let left = |instance| {
            let (outcome, failure) = instances.remove(&instance)?;
            let failure = failure.map(|FailureLine { kind, message }| (kind, message));
            let is_moving = matches!(failure, Some((FailureKind::StillMoving, _)));
            let is_left = outcome != Outcome::RolledBack && !is_moving;
            is_left.then_some(NotBack { instance, failure })
        };
        going_back.into_iter().filter_map(left).collect()
    }
}
