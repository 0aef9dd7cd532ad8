//! Drift: where the resources of a stack are not as its template wants them any more.

use serde::{Deserialize, Serialize};

use crate::status::StackStatus;

/// What was found of a stack instance's drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceDrift {
    /// The stack, unless there is none.
    pub stack: Option<DriftedStack>,
    /// The resources that are not as the template wants them, and those of which that is not known, nested stacks'
    /// as `Nested/Queue`.
    pub resources: Vec<DriftedResource>,
    /// Why stacks were not checked at all, the stack itself or nested ones: sentences without a full stop at their end.
    pub unchecked: Vec<String>,
}

/// A stack whose drift was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftedStack {
    /// The ARN that no later stack of its name shares.
    pub id: String,
    /// Where it stands.
    pub status: StackStatus,
}

/// A resource that is not as the template wants it, or of which that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DriftedResource {
    /// The resource's name in the template, behind those of the nested stacks that it is in.
    pub resource: String,
    /// Its type, such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// What its service calls it.
    pub physical_id: Option<String>,
    /// What became of it.
    pub kind: DriftedKind,
    /// What differs, for a resource that was modified.
    #[serde(default)]
    pub properties: Vec<DriftedProperty>,
    /// Why it was not checked, where CloudFormation can check such resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftedKind {
    /// It is gone.
    Deleted,
    /// Properties that the template gives have other values.
    Modified,
    /// Nobody knows: CloudFormation does not check such resources, or could not.
    NotChecked,
}

/// A property that is not as the template wants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DriftedProperty {
    /// Where it stands in the resource: `RedrivePolicy/maxReceiveCount`.
    pub name: String,
    /// What the template wants; absent for what was added.
    pub expected: Option<String>,
    /// What is there; absent for what is missing.
    pub actual: Option<String>,
}

impl InstanceDrift {
    /// Whether anything is known not to be as the template wants it: the stack is not there, or a resource is not
    /// as it was.
    pub fn has_drifted(&self) -> bool {
        self.stack.is_none() || self.resources.iter().any(DriftedResource::has_drifted)
    }

    /// Whether everything that CloudFormation can check was checked.
    pub fn is_whole(&self) -> bool {
        let is_unread = |it: &DriftedResource| it.reason.is_some();
        self.unchecked.is_empty() && !self.resources.iter().any(is_unread)
    }
}

impl DriftedResource {
    /// Whether it is known not to be as the template wants it.
    pub fn has_drifted(&self) -> bool {
        match self.kind {
            DriftedKind::Deleted | DriftedKind::Modified => true,
            DriftedKind::NotChecked => false,
        }
    }
}
