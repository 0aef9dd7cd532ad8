//! Resumes an operation that was sent before the run was resumed: it is followed to its end, never sent a
//! second time.

use super::instance_work::InstanceWork;
use super::past_run::Sent;
use crate::cloud::{CallError, Stack, Stacks};

/// What became of a call that was about to be sent.
pub(super) enum ResumedOperation {
    /// It was accepted: the stack that it made or changed.
    Accepted(String),
    /// It never arrived, or it leads to nothing that must be followed: look at what stands.
    Nothing,
}

impl InstanceWork {
    /// Finds out whether the call that was about to be sent last was accepted.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn resume_operation(
        &self,
        stacks: &Stacks,
        sent: &Sent,
    ) -> Result<ResumedOperation, CallError> {
        if let (true, Some(stack_id)) = (sent.is_accepted, &sent.stack_id) {
            return Ok(ResumedOperation::Accepted(stack_id.clone()));
        }
        let place = sent.stack_id.as_deref().unwrap_or(self.instance().stack_name.as_str());
        let Some(Stack { id, .. }) = stacks.describe(place).await? else {
            return Ok(match &sent.stack_id {
                // Deleted, as asked.
                Some(id) if sent.action.deletes() => ResumedOperation::Accepted(id.clone()),
                Some(_) | None => ResumedOperation::Nothing,
            });
        };
        match stacks.has_accepted(&id, &self.token_after(sent.action, sent.spent)).await? {
            true => Ok(ResumedOperation::Accepted(id)),
            false => Ok(ResumedOperation::Nothing),
        }
    }
}
