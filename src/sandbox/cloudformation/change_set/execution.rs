//! Whether a change set can be executed.

use jiff::Timestamp;

use super::model::StoredChangeSet;
use crate::sandbox::cloudformation::stack::StoredStack;

/// Returns whether a change set can be executed, or how far that is.
pub fn execution_status(
    change_set: &StoredChangeSet,
    stack: &StoredStack,
    now: Timestamp,
) -> &'static str {
    match change_set.status(now) {
        "CREATE_COMPLETE" if change_set.is_executed && stack.operation.is_some() => {
            "EXECUTE_IN_PROGRESS"
        }
        "CREATE_COMPLETE" if change_set.is_executed && stack.status.is_good() => "EXECUTE_COMPLETE",
        "CREATE_COMPLETE" if change_set.is_executed => "EXECUTE_FAILED",
        "CREATE_COMPLETE" if change_set.is_obsolete => "OBSOLETE",
        "CREATE_COMPLETE" => "AVAILABLE",
        _ => "UNAVAILABLE",
    }
}
