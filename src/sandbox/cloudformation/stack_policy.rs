//! Stack policies: which resources an update may touch.
//!
//! Source: the CloudFormation user guide, "Prevent updates to stack resources". With a policy, what
//! no statement allows is denied; an explicit `Deny` wins.

use super::stack::StoredStack;
use crate::policy::{Effect, Policy, RequestContext, Statement};

/// What an update does to a resource, as stack policies call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It changes in place.
    Modify,
    /// Another takes its place.
    Replace,
    /// The resource would be deleted.
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

/// Returns why the policy that counts for a stack's operation does not let it touch a resource.
pub fn denial(stack: &StoredStack, touch: Touch, logical_id: &str) -> Option<String> {
    let policy = stack.operation.as_ref()?.stack_policy.as_deref()?;
    let policy: Policy = serde_json::from_str(policy).ok()?;
    let resource_type = stack.resources.get(logical_id)?.resource_type.as_str();
    let mut context = RequestContext::default();
    context.put("ResourceType", resource_type);
    let resource = format!("LogicalResourceId/{logical_id}");
    let applies = |statement: &Statement, effect| {
        statement.effect == effect
            && statement.is_about(touch.as_str())
            && statement.is_on(&resource, &context).unwrap_or_default()
            && statement.holds(&context).or(effect == Effect::Deny)
    };
    let statements = policy.statements();
    let denying = statements.iter().position(|statement| applies(statement, Effect::Deny));
    let is_allowed = statements.iter().any(|statement| applies(statement, Effect::Allow));
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
