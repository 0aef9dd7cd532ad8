//! Stacks from which nothing may be done by itself: how a stack instance ends that meets one.

use super::instance_end;
use crate::cloud::Stack;
use crate::event::{Failure, FailureKind, InstanceEnd};
use crate::name::InstanceId;
use crate::status::StackStatus;

/// Returns the end of one whose stack has to be deleted to be created anew, and is protected.
pub(super) fn protected(instance: &InstanceId, found: &Stack) -> InstanceEnd {
    let message = format!(
        "the stack is {} and has to be deleted to be created anew, but termination protection is on",
        found.status
    );
    let failure = Failure::new(FailureKind::StackStuck, message).with_help(
        "say `termination-protection: true` or `false` for it, then apply again: it is deleted, and \
         created with that",
    );
    instance_end::failed(instance, failure, Some(found))
}

/// Returns the end of one whose stack is there, as CreateStack says, and does not show itself.
pub(super) fn hidden(instance: &InstanceId, stack_name: &str) -> InstanceEnd {
    let message = format!(
        "CloudFormation says that a stack `{stack_name}` is there already \
         (AlreadyExistsException), but shows none of that name"
    );
    let failure = Failure::new(FailureKind::StackStuck, message).with_help(
        "look for it in the console: a policy may hide it from this role \
         (cloudformation:DescribeStacks), or it is just on its way out; then apply again",
    );
    instance_end::failed(instance, failure, None)
}

/// Returns the end of one whose stack is in a status that is for a person to see to.
pub(super) fn stuck(instance: &InstanceId, found: &Stack) -> InstanceEnd {
    let reason = found.status_reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    let message = format!("the stack is {} and cannot be updated{reason}", found.status);
    let help = match found.status {
        StackStatus::DeleteFailed => {
            "delete by hand what stays, or delete the stack and retain it (`aws cloudformation \
             delete-stack --retain-resources`), then apply again"
        }
        StackStatus::UpdateFailed => {
            "it was rolled back and failed again: see its events, and roll it back by `aws \
             cloudformation rollback-stack`"
        }
        StackStatus::UpdateRollbackFailed => {
            "its rollback was continued and got stuck again: mend the resource, or skip it with \
             `aws cloudformation continue-update-rollback --resources-to-skip`"
        }
        _ => "look at the stack in the console and bring it to a settled state",
    };
    let failure = Failure::new(FailureKind::StackStuck, message).with_help(help);
    instance_end::failed(instance, failure, Some(found))
}

/// Returns the end of one that somebody else changes all the time, with what to do `again` later.
pub(super) fn always_changed(instance: &InstanceId, again: &str) -> InstanceEnd {
    let message = "the stack is changed by somebody else again and again";
    let failure = Failure::new(FailureKind::StackStuck, message)
        .with_help(format!("let the other deployment end, then {again} again"));
    instance_end::failed(instance, failure, None)
}
