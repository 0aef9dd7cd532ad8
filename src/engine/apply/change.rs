//! The change that was asked for: a create or an update, followed to its end.

use super::super::ended_early::EndedEarly;
use super::super::{instance_end, stuck, unnamed_parameters};
use super::applying::{Applying, Reached, Round};
use crate::cloud::{CallError, Intent, Proof, Stack, Updated};
use crate::event::{InstanceEnd, Outcome, StackAction};
use crate::status::StackStatus;

impl Applying<'_> {
    /// Creates the stack, over one that does not count if there is one.
    pub async fn create(&self, found: Option<&Stack>) -> Result<Round, EndedEarly> {
        let action = StackAction::Create;
        self.check_parameters(None)?;
        let proof = self.prove().await.map_err(|error| self.refused(error, found))?;
        self.upload(&proof, found).await?;
        let kept = self.work.keep_before_create(self.request).await;
        kept.map_err(|failure| instance_end::failed(self.work.id(), failure, found))?;
        let intent = self.intend(action, None, found).await?;
        let may_go = || self.may_go();
        let name = self.work.instance().stack_name.as_str();
        let create = self.stacks.create(name, self.request, &intent, &proof, &may_go);
        let created = self.work.answered("cloudformation:CreateStack", &may_go, create).await;
        let stack_id = match created {
            Ok(stack_id) => stack_id,
            // Somebody else was first; what stands now decides. An empty stack that only holds a
            // change set makes room.
            Err(error) if error.is_stack_there() => {
                return match found {
                    Some(found) if found.status == StackStatus::ReviewInProgress => {
                        self.delete(found).await
                    }
                    _ => Ok(Round::Later),
                };
            }
            Err(error) => self.heard(action, None, error, found).await?,
        };
        self.work.tell_action(action, found.map(|stack| &stack.status), &stack_id).await;
        let operation = self.work.operation(action, Some(intent.token()), None);
        let followed = self.stacks.follow(&stack_id, operation);
        let is_created = |status: &StackStatus| *status == StackStatus::CreateComplete;
        let Reached { stack, warnings: notes } =
            self.reach(followed, action, &stack_id, is_created).await?;
        let end = instance_end::good(self.work.id(), Outcome::Created, stack);
        Ok(Round::ended(InstanceEnd { notes, ..end }))
    }

    /// Updates the stack found.
    pub async fn update(&self, found: &Stack) -> Result<Round, EndedEarly> {
        let action = StackAction::Update;
        let refused = |error| self.refused(error, Some(found));
        self.check_parameters(Some(found))?;
        let proof = self.prove().await.map_err(refused)?;
        self.upload(&proof, Some(found)).await?;
        let intent = self.intend_update(found).await?;
        let may_go = || self.may_go();
        let update = self.stacks.update(self.request, found, &intent, &proof, &may_go);
        match self.work.answered("cloudformation:UpdateStack", &may_go, update).await {
            Ok(Updated::Accepted) => {}
            Ok(Updated::NothingToDo) if found.status.is_left_as_it_failed() => {
                return Err(stuck::stuck(self.work.id(), found).into());
            }
            Ok(Updated::NothingToDo) => return self.unchanged(found, &intent).await,
            // Somebody else began an operation, or deleted it, since it was looked at.
            Err(error) if error.has_stack_moved() => return Ok(Round::Later),
            Err(error) => {
                drop(self.heard(action, Some(&found.id), error, Some(found)).await?);
            }
        }
        let (stack, warnings) = self.follow_update(found, &intent).await?;
        Ok(self.updated(found, stack, warnings))
    }

    /// Follows an update of the stack found until it stands as wanted, protects it as asked for, and returns it with what
    /// hooks warned of.
    pub async fn follow_update(
        &self,
        found: &Stack,
        intent: &Intent,
    ) -> Result<(Stack, Vec<String>), EndedEarly> {
        let action = StackAction::Update;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let operation = self.work.operation(action, Some(intent.token()), Some(found));
        let followed = self.stacks.follow(&found.id, operation);
        let is_updated = |status: &StackStatus| *status == StackStatus::UpdateComplete;
        let Reached { stack, warnings } =
            self.reach(followed, action, &found.id, is_updated).await?;
        let protected = self.protect(found, intent).await;
        protected.map_err(|error| self.refused(error, Some(&stack)))?;
        Ok((stack, warnings))
    }

    /// Returns the last round of a stack that was updated.
    pub fn updated(&self, found: &Stack, stack: Stack, warnings: Vec<String>) -> Round {
        let mut end = self.telling(found, Outcome::Updated, stack);
        end.notes.extend(warnings);
        Round::ended(end)
    }

    /// Records that the stack found is about to be updated, once what is needed to go back is kept.
    pub async fn intend_update(&self, found: &Stack) -> Result<Intent, EndedEarly> {
        let intending = self.work.intend_update(&self.stacks, found, self.request);
        let cancelled = || Err(instance_end::cancelled(self.work.id(), Some(found)).into());
        self.unless_stopped(intending).await.unwrap_or_else(cancelled)
    }

    /// Puts what the template names into its bucket, unless a change may not be begun any more.
    pub async fn upload(&self, proof: &Proof, found: Option<&Stack>) -> Result<(), EndedEarly> {
        // Boxed, as few have anything to upload.
        let uploading = Box::pin(self.work.upload(&self.stacks, self.request, proof));
        let uploaded = self.unless_stopped(uploading).await;
        let uploaded = uploaded.unwrap_or_else(|| Err(CallError::withdrawn()));
        uploaded.map_err(|error| self.refused(error, found))
    }

    /// Refuses to create the stack, or to update the one found, without a value that it needs.
    pub fn check_parameters(&self, found: Option<&Stack>) -> Result<(), EndedEarly> {
        let checked = unnamed_parameters::check(self.request, found);
        checked.map_err(|failure| instance_end::failed(self.work.id(), failure, found).into())
    }

    /// Returns the end of a stack that stands as wanted, with what it keeps of what was found.
    pub fn telling(&self, found: &Stack, outcome: Outcome, stack: Stack) -> InstanceEnd {
        let notes = unnamed_parameters::notes(self.request, found);
        InstanceEnd { notes, ..instance_end::good(self.work.id(), outcome, stack) }
    }

    /// Brings what UpdateStack does not compare where it should be: protection and stack policy.
    pub async fn unchanged(&self, found: &Stack, intent: &Intent) -> Result<Round, EndedEarly> {
        let refused = |error| self.refused(error, Some(found));
        let is_protected_anew = self.protect(found, intent).await.map_err(refused)?;
        let has_new_policy = self.set_policy(&found.id, intent).await.map_err(refused)?;
        let outcome = match is_protected_anew || has_new_policy {
            true => Outcome::Updated,
            false => Outcome::Unchanged,
        };
        Ok(Round::ended(self.telling(found, outcome, found.clone())))
    }
}
