//! A stack of the inventory.

use std::path::PathBuf;

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
    /// The environment's file, if it is known: absolute, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
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
    /// The last creation by a run of the environment, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Making>,
    /// When what is gone was last told to be there; where that was never told, or nothing was found under its name,
    /// when it was told to be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Moment>,
}

/// A moment of a run, which tells which of two facts is the later one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// When it was told.
    pub at: Timestamp,
    /// The run that told it.
    pub run: RunId,
    /// The number of the event.
    pub sequence: u64,
}

/// The creation of a stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Making {
    /// When it was told last.
    #[serde(flatten)]
    pub moment: Moment,
    /// The ARN of what was made, if it was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
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
    pub(super) fn moment(&self) -> Moment {
        Moment { at: self.at, run: self.run.clone(), sequence: self.sequence }
    }

    /// Returns up to when it is known what is in its place: that a stack is gone says nothing of one that was made there
    /// since it was last told to stand.
    fn known_until(&self) -> Moment {
        let gone = self.gone.clone().filter(|_| self.existence == Existence::Absent);
        gone.unwrap_or_else(|| self.moment())
    }

    /// Whether this tells of a later state of the place than another fact.
    fn is_later_than(&self, other: &Self) -> bool {
        match (&self.stack_id, &other.stack_id) {
            (Some(one), Some(two)) if one == two => self.moment() > other.moment(),
            _ => (self.known_until(), self.moment()) > (other.known_until(), other.moment()),
        }
    }

    /// Returns the creation of what stands: a run made it and none told since that it is gone. What runs
    /// only found or updated, and what stands where another stack was made, has none.
    pub fn making(&self) -> Option<&Making> {
        let made = self.made.as_ref().filter(|_| self.existence != Existence::Absent)?;
        let is_gone = self.gone.as_ref().is_some_and(|gone| made.moment <= *gone);
        let is_other =
            matches!((&made.stack_id, &self.stack_id), (Some(one), Some(two)) if one != two);
        (!is_gone && !is_other).then_some(made)
    }

    /// Returns the two facts about a stack as one: the later one, with the last creation and the last end
    /// of both.
    pub(super) fn merged(self, other: Self) -> Self {
        let made = self.made.clone().max(other.made.clone());
        let gone = self.gone.clone().max(other.gone.clone());
        let later = if other.is_later_than(&self) { other } else { self };
        Self { made, gone, ..later }
    }
}
