//! What the files keep of one stack instance at work.

use super::super::ended_early::EndedEarly;
use super::super::instance_end;
use super::super::instance_work::InstanceWork;
use super::guard::{KeepGuard, forbidden};
use super::held::{Holding, held};
use super::refusal::guarded;
use crate::cloud::{CallError, Stack, Stacks};
use crate::event::{ChangeAction, Failure, ForbiddenLoss, ResourceChange};

impl InstanceWork {
    /// Returns what the files keep of it.
    pub fn guard(&self) -> KeepGuard {
        KeepGuard::of(&self.plan, self.index.0, &self.allow)
    }

    /// Returns what of its changes a guard forbids.
    pub fn forbidden(&self, changes: &[ResourceChange]) -> Vec<ForbiddenLoss> {
        forbidden((&self.plan, self.index.0), &self.allow, changes)
    }

    /// Returns what of the types that count stands in a stack, given by its ARN, if the files keep anything.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn kept_in(
        &self,
        stacks: &Stacks,
        stack_id: &str,
        counts: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<ResourceChange>, CallError> {
        if self.guard().is_idle() {
            return Ok(Vec::new());
        }
        held(stacks, ("", stack_id), Holding { counts, action: ChangeAction::Modify }).await
    }

    /// Returns what of the types that the files keep goes with a stack, given by its ARN.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn lost_with(
        &self,
        stacks: &Stacks,
        stack_id: &str,
    ) -> Result<Vec<ResourceChange>, CallError> {
        let guard = self.guard();
        if guard.is_idle() {
            return Ok(Vec::new());
        }
        let counts = |of_type: &str| guard.keeps(of_type);
        held(stacks, ("", stack_id), Holding { counts: &counts, action: ChangeAction::Remove })
            .await
    }

    /// Returns why a stack, given by its ARN, may not be deleted; nothing if it may.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn forbids_deletion(
        &self,
        stacks: &Stacks,
        stack_id: &str,
    ) -> Result<Option<Failure>, CallError> {
        // Boxed, as few files keep anything.
        let lost = Box::pin(self.lost_with(stacks, stack_id)).await?;
        let forbidden = self.forbidden(&lost);
        Ok((!forbidden.is_empty()).then(|| guarded(&forbidden)))
    }

    /// Refuses to delete the stack found if it holds what the files keep.
    ///
    /// # Errors
    /// With that, or when AWS refuses or does not answer.
    pub async fn check_deletion(&self, stacks: &Stacks, found: &Stack) -> Result<(), EndedEarly> {
        match self.forbids_deletion(stacks, &found.id).await? {
            Some(failure) => Err(instance_end::failed(self.id(), failure, Some(found)).into()),
            None => Ok(()),
        }
    }
}
