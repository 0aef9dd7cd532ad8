//! What is kept before a stack is changed: how it stood, and what is sent where AWS's answers will not show it.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, oneshot};

use super::ended_early::EndedEarly;
use super::instance_work::InstanceWork;
use super::{answered, instance_end, skipped};
use crate::cloud::{Stack, Stacks};
use crate::event::{Failure, KeepPriorStack, PriorStack, SentNote, UncertainPart};
use crate::file;
use crate::plan::DesiredStack;

/// The stack policy that is like none: no policy can be taken away.
///
/// Source: the CloudFormation user guide, "Prevent updates to stack resources": without one all updates are allowed.
const ALLOWS_ALL: &str =
    r#"{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}"#;

impl InstanceWork {
    /// Keeps what a create is about to send, as far as AWS's answers will not show it.
    ///
    /// # Errors
    /// When it cannot be made safe.
    pub async fn keep_before_create(&self, request: &DesiredStack<String>) -> Result<(), Failure> {
        let Some(keeper) = &self.keeping.prior_stacks else { return Ok(()) };
        match self.sent_note(request, None) {
            Some(sent) => keep(keeper, |done| note(None, Some(sent), done)).await,
            None => Ok(()),
        }
    }

    /// Keeps how a stack stands, and what an update of it is about to send.
    ///
    /// # Errors
    /// When that cannot be read or made safe.
    pub async fn keep_before_update(
        &self,
        stacks: &Stacks,
        found: &Stack,
        request: &DesiredStack<String>,
    ) -> Result<(), EndedEarly> {
        let Some(keeper) = &self.keeping.prior_stacks else { return Ok(()) };
        let unread = |error| instance_end::refused(self.id(), &stacks.account, error, Some(found));
        let mut before = found.as_prior_stack(self.id());
        let mut text = None;
        let left = self.deployed_stacks.template(&found.id, found.changed);
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
            let policy = stacks.policy_of(&found.id).await.map_err(unread)?;
            before.stack_policy = Some(policy.unwrap_or_else(|| ALLOWS_ALL.to_owned()));
        }
        self.prior_stacks.keep(&before);
        let sent = self.sent_note(request, Some(found));
        let kept = keep(keeper, |done| KeepPriorStack {
            template: text,
            ..note(Some(before), sent, done)
        });
        let unkept = |failure| instance_end::failed(self.id(), failure, Some(found));
        Ok(kept.await.map_err(unkept)?)
    }

    fn sent_note(&self, request: &DesiredStack<String>, found: Option<&Stack>) -> Option<SentNote> {
        let known = found.and_then(|found| self.deployed_stacks.sent(&found.id, found.changed));
        let texts = answered::texts_after(request, found, known);
        (!texts.is_empty()).then(|| SentNote { instance: self.id().clone(), texts })
    }

    /// Returns what of a stack may have been sent otherwise than it was read; what an earlier run sent is
    /// put in its place. A parameter that the update leaves as it is needs no value on the way back.
    fn uncertain(
        &self,
        before: &mut PriorStack,
        template: Option<&str>,
    ) -> BTreeSet<UncertainPart> {
        let mut parts = answered::uncertain_parts(before, template);
        if let Some(sent) = self.deployed_stacks.sent(&before.stack_id, before.changed) {
            parts.retain(|part| !answered::is_known(part, sent, before));
        }
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
            UncertainPart::Template
            | UncertainPart::Parameter(_)
            | UncertainPart::Tag(_)
            | UncertainPart::RollbackAlarm(_) => true,
        });
        parts
    }
}

fn note(
    before: Option<PriorStack>,
    sent: Option<SentNote>,
    done: oneshot::Sender<Result<(), String>>,
) -> KeepPriorStack {
    KeepPriorStack { before, sent, template: None, done }
}

/// Hands over what is to be kept, and waits until it is safe.
///
/// # Errors
/// When it cannot be made safe.
async fn keep(
    keeper: &mpsc::Sender<KeepPriorStack>,
    note: impl FnOnce(oneshot::Sender<Result<(), String>>) -> KeepPriorStack,
) -> Result<(), Failure> {
    let gone = || skipped::unkept("whoever keeps what stood before is gone");
    let (done, is_done) = oneshot::channel();
    keeper.send(note(done)).await.map_err(|_| gone())?;
    match is_done.await {
        Ok(kept) => kept.map_err(|reason| skipped::unkept(&reason)),
        Err(_) => Err(gone()),
    }
}
