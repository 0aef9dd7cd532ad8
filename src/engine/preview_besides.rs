//! What would change of a stack that no change set tells: its protection and its stack policy.

use super::instance_work::InstanceWork;
use crate::cloud::{CallError, Stack, Stacks};
use crate::plan::DesiredStack;

/// Returns a note for each such change.
///
/// # Errors
/// When the stack policy cannot be read.
pub(super) async fn besides(
    work: &InstanceWork,
    stacks: &Stacks,
    desired: &DesiredStack<String>,
    found: &Stack,
) -> Result<Vec<String>, CallError> {
    let mut notes = Vec::new();
    match desired.termination_protection {
        Some(true) if !found.termination_protection => {
            notes.push("termination protection would be turned on".to_owned());
        }
        Some(false) if found.termination_protection => {
            notes.push("termination protection would be turned off".to_owned());
        }
        Some(_) | None => {}
    }
    if let Some(policy) = &desired.stack_policy
        && let Some(standing) =
            work.unless_stopped(stacks.policy_of(&found.id)).await.transpose()?
        && standing.as_ref() != Some(policy)
    {
        notes.push("its stack policy would change".to_owned());
    }
    Ok(notes)
}
