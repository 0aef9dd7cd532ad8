//! A stack as AWS describes it, in our types.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types;
use jiff::Timestamp;

use crate::status::StackStatus;

/// A stack that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// The name, unique in its account and Region.
    pub name: String,
    /// Its ARN, which no later stack of that name shares.
    pub id: String,
    /// Where it stands.
    pub status: StackStatus,
    /// Why, in CloudFormation's words.
    pub status_reason: Option<String>,
    /// Its parameters in no particular order.
    pub parameters: Vec<FoundParameter>,
    /// Its tags by key.
    pub tags: BTreeMap<String, String>,
    /// The capabilities that it was given.
    pub capabilities: Vec<String>,
    /// The role that CloudFormation assumes for it.
    pub service_role: Option<String>,
    /// Topics that hear of its events.
    pub notification_arns: Vec<String>,
    /// ARNs of the alarms that roll it back.
    pub rollback_alarms: Vec<String>,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Whether it is protected from deletion.
    pub termination_protection: bool,
    /// When its last operation began: the last update, else its creation.
    pub changed: Option<Timestamp>,
    /// The ARN of the change set that its last operation executed, if it did.
    pub change_set: Option<String>,
}

/// A parameter of a stack that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundParameter {
    /// The parameter's name in the template.
    pub name: String,
    /// Its value, unless AWS masks it.
    pub value: Option<String>,
}

/// What AWS shows in place of the value of a `NoEcho` parameter.
///
/// Source: the CloudFormation user guide, "Parameters", `NoEcho`.
const MASKED: &str = "****";

impl From<types::Stack> for Stack {
    fn from(stack: types::Stack) -> Self {
        let changed = stack.last_updated_time.or(stack.creation_time);
        Self {
            name: stack.stack_name.unwrap_or_default(),
            id: stack.stack_id.unwrap_or_default(),
            status: stack.stack_status.as_ref().map_or("", |s| s.as_str()).into(),
            status_reason: stack.stack_status_reason,
            parameters: stack
                .parameters
                .unwrap_or_default()
                .into_iter()
                .filter_map(|parameter| {
                    let value = parameter.parameter_value.filter(|value| value != MASKED);
                    parameter.parameter_key.map(|name| FoundParameter { name, value })
                })
                .collect(),
            tags: stack
                .tags
                .unwrap_or_default()
                .into_iter()
                .filter_map(|tag| Some((tag.key?, tag.value?)))
                .collect(),
            capabilities: stack
                .capabilities
                .unwrap_or_default()
                .iter()
                .map(|capability| capability.as_str().to_owned())
                .collect(),
            service_role: stack.role_arn,
            notification_arns: stack.notification_arns.unwrap_or_default(),
            rollback_alarms: stack
                .rollback_configuration
                .and_then(|alarms| alarms.rollback_triggers)
                .unwrap_or_default()
                .into_iter()
                .filter_map(|trigger| trigger.arn)
                .collect(),
            outputs: stack
                .outputs
                .unwrap_or_default()
                .into_iter()
                .filter_map(|output| Some((output.output_key?, output.output_value?)))
                .collect(),
            termination_protection: stack.enable_termination_protection.unwrap_or(false),
            changed: changed.and_then(timestamp),
            change_set: stack.change_set_id,
        }
    }
}

/// Returns AWS's time as ours, if it is one that can be.
pub(super) fn timestamp(time: aws_smithy_types::DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}
