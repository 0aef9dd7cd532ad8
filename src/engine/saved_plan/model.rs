//! What is saved of a plan: how each stack instance stood, and what was told of it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::discard::MadeChangeSet;
use crate::event::{ChangeAction, InstanceEnd, KeptChange, Outcome, ResourceChange};
use crate::name::{InstanceId, RunId};
use crate::plan::Plan;
use crate::status::StackStatus;

/// How the name of a change set ends that does not tell of nested stacks.
pub(in crate::engine) const FLAT: &str = "-flat";
/// The change set of a stack instance is named so, and so are others of the same run.
const SUFFIXES: [&str; 4] = ["", "-again", "-flat", "-again-flat"];

/// What is saved of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// The id after which its change sets are named.
    pub id: RunId,
    /// What is saved of each stack instance.
    #[serde(serialize_with = "as_list", deserialize_with = "of_list")]
    pub stacks: BTreeMap<InstanceId, PlannedStack>,
}

/// How a stack instance stood, and what was told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedStack {
    /// The stack instance.
    #[serde(flatten)]
    pub instance: InstanceId,
    /// How it would end.
    pub outcome: Outcome,
    /// The stack's ARN; absent where none stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// The stack's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StackStatus>,
    /// When the stack's last operation had begun, by AWS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
    /// What would be sent; absent where that is known in its turn only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptChange>,
    /// Whether nothing that stood in it was of a type that the files keep, where that was all that was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_free: bool,
    /// The resources that it would lose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<PlannedLoss>,
}

/// A resource that a stack would lose: removed or replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedLoss {
    /// What would be done to it.
    pub action: ChangeAction,
    /// Its name in the template.
    pub resource: String,
    /// Its type, such as `AWS::SQS::Queue`.
    pub resource_type: String,
}

impl SavedPlan {
    /// Returns what is saved of a run that looked ahead, whose stack instances ended so.
    pub fn of<'e>(id: RunId, ends: impl IntoIterator<Item = &'e InstanceEnd>) -> Self {
        let stacks = ends.into_iter().map(PlannedStack::of);
        Self { id, stacks: stacks.map(|stack| (stack.instance.clone(), stack)).collect() }
    }

    /// Returns the change sets that are kept for it, as far as its plan has their stack instances.
    pub fn change_sets(&self, plan: &Plan) -> Vec<MadeChangeSet> {
        let instances = plan.instances.iter().enumerate();
        let kept = instances.filter_map(|(at, instance)| {
            let kept = self.stacks.get(&instance.id)?.kept.as_ref()?;
            Some(MadeChangeSet { at, name: kept.change_set.clone()? })
        });
        kept.collect()
    }

    /// Returns every change set that a run which looks ahead may have made of a plan.
    pub fn may_be_made(id: &RunId, plan: &Plan) -> Vec<MadeChangeSet> {
        let instances = plan.instances.iter().enumerate();
        let deployed = instances.filter(|(_, instance)| instance.desired().is_some());
        let named = |at| {
            SUFFIXES.map(|suffix| MadeChangeSet { at, name: Self::change_set(id, at, suffix) })
        };
        deployed.flat_map(|(at, _)| named(at)).collect()
    }

    /// Whether an ARN is that of a change set that was made for it of the stack instance at a position of its plan.
    pub fn is_of(&self, arn: &str, at: usize) -> bool {
        let name = arn.split(":changeSet/").nth(1).and_then(|rest| rest.split('/').next());
        SUFFIXES.iter().any(|suffix| name == Some(&Self::change_set(&self.id, at, suffix)))
    }

    /// Returns the name of a change set that a run makes of the stack instance at a position of its plan; `suffix` tells a
    /// second one from the first.
    pub(in crate::engine) fn change_set(run: &RunId, at: usize, suffix: &str) -> String {
        format!("xdeploy-plan-{run}-{at}{suffix}")
    }
}

impl PlannedStack {
    fn of(end: &InstanceEnd) -> Self {
        let preview = end.preview.as_deref();
        let changes = preview.map(|preview| preview.changes.as_slice()).unwrap_or_default();
        Self {
            instance: end.instance.clone(),
            outcome: end.outcome,
            stack_id: end.stack_id.clone(),
            status: end.status.clone(),
            changed: end.changed,
            kept: preview.and_then(|preview| preview.kept.clone()),
            is_free: preview.is_some_and(|preview| preview.is_free),
            losses: PlannedLoss::among(changes),
        }
    }
}

impl PlannedLoss {
    /// Returns the losses among changes.
    pub fn among(changes: &[ResourceChange]) -> Vec<Self> {
        let losses = changes.iter().filter(|change| change.is_loss());
        let loss = |change: &ResourceChange| Self {
            action: change.action,
            resource: change.resource.clone(),
            resource_type: change.resource_type.clone(),
        };
        losses.map(loss).collect()
    }
}

impl fmt::Display for PlannedLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = match self.action {
            ChangeAction::Remove => "removed",
            ChangeAction::Add
            | ChangeAction::Modify
            | ChangeAction::Import
            | ChangeAction::Dynamic => "replaced",
        };
        write!(f, "{} ({}) {done}", self.resource, self.resource_type)
    }
}

#[cfg(test)]
pub(super) fn any_instance() -> InstanceId {
    InstanceId {
        environment: "prod".parse().expect("a name"),
        account: "dev".parse().expect("a name"),
        region: "eu-central-1".parse().expect("a Region"),
        stack: "app".parse().expect("a key"),
    }
}

fn as_list<S: Serializer>(
    stacks: &BTreeMap<InstanceId, PlannedStack>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(stacks.values())
}

fn of_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<InstanceId, PlannedStack>, D::Error> {
    let stacks: Vec<PlannedStack> = Vec::deserialize(deserializer)?;
    Ok(stacks.into_iter().map(|stack| (stack.instance.clone(), stack)).collect())
}
