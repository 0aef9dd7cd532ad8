//! The removal of what a run created, on its way back.

use super::ended_early::EndedEarly;
use super::failure_cause;
use super::instance_end;
use super::instance_rollback::RollingBack;
use super::rollback_failure::{protected, retained};
use super::settle::Settled;
use crate::cloud::{Intent, Stack};
use crate::event::{Failure, InstanceEnd, Outcome, StackAction};
use crate::status::StackStatus;

impl RollingBack<'_> {
    /// Deletes what the run created.
    pub async fn take_back(&self) -> Result<InstanceEnd, EndedEarly> {
        let action = StackAction::TakeBack;
        let sent = self.sent(action).await?;
        let Some(found) = self.find().await? else { return self.gone_before().await };
        let is_sent = sent.is_some();
        let intent = match sent {
            Some(intent) => intent,
            None => self.send_delete(&found).await?,
        };
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let before = (!is_sent).then_some(&found);
        let operation = self.work.operation(action, Some(intent.token()), before);
        let mut followed = self.stacks.follow(&found.id, operation);
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::Gone | Settled::Abandoned) => {
                let kept = self.stacks.kept_resources(&found.id).await.unwrap_or_default();
                Ok(self.gone((!kept.is_empty()).then(|| retained(&kept))))
            }
            Ok(Settled::As(stack)) => {
                let failure = failure_cause::cause(
                    &followed,
                    (action, self.work.again(action)),
                    Some(&stack),
                )
                .await;
                Ok(self.left(failure, &stack))
            }
            Err(lost) => Err(lost.error.into()),
        }
    }

    async fn send_delete(&self, found: &Stack) -> Result<Intent, EndedEarly> {
        let action = StackAction::TakeBack;
        self.check(found).map_err(|failure| self.stays(failure))?;
        if found.termination_protection {
            return Err(self.stays(protected()));
        }
        if let Some(failure) = self.work.forbids_deletion(&self.stacks, &found.id).await? {
            return Err(self.stays(failure));
        }
        let proof = self.work.prove(&self.stacks).await?;
        let intended = self.work.intend(action, Some(&found.id)).await;
        let intent = intended.map_err(|failure| self.stays(failure))?;
        let may_go = || !self.work.is_stopped();
        let delete = self.stacks.delete(found, &intent, &proof, &may_go);
        if let Err(error) = self.work.answered("cloudformation:DeleteStack", &may_go, delete).await
        {
            self.heard(action, found, error).await?;
        }
        Ok(intent)
    }

    /// Returns the end of what the run created and is gone already; another stack of its name is left alone.
    async fn gone_before(&self) -> Result<InstanceEnd, EndedEarly> {
        let name = self.work.instance().stack_name.as_str();
        let other = match self.end.stack_id {
            // Only a note waits for it, and a look that is behind may show our own.
            Some(_) => self.stacks.describe(name).await.ok().flatten(),
            None => None,
        };
        let other = other.filter(|other| Some(&other.id) != self.end.stack_id.as_ref());
        let note = "the stack that the run created was deleted before; another one of its name, made since, is left \
                    alone";
        let notes = other.map(|_| note.to_owned()).into_iter().collect();
        Ok(InstanceEnd { notes, ..self.gone(None) })
    }

    fn gone(&self, failure: Option<Failure>) -> InstanceEnd {
        InstanceEnd {
            status: Some(StackStatus::DeleteComplete),
            stack_id: self.end.stack_id.clone(),
            failure,
            ..instance_end::bare(self.work.id(), Outcome::RolledBack)
        }
    }
}
