//! A way back on which a stack's own rollback got stuck: that is continued, so that the stack can be updated again.

use super::ended_early::EndedEarly;
use super::failure_cause;
use super::instance_end;
use super::instance_rollback::RollingBack;
use super::prior_stacks::RestoreRequest;
use super::rollback_failure::{self, cancelled, stays, vanished};
use super::settle::Settled;
use crate::cloud::{CallError, Intent, Stack};
use crate::event::{Failure, InstanceEnd, Outcome, PriorStack, StackAction};
use crate::file;
use crate::status::{Approach, StackStatus};

const ACTION: StackAction = StackAction::ContinueRollback;

impl RollingBack<'_> {
    /// Continues the rollback of what the run left stuck, and does what that does not bring back.
    pub async fn continue_back(
        &self,
        request: &Result<Box<RestoreRequest>, Failure>,
    ) -> Result<InstanceEnd, EndedEarly> {
        if let (Ok(request), Some(_)) = (request, self.sent(StackAction::PutBack).await?) {
            return self.put_back(request).await;
        }
        let Some(found) = self.find().await? else { return Ok(stays(self.end, vanished())) };
        let before = self.work.prior_stacks.before(self.work.id());
        let found = self.continued(found, before.as_ref()).await?;
        match (before, request) {
            (Some(before), _) if is_like(&found, &before) => {
                self.settings_back(found, &before).await
            }
            (Some(_), Ok(request)) => self.update_back(request, found).await,
            (Some(_), Err(why)) => Ok(self.left(why.clone(), &found)),
            (None, Ok(_)) => unreachable!("a request is made of what stood before"),
            (None, Err(why)) => Ok(self.as_cloudformation_knows(found, why)),
        }
    }

    /// Returns the stack that the run left stuck once its own rollback is done, whoever continued that.
    async fn continued(
        &self,
        found: Stack,
        before: Option<&PriorStack>,
    ) -> Result<Stack, EndedEarly> {
        let is_done = found.status == StackStatus::UpdateRollbackComplete;
        match is_done && (self.is_ours(&found) || self.stands_as(&found, before).await?) {
            true => Ok(found),
            false => self.updatable(found).await,
        }
    }

    /// Whether a stack has the template that it had, and shows everything else that it did, whoever changed it last.
    async fn stands_as(
        &self,
        found: &Stack,
        before: Option<&PriorStack>,
    ) -> Result<bool, CallError> {
        let Some(before) = before.filter(|before| is_like(found, before)) else { return Ok(false) };
        let Some(digest) = &before.template else { return Ok(false) };
        let template = self.stacks.template_of(&found.id).await?;
        Ok(template.is_some_and(|text| file::digest(&*text) == *digest))
    }

    /// Brings back what no rollback of CloudFormation does, protection and stack policy.
    async fn settings_back(
        &self,
        found: Stack,
        before: &PriorStack,
    ) -> Result<InstanceEnd, EndedEarly> {
        let is_protected_alike = found.termination_protection == before.termination_protection;
        if is_protected_alike && before.stack_policy.is_none() {
            return Ok(instance_end::good(self.work.id(), Outcome::RolledBack, found));
        }
        if self.work.is_stopped() {
            return Ok(self.left(cancelled(), &found));
        }
        let intent = match self.work.intend(StackAction::PutBack, Some(&found.id)).await {
            Ok(intent) => intent,
            Err(failure) => return Ok(self.left(failure, &found)),
        };
        let settings = async {
            self.policy_back(&found.id, before, &intent).await?;
            self.as_prior_stack(found.clone(), before, &intent).await
        };
        match settings.await {
            Err(EndedEarly::CallFailed(error)) => {
                Ok(self.left(error.into_failure(&self.stacks.account), &found))
            }
            done => done,
        }
    }

    /// Returns the end of one whose own rollback is done, where what stood before is not known. What the plan says of
    /// termination protection is not the run's: that is set once the update is made.
    fn as_cloudformation_knows(&self, found: Stack, why: &Failure) -> InstanceEnd {
        let desired = self.work.instance().desired();
        if desired.is_some_and(|desired| desired.stack_policy.is_some()) {
            return self.left(rollback_failure::policy_may_stay(why), &found);
        }
        let notes = vec![rollback_failure::as_cloudformation_knows(why)];
        InstanceEnd { notes, ..instance_end::good(self.work.id(), Outcome::RolledBack, found) }
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
