//! Stack policies: which resources an update may touch.
//!
//! Source: the CloudFormation user guide, "Prevent updates to stack resources". With a policy, what
//! no statement allows is denied; an explicit `Deny` wins.

use serde_json::Value as Json;

use super::super::iam::{matches, texts};
use super::stack::Stack;

/// What an update does to a resource, as stack policies call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It changes in place.
    Modify,
    /// Another takes its place.
    Replace,
    /// It goes.
    Delete,
}

impl Touch {
    fn as_str(self) -> &'static str {
        match self {
            Self::Modify => "Update:Modify",
            Self::Replace => "Update:Replace",
            Self::Delete => "Update:Delete",
        }
    }
}

/// Returns why a stack's policy does not let an update touch a resource.
pub fn denial(stack: &Stack, touch: Touch, logical_id: &str) -> Option<String> {
    let policy: Json = serde_json::from_str(stack.policy.as_deref()?).ok()?;
    let resource_type = stack.resources.get(logical_id)?.resource_type.as_str();
    let statements = match &policy["Statement"] {
        Json::Array(statements) => statements.as_slice(),
        statement => std::slice::from_ref(statement),
    };
    let applies = |statement: &Json, effect: &str| {
        statement["Effect"] == effect
            && selects(statement, "Action", touch.as_str())
            && selects(statement, "Resource", &format!("LogicalResourceId/{logical_id}"))
            && meets(&statement["Condition"], resource_type)
    };
    let denying = statements.iter().position(|statement| applies(statement, "Deny"));
    let is_allowed = statements.iter().any(|statement| applies(statement, "Allow"));
    if denying.is_none() && is_allowed {
        return None;
    }
    let number = denying.unwrap_or_default() + 1;
    Some(format!(
        "Action denied by stack policy: Statement [#{number}] does not allow [{}] for resource \
         [LogicalResourceId/{logical_id}]",
        touch.as_str()
    ))
}

/// Whether a statement's `Action` or `Resource`, or what its `Not…` leaves, holds a name.
fn selects(statement: &Json, key: &str, name: &str) -> bool {
    let holds = |patterns: &Json| texts(patterns).iter().any(|pattern| matches(pattern, name));
    let excluded = &statement[format!("Not{key}")];
    match excluded {
        Json::Null => holds(&statement[key]),
        excluded => !holds(excluded),
    }
}

fn meets(condition: &Json, resource_type: &str) -> bool {
    let Some(operators) = condition.as_object() else { return true };
    operators.values().all(|keys| {
        texts(&keys["ResourceType"]).iter().any(|pattern| matches(pattern, resource_type))
    })
}
