//! What is made safe on disk before a call that changes a stack is sent.

use tokio::sync::oneshot;

use super::instance::{Message, Work};
use super::skipped;
use crate::cloud::{CallError, Stack, Stacks};
use crate::event::{EventKind, Failure, KeepBefore, StackAction};
use crate::file;

/// Why a call is not sent.
pub(super) enum Unsent {
    /// What has to be safe first cannot be made so.
    Unkept(Failure),
    /// What has to be read first cannot be.
    Unread(CallError),
}

impl Work {
    /// Says that a call is about to be sent, and waits until that is safe: whatever happens then,
    /// whoever goes on with the run knows of it.
    ///
    /// # Errors
    /// When it cannot be made safe: then the call must not be sent.
    pub async fn intend(&self, action: StackAction, stack_id: Option<&str>) -> Result<(), Failure> {
        let (instance, stack_id) = (self.id().clone(), stack_id.map(str::to_owned));
        let kind = EventKind::ActionIntended { instance, action, stack_id };
        let (number, said) = oneshot::channel();
        self.send(Message::Intended(Box::new(kind), number)).await;
        // The loop only goes away with the run, and this with it.
        let Ok(number) = said.await else { return Err(skipped::cancelled()) };
        let mut keeping = self.keeping.clone();
        keeping.is_safe(number).await.map_err(|reason| skipped::unkept(&reason))
    }

    /// Says that a stack is about to be updated, once all that is needed to go back is safe.
    ///
    /// # Errors
    /// As [`intend`](Self::intend), and when what is needed cannot be read.
    pub async fn intend_update(&self, stacks: &Stacks, found: &Stack) -> Result<(), Unsent> {
        if self.keeping.befores.is_some() {
            self.keep_before(stacks, found).await?;
        }
        self.intend(StackAction::Update, Some(&found.id)).await.map_err(Unsent::Unkept)
    }

    async fn keep_before(&self, stacks: &Stacks, found: &Stack) -> Result<(), Unsent> {
        let Some(befores) = &self.keeping.befores else { return Ok(()) };
        let mut before = found.as_before(self.id());
        let mut text = None;
        let left = self.standing.template(&found.id, found.changed);
        match left.filter(|digest| self.befores.can_return_to(digest)) {
            Some(digest) => before.template = Some(digest.to_owned()),
            None => {
                let read = stacks.template_of(&found.id).await.map_err(Unsent::Unread)?;
                before.template = read.as_deref().map(file::digest);
                text = read;
            }
        }
        if self.instance().desired().is_some_and(|desired| desired.stack_policy.is_some()) {
            before.stack_policy = stacks.policy_of(&found.id).await.map_err(Unsent::Unread)?;
        }
        self.befores.keep(&before);
        let (done, is_done) = oneshot::channel();
        let unkept = |reason: &str| Unsent::Unkept(skipped::unkept(reason));
        let keep = KeepBefore { before, template: text, done };
        let gone = "whoever keeps what stood before is gone";
        befores.send(keep).await.map_err(|_| unkept(gone))?;
        match is_done.await {
            Ok(kept) => kept.map_err(|reason| unkept(&reason)),
            Err(_) => Err(unkept(gone)),
        }
    }
}
