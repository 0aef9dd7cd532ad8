//! What is made safe on disk before a call that changes a stack is sent.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use super::answered;
use super::ended_early::EndedEarly;
use super::instance_end;
use super::instance_work::InstanceWork;
use super::message::TaskMessage;
use super::skipped;
use crate::cloud::{Intent, Stack, Stacks};
use crate::event::{EventKind, Failure, KeepPriorStack, PriorStack, StackAction, UncertainPart};
use crate::file;

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
        Ok(Intent::on_record(self.token(action)))
    }

    /// Returns the intent of a call of which the run's journal tells, sent after so many updates had
    /// been cancelled: it was on record before the run broke off.
    pub fn intended_before(&self, action: StackAction, cancelled: usize) -> Intent {
        Intent::on_record(self.token_after(action, cancelled))
    }

    /// Says that a stack is about to be updated, once all that is needed to go back is safe.
    ///
    /// # Errors
    /// When one of the two cannot be made safe, or what is needed cannot be read.
    pub async fn intend_update(
        &self,
        stacks: &Stacks,
        found: &Stack,
    ) -> Result<Intent, EndedEarly> {
        self.keep_before(stacks, found).await?;
        let intended = self.intend(StackAction::Update, Some(&found.id)).await;
        intended.map_err(|failure| instance_end::failed(self.id(), failure, Some(found)).into())
    }

    /// Returns what of a stack may have been sent otherwise than it was read. A parameter that the update
    /// leaves as it is needs no value on the way back either.
    fn uncertain(
        &self,
        before: &mut PriorStack,
        template: Option<&str>,
    ) -> BTreeSet<UncertainPart> {
        let mut parts = answered::uncertain_parts(before, template);
        let desired = self.instance().desired();
        let is_kept = |name: &str| {
            desired.is_some_and(|desired| {
                desired.template.parameters.contains_key(name)
                    && desired.parameters.iter().all(|given| given.name != name)
            })
        };
        parts.retain(|part| match part {
            UncertainPart::Parameter(name) if is_kept(name) => {
                before.parameters.insert(name.clone(), None);
                false
            }
            UncertainPart::Parameter(_) | UncertainPart::Tag(_) | UncertainPart::Template => true,
        });
        parts
    }

    async fn keep_before(&self, stacks: &Stacks, found: &Stack) -> Result<(), EndedEarly> {
        let Some(prior_stacks) = &self.keeping.prior_stacks else { return Ok(()) };
        let unread = |error| instance_end::refused(self.id(), &stacks.account, error, Some(found));
        let mut before = found.as_prior_stack(self.id());
        let mut text = None;
        let left = self.deployed_templates.template(&found.id, found.changed);
        match left.filter(|digest| self.prior_stacks.can_return_to(digest)) {
            Some(digest) => before.template = Some(digest.to_owned()),
            None => {
                let read = stacks.template_of(&found.id).await.map_err(unread)?;
                before.template = read.as_deref().map(file::digest);
                text = read;
            }
        }
        before.uncertain = Some(self.uncertain(&mut before, text.as_deref()));
        if self.instance().desired().is_some_and(|desired| desired.stack_policy.is_some()) {
            before.stack_policy = stacks.policy_of(&found.id).await.map_err(unread)?;
        }
        self.prior_stacks.keep(&before);
        let (done, is_done) = oneshot::channel();
        let unkept =
            |reason: &str| instance_end::failed(self.id(), skipped::unkept(reason), Some(found));
        let keep = KeepPriorStack { before, template: text, done };
        let gone = "whoever keeps what stood before is gone";
        prior_stacks.send(keep).await.map_err(|_| unkept(gone))?;
        match is_done.await {
            Ok(kept) => Ok(kept.map_err(|reason| unkept(&reason))?),
            Err(_) => Err(unkept(gone).into()),
        }
    }
}
