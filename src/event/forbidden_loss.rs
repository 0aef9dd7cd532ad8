//! Resources that a run would lose although the files keep them: why it is refused.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::allowance::{Allowance, Loss};
use crate::name::{AccountId, InstanceId, StackName};

/// How many allowances are named.
const MOST_NAMED: usize = 6;

/// A resource that a run would lose although the files keep it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForbiddenLoss {
    /// The stack instance that has it.
    #[serde(flatten)]
    pub id: InstanceId,
    /// The account it stands in.
    pub account_id: AccountId,
    /// Its stack's name in CloudFormation.
    pub stack_name: StackName,
    /// How it would be lost, for sure or perhaps.
    pub action: Loss,
    /// Its name in the template; in a nested stack behind that of the stack's own, such as `Data/Table`.
    pub resource: String,
    /// Its type, such as `AWS::RDS::DBInstance`.
    pub resource_type: String,
    /// What AWS calls it.
    pub physical_id: Option<String>,
}

impl ForbiddenLoss {
    /// Returns what would allow it: nothing where its type cannot be written so.
    pub fn allowance(&self) -> Option<Allowance> {
        let of = self.resource_type.parse().ok()?;
        Some(Allowance { loss: self.action, of })
    }

    /// Returns what a person types to allow all of them.
    pub fn remedy(losses: &[Self]) -> String {
        let allowances: BTreeSet<Allowance> = losses.iter().filter_map(Self::allowance).collect();
        let named = allowances.iter().take(MOST_NAMED).map(|it| format!("--allow {it}"));
        let named = named.collect::<Vec<_>>().join(" ");
        match allowances.len().saturating_sub(MOST_NAMED) {
            0 => format!("to allow it, add `{named}`"),
            more => format!("to allow it, add `{named}` and {more} more"),
        }
    }
}
