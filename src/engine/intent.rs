//! What is made safe on disk before a call that changes a stack is sent.

use tokio::sync::oneshot;

use super::ended_early::EndedEarly;
use super::instance_end;
use super::instance_work::InstanceWork;
use super::message::TaskMessage;
use super::skipped;
use crate::cloud::{Intent, Stack, Stacks};
use crate::event::{EventKind, Failure, StackAction};
use crate::plan::DesiredStack;

impl InstanceWork {
    /// Says that a call is about to be sent, and waits until that is safe: whatever happens then,
    /// whoever resumes the run knows of it.
    ///
    /// # Errors
    /// When it cannot be made safe.
    pub async fn intend(
        &self,
        action: StackAction,
        stack_id: Option<&str>,
    ) -> Result<Intent, Failure> {
        let (instance, stack_id) = (self.id().clone(), stack_id.map(str::to_owned));
        let kind = EventKind::ActionIntended { instance, action, stack_id };
        let (number, said) = oneshot::channel();
        self.send(TaskMessage::Intended(Box::new(kind), number)).await;
        // The loop only goes away with the run, and this with it.
        let Ok(number) = said.await else { return Err(skipped::cancelled()) };
        let mut keeping = self.keeping.clone();
        keeping.is_safe(number).await.map_err(|reason| skipped::unkept(&reason))?;
        Ok(Intent::on_record(self.token(action), keeping.fence))
    }

    /// Returns the intent of a call of which the run's journal tells, sent after so many had been spent: it
    /// was on record before the run was resumed.
    pub fn intended_before(&self, action: StackAction, spent: usize) -> Intent {
        Intent::on_record(self.token_after(action, spent), self.keeping.fence.clone())
    }

    /// Says that a stack is about to be updated, once all that is needed to go back is safe.
    ///
    /// # Errors
    /// When one of the two cannot be made safe, or what is needed cannot be read.
    pub async fn intend_update(
        &self,
        stacks: &Stacks,
        found: &Stack,
        request: &DesiredStack<String>,
    ) -> Result<Intent, EndedEarly> {
        self.keep_before_update(stacks, found, request).await?;
        let intended = self.intend(StackAction::Update, Some(&found.id)).await;
        intended.map_err(|failure| instance_end::failed(self.id(), failure, Some(found)).into())
    }
}
