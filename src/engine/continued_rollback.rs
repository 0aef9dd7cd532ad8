//! A way back on which a stack's own rollback got stuck: that is continued, so that the stack can be updated again.

use super::ended_early::EndedEarly;
use super::failure_cause;
use super::instance_rollback::RollingBack;
use super::rollback_failure::vanished;
use super::settle::Settled;
use crate::cloud::{Intent, Stack};
use crate::event::StackAction;
use crate::status::{Approach, StackStatus};

const ACTION: StackAction = StackAction::ContinueRollback;

impl RollingBack<'_> {
    /// Returns the stack found once it may be updated: nobody else changed it, and no rollback of it is stuck.
    pub async fn updatable(&self, found: Stack) -> Result<Stack, EndedEarly> {
        let sent = self.sent(ACTION).await?;
        let is_sent = sent.is_some();
        let intent = match sent {
            Some(intent) => intent,
            None => {
                self.check(&found).map_err(|failure| self.stays(failure))?;
                if found.status.approach() != Approach::ContinueRollback {
                    return Ok(found);
                }
                self.send_continue(&found).await?
            }
        };
        self.work.tell_action(ACTION, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(&found);
        let operation = self.work.operation(ACTION, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        let stack = match self.work.settle(&mut followed, ACTION).await {
            Ok(Settled::As(stack)) => *stack,
            Ok(Settled::Gone | Settled::Abandoned) => return Err(self.stays(vanished())),
            Err(lost) => return Err(lost.error.into()),
        };
        match stack.status {
            StackStatus::UpdateRollbackFailed => {
                let again = self.work.again(StackAction::PutBack);
                let cause = failure_cause::cause(&followed, (ACTION, again), Some(&stack)).await;
                Err(self.left(cause, &stack).into())
            }
            // Just now, and by us.
            StackStatus::UpdateRollbackComplete if !is_sent => Ok(stack),
            _ => {
                self.check(&stack).map_err(|failure| self.stays(failure))?;
                Ok(stack)
            }
        }
    }

    async fn send_continue(&self, found: &Stack) -> Result<Intent, EndedEarly> {
        let proof = self.work.prove(&self.stacks).await?;
        let intended = self.work.intend(ACTION, Some(&found.id)).await;
        let intent = intended.map_err(|failure| self.stays(failure))?;
        let may_go = || !self.work.is_stopped();
        let go_on = self.stacks.continue_rollback(found, &intent, &proof, &may_go);
        let operation = "cloudformation:ContinueUpdateRollback";
        if let Err(error) = self.work.answered(operation, &may_go, go_on).await {
            self.heard(ACTION, found, error).await?;
        }
        Ok(intent)
    }
}
