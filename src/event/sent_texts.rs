//! Texts that a run sends for a stack and that CloudFormation's answers will not show as they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::InstanceId;

/// The parameters, tags and rollback alarms of a stack whose texts AWS answers otherwise than they were sent, or that read as
/// if it did: those with `?` or characters outside ASCII. Values of `NoEcho` parameters are never among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTexts {
    /// Values by the parameter's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Values by the tag's key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// ARNs of rollback alarms.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rollback_alarms: BTreeSet<String>,
}

impl SentTexts {
    /// Whether there is no such text.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.tags.is_empty() && self.rollback_alarms.is_empty()
    }
}

/// What a run sends for a stack instance, as it is kept before the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNote {
    /// The stack instance that the call is for.
    pub instance: InstanceId,
    /// What is sent.
    #[serde(flatten)]
    pub texts: SentTexts,
}

/// What earlier runs left in a stack, as a run carries it on to those that come after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingNote {
    /// The stack's ARN.
    pub stack_id: String,
    /// When its last operation began, by AWS's clock: a stack that was changed since holds something else.
    pub changed: Timestamp,
    /// What was sent for it.
    #[serde(flatten)]
    pub texts: SentTexts,
}
