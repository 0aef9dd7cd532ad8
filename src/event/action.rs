//! What is being done to a stack: an operation of CloudFormation, sent or waited for.

use serde::{Deserialize, Serialize};

/// What is being done to a stack right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackAction {
    /// `CreateStack`, or a change set that creates.
    Create,
    /// `UpdateStack`, or a change set that updates.
    Update,
    /// DeleteStack, because the run deletes.
    Delete,
    /// DeleteStack, because the stack never worked and is created anew.
    DeleteBeforeCreate,
    /// ContinueUpdateRollback, before an update.
    ContinueRollback,
    /// RollbackStack, before an update.
    RollBack,
    /// UpdateStack to how the stack stood before the run.
    PutBack,
    /// DeleteStack of what the run created.
    TakeBack,
    /// CancelUpdateStack, because the run was asked to stop.
    CancelUpdate,
    /// Nothing of ours: an operation that somebody else started is waited for.
    Wait,
}

impl StackAction {
    /// Whether no stack is left once it is done.
    pub fn deletes(self) -> bool {
        matches!(self, Self::Delete | Self::DeleteBeforeCreate | Self::TakeBack)
    }

    /// Whether it changes what a stack is; if not, it ends what somebody began before the run, or waits for that.
    pub fn is_change(self) -> bool {
        match self {
            Self::Create
            | Self::Update
            | Self::Delete
            | Self::DeleteBeforeCreate
            | Self::PutBack
            | Self::TakeBack
            | Self::CancelUpdate => true,
            Self::ContinueRollback | Self::RollBack | Self::Wait => false,
        }
    }

    /// Whether it brings back what a run changed.
    pub fn is_of_rollback(self) -> bool {
        matches!(self, Self::PutBack | Self::TakeBack)
    }

    /// Returns the action as a noun: "its update was under way".
    pub fn as_noun(self) -> &'static str {
        match self {
            Self::Create => "creation",
            Self::Update => "update",
            Self::Delete | Self::DeleteBeforeCreate => "deletion",
            Self::ContinueRollback | Self::RollBack | Self::CancelUpdate => "rollback",
            Self::PutBack => "way back",
            Self::TakeBack => "removal",
            Self::Wait => "foreign operation",
        }
    }
}
