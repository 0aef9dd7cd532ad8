//! Known lookups: the values that a run has read of AWS, and where each may be sent.

use std::collections::BTreeMap;

use crate::environment::LookedUp;
use crate::event::{Failure, FailureKind};
use crate::name::{AccountId, Region};
use crate::plan::{DesiredStack, PlannedLookup, PlannedValue, StackField};

/// What was read for a stack instance, by what was asked for.
pub(super) type Found = BTreeMap<PlannedLookup, FoundValue>;

/// Versions of values that AWS keeps, by how a file refers to them, account and Region.
pub(super) type ValueVersions = BTreeMap<(String, AccountId, Region), String>;

/// A value that was read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FoundValue {
    /// The value as it is sent.
    pub text: String,
    /// Whether it may be shown nowhere.
    pub is_secret: bool,
    /// What tells it from the value before.
    pub version: String,
}

/// A value is never printed: it may be secret.
impl std::fmt::Debug for FoundValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The values that were read so far.
#[derive(Debug, Default)]
pub(super) struct KnownLookups(Found);

impl KnownLookups {
    /// Keeps what was read.
    pub fn keep(&mut self, found: Found) {
        self.0.extend(found);
    }

    /// Returns what a lookup found, if it is known.
    pub fn found(&self, lookup: &PlannedLookup) -> Option<&str> {
        self.0.get(lookup).map(|found| found.text.as_str())
    }

    /// Returns what a lookup found, for a field of a stack.
    ///
    /// # Errors
    /// When it is secret and CloudFormation would show it there.
    pub fn value(
        &self,
        desired: &DesiredStack<PlannedValue>,
        field: StackField<'_>,
        lookup: &PlannedLookup,
    ) -> Result<&str, Failure> {
        let found = self.0.get(lookup).expect("what a stack instance needs is read before");
        let is_hidden = match field {
            StackField::Parameter(name) => {
                desired.parameters.iter().any(|given| given.name == name && given.is_secret)
            }
            StackField::Tag(_)
            | StackField::ServiceRole
            | StackField::NotificationArn
            | StackField::RollbackAlarm => false,
        };
        if !found.is_secret || is_hidden {
            return Ok(&found.text);
        }
        let kind = match lookup.what {
            LookedUp::Parameter(_) => "a SecureString",
            LookedUp::Secret { .. } | LookedUp::StackOutput { .. } => "a secret",
        };
        let message = format!("{lookup} is {kind}, which {field} would show");
        let help = "give it to a parameter that has `NoEcho: true` in the template";
        Err(Failure::new(FailureKind::Refused, message).with_help(help))
    }
}
