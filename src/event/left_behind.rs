//! What is left behind: stacks that earlier runs of an environment made and that its file no longer names.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::name::{AccountId, EnvironmentName, InstanceId, RunId, StackName, StackPlace};
use crate::status::StackStatus;

/// A stack instance that earlier runs of an environment made and that its file no longer names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// The stack instance as the last run called it that changed it.
    #[serde(flatten)]
    pub id: InstanceId,
    /// The account it stands in.
    pub account_id: AccountId,
    /// Its stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack's ARN, if it was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// The stack's status, if it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StackStatus>,
    /// The last run that changed it.
    pub run: RunId,
    /// Whether it is not known that it stands: a call that makes or deletes it was about to be sent, and
    /// its end was not seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_stand: bool,
    /// Whether the environment does not cover its account any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub account_gone: bool,
    /// Another environment whose runs made it as well, and whose file was not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<EnvironmentName>,
    /// Another file of its environment, which was not named and from which a run changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_from: Option<PathBuf>,
}

impl LeftBehind {
    /// Returns where the stack is.
    pub fn place(&self) -> StackPlace {
        StackPlace {
            account_id: self.account_id.clone(),
            region: self.id.region.clone(),
            stack_name: self.stack_name.clone(),
        }
    }
}
