//! Why a run was refused before it began.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::forbidden_loss::ForbiddenLoss;
use crate::name::{AccountId, InstanceId, StackName, StackPlace};

/// Why a run was refused before it began: nothing was touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRefusal {
    /// The reason, as a sentence without a full stop at its end.
    pub message: String,
    /// What to do about it.
    #[serde(default)]
    pub help: Option<String>,
    /// The stacks that need what was to be deleted and would have been left without it.
    #[serde(default)]
    pub dependents: Vec<Dependent>,
    /// The resources that would have been lost although the files keep them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<ForbiddenLoss>,
}

impl RunRefusal {
    /// Returns that a run is refused for what it would lose.
    pub fn for_losses(mut losses: Vec<ForbiddenLoss>) -> Self {
        losses.sort();
        let accounts: BTreeSet<&AccountId> = losses.iter().map(|loss| &loss.account_id).collect();
        let counted = |count, noun| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        let message = format!(
            "`guards.keep`: {} in {} would be replaced or removed",
            counted(losses.len(), "resource"),
            counted(accounts.len(), "account"),
        );
        let help = Some(ForbiddenLoss::remedy(&losses));
        Self { message, help, losses, ..Self::default() }
    }
}

/// A stack that needs what was to be deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependent {
    /// The stack instance, as its file calls it or the last run called it.
    #[serde(flatten)]
    pub id: InstanceId,
    /// The account it stands in.
    pub account_id: AccountId,
    /// Its stack's name in CloudFormation.
    pub stack_name: StackName,
    /// How it is known.
    pub why: DependentReason,
    /// What it needs of what was to be deleted, or of its other dependents.
    pub needs: Vec<StackPlace>,
}

/// How it is known that a stack needs what was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependentReason {
    /// The file says so, and it stands.
    Stands,
    /// The file says so, and whether it stands is not known.
    NotKnown,
    /// It needed it when it was deployed last, and no file names it any more.
    LeftBehind,
    /// It needed it when it was deployed last.
    DeployedWithIt,
}
