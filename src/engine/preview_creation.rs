//! What a creation would do, and what of a stack that stands the files keep: of both no change set is made.

use super::instance_end;
use super::preview::Previewing;
use super::saved_plan::ChangeSetUse;
use super::unnamed_parameters;
use crate::cloud::{CallError, Stack};
use crate::event::{ChangeAction, InstanceEnd, Outcome, Preview, ResourceChange};

impl Previewing<'_> {
    /// Returns the end of one that would be created, over a stack that is deleted before if there is
    /// one: a change set would leave a stack behind.
    pub async fn creation(&self, found: Option<&Stack>) -> Result<InstanceEnd, CallError> {
        if let Err(failure) = unnamed_parameters::check(&self.request.desired, None) {
            return Ok(instance_end::failed(self.work.id(), failure, found));
        }
        let template = &self.request.desired.template;
        let added = template.resources.iter().map(|(resource, resource_type)| {
            ResourceChange::new(ChangeAction::Add, resource, resource_type)
        });
        let mut changes: Vec<ResourceChange> = added.collect();
        if let Some(found) = found {
            // What it holds goes with it.
            changes.extend(self.work.lost_with(&self.stacks, &found.id).await?);
        }
        let mut preview = Preview { changes, ..self.request.preview() };
        if !template.conditional.is_empty() {
            let names: Vec<&str> = template.conditional.iter().map(String::as_str).collect();
            preview = preview
                .with_note(format!("made only where its condition holds: {}", names.join(", ")));
        }
        if let Some(Stack { status, .. }) = found {
            preview = preview
                .with_note(format!("it never worked ({status}): deleted first, then created anew"));
        }
        Ok(InstanceEnd {
            status: found.map(|stack| stack.status.clone()),
            stack_id: found.map(|stack| stack.id.clone()),
            changed: found.and_then(|stack| stack.changed),
            preview: Some(Box::new(preview)),
            ..instance_end::bare(self.work.id(), Outcome::Created)
        })
    }

    /// Whether a stack holds nothing that the files keep, where that is all that is asked.
    pub async fn is_free(&self, found: &Stack) -> Result<bool, CallError> {
        match self.work.change_sets {
            ChangeSetUse::KeptWhereGuarded => {
                let guard = self.work.guard();
                let kept =
                    self.work.kept_in(&self.stacks, &found.id, &|of| guard.keeps(of)).await?;
                Ok(kept.is_empty())
            }
            ChangeSetUse::Read
            | ChangeSetUse::Kept
            | ChangeSetUse::Executed(_)
            | ChangeSetUse::Looked(_) => Ok(false),
        }
    }
}
