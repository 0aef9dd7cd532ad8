//! A stack instance in a run: as it is announced, and how it ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::StackAction;
use super::failure::Failure;
use super::outcome::Outcome;
use super::preview::Preview;
use crate::name::{AccountId, InstanceId, StackName, StackPlace};
use crate::status::StackStatus;

/// One stack instance of a run, as it is announced when the run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnouncedInstance {
    /// The stack instance that will be worked on.
    #[serde(flatten)]
    pub id: InstanceId,
    /// The account it stands in.
    pub account_id: AccountId,
    /// Its stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack instances it needs first, as positions in the announced list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<usize>,
    /// The stacks it needs besides, which the run does not change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside_needs: Vec<StackPlace>,
    /// The ARN of the stack that is to be deleted, if that very one is meant and no other of its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
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

/// How a stack instance ended and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceEnd {
    /// The stack instance that ended.
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
    /// What there is to say of it besides, such as a value that it keeps: sentences without a full stop
    /// at their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl AnnouncedInstance {
    /// Returns where its stack is.
    pub fn place(&self) -> StackPlace {
        StackPlace {
            account_id: self.account_id.clone(),
            region: self.id.region.clone(),
            stack_name: self.stack_name.clone(),
        }
    }
}

impl InstanceEnd {
    /// Whether the run itself made or changed the stack, and did not only look ahead.
    pub fn is_change(&self) -> bool {
        matches!(self.outcome, Outcome::Created | Outcome::Updated) && self.preview.is_none()
    }

    /// Whether the stack is left changed though this failed, and CloudFormation will not put it back by itself;
    /// `accepted` is the last change of it that AWS took.
    pub fn is_failed_change(&self, accepted: Option<StackAction>) -> bool {
        let is_known = self.failure.as_ref().is_some_and(|failure| !failure.kind.leaves_unknown());
        let is_left = match (accepted, &self.status) {
            // Its rollback failed, there was to be none, or something that was to follow the update failed.
            (
                Some(StackAction::Update),
                Some(
                    StackStatus::UpdateRollbackFailed
                    | StackStatus::UpdateFailed
                    | StackStatus::UpdateComplete,
                ),
            )
            | (
                Some(StackAction::Create),
                Some(StackStatus::RollbackFailed | StackStatus::CreateFailed),
            ) => true,
            (_, _) => false,
        };
        self.outcome == Outcome::Failed && is_known && is_left
    }

    /// Whether what the run changed goes away on the way back, as there was no stack before.
    pub fn is_creation(&self) -> bool {
        let is_left =
            matches!(self.status, Some(StackStatus::RollbackFailed | StackStatus::CreateFailed));
        self.outcome == Outcome::Created || is_left
    }

    /// Whether an update left the stack as it failed: its resources are in part those of before.
    pub fn is_failed_update(&self) -> bool {
        self.outcome == Outcome::Failed && self.status == Some(StackStatus::UpdateFailed)
    }

    /// Whether the stack's own rollback failed: on the way back that is continued.
    pub fn is_stuck(&self) -> bool {
        self.outcome == Outcome::Failed && self.status == Some(StackStatus::UpdateRollbackFailed)
    }
}
