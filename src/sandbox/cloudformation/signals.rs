//! Signals that a resource waits for: of a `WaitCondition`, or as its `CreationPolicy` has it.
//!
//! Nobody signals anything here: a resource counts as signalled when its time is over, unless its metadata says
//! `Sandbox: { Signal: never }`; then it fails when its timeout is.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How long a `CreationPolicy` waits that does not say: five minutes, as in AWS.
const POLICY_TIMEOUT_SECONDS: u32 = 300;

const WAIT_CONDITION: &str = "AWS::CloudFormation::WaitCondition";
const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
/// The types that heed signals of a `CreationPolicy`; others do not look at it.
///
/// Source: the CloudFormation template reference, "CreationPolicy attribute".
const TYPES_WITH_POLICY: [&str; 3] = [GROUP, "AWS::EC2::Instance", WAIT_CONDITION];

/// The signals that a resource waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedSignals {
    /// How long it waits.
    pub timeout_seconds: u32,
    /// What its failure says if none comes.
    pub reason: String,
}

impl AwaitedSignals {
    /// Returns what a resource waits for, if it does; `text` works out a value.
    pub fn of(definition: &Json, text: impl Fn(&Json) -> Option<String>) -> Option<Self> {
        let (properties, policy) =
            (&definition["Properties"], &definition["CreationPolicy"]["ResourceSignal"]);
        let type_name = definition["Type"].as_str().unwrap_or_default();
        // A condition may have a policy in place of its handle and its timeout.
        let is_condition = type_name == WAIT_CONDITION && !policy.is_object();
        let has_policy = policy.is_object() && TYPES_WITH_POLICY.contains(&type_name);
        let held = if is_condition { properties } else { policy };
        let count = text(&held["Count"]).unwrap_or_else(|| "1".to_owned());
        if count == "0" || !(is_condition || has_policy) {
            return None;
        }
        let timeout = text(&held["Timeout"]);
        if is_condition {
            let reason =
                format!("WaitCondition timed out. Received 0 conditions when expecting {count}");
            let timeout_seconds = timeout.and_then(|text| text.parse().ok()).unwrap_or(0);
            return Some(Self { timeout_seconds, reason });
        }
        let duration = timeout.and_then(|text| text.parse::<SignedDuration>().ok());
        let seconds = duration.and_then(|duration| u32::try_from(duration.as_secs()).ok());
        let reason = match type_name {
            GROUP => format!(
                "Received 0 SUCCESS signal(s) out of {count}. Unable to satisfy 100% \
                 MinSuccessfulInstancesPercent requirement"
            ),
            _ => format!(
                "Failed to receive {count} resource signal(s) within the specified duration"
            ),
        };
        Some(Self { timeout_seconds: seconds.unwrap_or(POLICY_TIMEOUT_SECONDS), reason })
    }
}
