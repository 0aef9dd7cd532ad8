//! Which environment, and which stack in which account and Region.

use super::account::{AccountId, AccountName};
use super::region::Region;
use super::stack::{StackKey, StackName};
use super::text::{checked_text, is_made_of};

checked_text!(
    /// The name of an environment: letters, digits, `-`, `_` and `.`, at most 64.
    EnvironmentName,
    "an environment name",
    "letters, digits, `-`, `_` and `.` are allowed, starting with a letter or digit, at most 64",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
    |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && is_made_of(text, 1, 64, |c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    }
);

/// A stack instance: one stack in one account and Region, StackSets' own term.
///
/// It prints as `account/region/stack`. The environment is part of the identity, because several
/// files may run side by side, and is not part of the text.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct InstanceId {
    /// The environment whose file asks for it.
    pub environment: EnvironmentName,
    /// The account's name in that file, or `source`.
    pub account: AccountName,
    /// The Region it stands in.
    pub region: Region,
    /// The stack's key in that file.
    pub stack: StackKey,
}

impl InstanceId {
    /// Returns its name on screen: with its environment in front where there are several.
    pub fn label(&self, has_several_environments: bool) -> String {
        match has_several_environments {
            true => format!("{}/{self}", self.environment),
            false => self.to_string(),
        }
    }
}

impl std::fmt::Display for InstanceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}/{}/{}", self.account, self.region, self.stack))
    }
}

/// Where a stack is: two of the same account, Region and name are one stack to CloudFormation, whatever
/// files call them.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct StackPlace {
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// The Region it stands in.
    pub region: Region,
    /// Its name in CloudFormation.
    pub stack_name: StackName,
}

impl std::fmt::Display for StackPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}/{}/{}", self.account_id, self.region, self.stack_name))
    }
}
