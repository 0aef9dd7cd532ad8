//! A stack of the inventory.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cloud_scope::CloudScope;
use crate::name::{
    AccountId, AccountName, EnvironmentName, InstanceId, RunId, StackKey, StackPlace,
};

/// A stack, and what runs of an environment did to it last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventoryStack {
    /// The environment whose run it was.
    pub environment: EnvironmentName,
    /// The cloud that it is in.
    #[serde(flatten)]
    pub scope: CloudScope,
    /// Where it is there.
    #[serde(flatten)]
    pub place: StackPlace,
    /// The account's name in the file, at that time.
    pub account: AccountName,
    /// The stack's key in the file, at that time.
    pub stack: StackKey,
    /// The account of the run's source credentials, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<AccountId>,
    /// The stack's ARN, if it was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// The stacks that it needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StackPlace>,
    /// Whether it is there.
    pub existence: Existence,
    /// The run that did it.
    pub run: RunId,
    /// When that was told.
    pub at: Timestamp,
    /// The number of the event that told it.
    pub sequence: u64,
}

/// Whether a stack is there, as far as runs have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Existence {
    /// It was seen after the call that made it was accepted.
    Stands,
    /// A call that makes or deletes it was about to be sent, and what became of it was not seen.
    MayStand,
    /// It was deleted, or looked for and not found.
    Absent,
}

impl InventoryStack {
    /// Returns the stack instance as the file named it.
    pub fn id(&self) -> InstanceId {
        InstanceId {
            environment: self.environment.clone(),
            account: self.account.clone(),
            region: self.place.region.clone(),
            stack: self.stack.clone(),
        }
    }

    /// Returns what tells which of two facts about a stack is the later one.
    pub(super) fn moment(&self) -> (Timestamp, &RunId, u64) {
        (self.at, &self.run, self.sequence)
    }
}
