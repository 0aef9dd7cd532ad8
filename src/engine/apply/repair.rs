//! What comes before a stack can be created or updated: it settles, is deleted, is rolled back, or its
//! rollback is continued.

use super::super::ended_early::EndedEarly;
use super::super::failure_cause;
use super::super::settle::Settled;
use super::super::{instance_end, stuck};
use super::applying::{Applying, Round};
use crate::cloud::Stack;
use crate::event::StackAction;
use crate::status::StackStatus;

impl Applying<'_> {
    /// Waits until what somebody else began has settled.
    pub async fn wait(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::Wait;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, self.work.operation(action, None, None));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(_) | Settled::Gone) => Ok(Round::Again),
            Ok(Settled::Abandoned) => {
                Err(instance_end::cancelled(self.work.id(), Some(found)).into())
            }
            Err(lost) => Err(self.refused(lost.error, Some(found))),
        }
    }

    /// Deletes a stack that is created anew after that.
    pub async fn delete(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::DeleteBeforeCreate;
        self.check_parameters(None)?;
        let proof = self.prove().await.map_err(|error| self.refused(error, Some(found)))?;
        if found.termination_protection && self.request.termination_protection.is_none() {
            return Err(stuck::protected(self.work.id(), found).into());
        }
        self.work.check_deletion(&self.stacks, found).await?;
        // What cannot be made anew is not taken away.
        self.upload(&proof, Some(found)).await?;
        let intent = self.intend(action, Some(&found.id), Some(found)).await?;
        if found.termination_protection {
            self.stacks.protect(&found.id, false, &intent, &proof).await?;
            self.has_written();
        }
        let may_go = || self.may_go();
        self.moves_stack();
        let delete = self.stacks.delete(found, &intent, &proof, &may_go);
        if let Err(error) = self.work.answered("cloudformation:DeleteStack", &may_go, delete).await
        {
            drop(self.heard(action, Some(&found.id), error, Some(found)).await?);
        }
        // A stack that was taken down is built up again, whatever is wished meanwhile.
        self.has_written();
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let operation = self.work.operation(action, Some(intent.token()), Some(found));
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::Gone | Settled::Abandoned) => Ok(Round::Again),
            Ok(Settled::As(stack)) => {
                let failure = failure_cause::cause(
                    &followed,
                    (action, self.work.again(action)),
                    Some(&stack),
                )
                .await;
                Err(instance_end::failed(self.work.id(), failure, Some(&stack)).into())
            }
            Err(lost) => Err(self.lost(action, &found.id, lost)),
        }
    }

    /// Rolls back what an update left that failed without a rollback.
    pub async fn roll_back(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::RollBack;
        let proof = self.prove().await.map_err(|error| self.refused(error, Some(found)))?;
        let intent = self.intend(action, Some(&found.id), Some(found)).await?;
        let may_go = || self.may_go();
        self.moves_stack();
        let roll_back = self.stacks.roll_back(found, &intent, &proof, &may_go);
        let answered = self.work.answered("cloudformation:RollbackStack", &may_go, roll_back).await;
        if let Err(error) = answered {
            drop(self.heard(action, Some(&found.id), error, Some(found)).await?);
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let operation = self.work.operation(action, Some(intent.token()), Some(found));
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(_) | Settled::Gone | Settled::Abandoned) => Ok(Round::Again),
            Err(lost) => Err(self.lost(action, &found.id, lost)),
        }
    }

    /// Continues a rollback that got stuck.
    pub async fn continue_rollback(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::ContinueRollback;
        let proof = self.prove().await.map_err(|error| self.refused(error, Some(found)))?;
        let intent = self.intend(action, Some(&found.id), Some(found)).await?;
        let may_go = || self.may_go();
        self.moves_stack();
        let go_on = self.stacks.continue_rollback(found, &intent, &proof, &may_go);
        let operation = "cloudformation:ContinueUpdateRollback";
        if let Err(error) = self.work.answered(operation, &may_go, go_on).await {
            drop(self.heard(action, Some(&found.id), error, Some(found)).await?);
        }
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let operation = self.work.operation(action, Some(intent.token()), Some(found));
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(stack)) if stack.status == StackStatus::UpdateRollbackFailed => {
                let failure = failure_cause::cause(
                    &followed,
                    (action, self.work.again(action)),
                    Some(&stack),
                )
                .await;
                Err(instance_end::failed(self.work.id(), failure, Some(&stack)).into())
            }
            Ok(Settled::As(_) | Settled::Gone | Settled::Abandoned) => Ok(Round::Again),
            Err(lost) => Err(self.lost(action, &found.id, lost)),
        }
    }
}
