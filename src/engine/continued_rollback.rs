//! A way back on which a stack's own rollback got stuck: that is continued, so that the stack can be updated again.

use super::ended_early::EndedEarly;
use super::failure_cause;
use super::instance_end;
use super::instance_rollback::RollingBack;
use super::prior_stacks::RestoreRequest;
use super::rollback_failure::stays;
use super::rollback_failure::vanished;
use super::settle::Settled;
use crate::cloud::{Intent, Stack};
use crate::event::{InstanceEnd, Outcome, PriorStack, StackAction};
use crate::status::{Approach, StackStatus};

const ACTION: StackAction = StackAction::ContinueRollback;

impl RollingBack<'_> {
    /// Continues the rollback of what the run left stuck, and does what that does not bring back.
    pub async fn continue_back(
        &self,
        request: Option<&RestoreRequest>,
    ) -> Result<InstanceEnd, EndedEarly> {
        if let (Some(request), Some(_)) = (request, self.sent(StackAction::PutBack).await?) {
            return self.put_back(request).await;
        }
        let Some(found) = self.find().await? else { return Ok(stays(self.end, vanished())) };
        let found = self.continued(found, request.map(|request| &request.before)).await?;
        match request {
            Some(request) if !is_as_before(&found, &request.before) => {
                self.update_back(request, found).await
            }
            Some(_) | None => Ok(instance_end::good(self.work.id(), Outcome::RolledBack, found)),
        }
    }

    /// Returns the stack that the run left stuck once its own rollback is done, whoever continued that.
    async fn continued(
        &self,
        found: Stack,
        before: Option<&PriorStack>,
    ) -> Result<Stack, EndedEarly> {
        let is_done = found.status == StackStatus::UpdateRollbackComplete;
        let is_back = before.map_or(self.is_ours(&found), |before| is_like(&found, before));
        match is_done && is_back {
            true => Ok(found),
            false => self.updatable(found).await,
        }
    }

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

/// Whether nothing is left to be done for a stack to stand as it did.
fn is_as_before(found: &Stack, before: &PriorStack) -> bool {
    let is_protected_alike = found.termination_protection == before.termination_protection;
    is_protected_alike && before.stack_policy.is_none() && is_like(found, before)
}

/// Whether a stack shows what it did; its template, which no description holds, is not compared.
fn is_like(found: &Stack, before: &PriorStack) -> bool {
    let now = found.as_prior_stack(&before.instance);
    let is_same = |(name, value): (&String, &Option<String>)| {
        value.is_none() || now.parameters.get(name) == Some(value)
    };
    let settings = |stack: &PriorStack| {
        let PriorStack { capabilities, notification_arns, rollback_alarms, .. } = stack;
        let lists = [capabilities, notification_arns, rollback_alarms].map(Clone::clone);
        (stack.tags.clone(), stack.service_role.clone(), lists)
    };
    before.parameters.iter().all(is_same) && settings(&now) == settings(before)
}
