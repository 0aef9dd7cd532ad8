//! Deployed stacks: what earlier runs left where. Their templates need not be read again, and what they sent
//! is known where reading would not show it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answered;
use crate::event::{
    AnnouncedInstance, EventKind, InstanceEnd, Outcome, PriorStack, RunEvent, SentTexts,
    StandingNote,
};
use crate::name::InstanceId;
use crate::status::StackStatus;

/// The stacks as earlier runs left them, by their ARNs.
#[derive(Clone, Debug, Default)]
pub struct DeployedStacks {
    by_stack: BTreeMap<String, DeployedStack>,
    /// What is known of the run whose events come next.
    run: DeployingRun,
}

/// A stack as a run left it.
#[derive(Clone, Debug)]
struct DeployedStack {
    /// When its last operation began.
    changed: Timestamp,
    /// The digest of its template, or the start of it.
    template: Option<String>,
    /// What was sent for it, if that was kept.
    sent: Option<SentTexts>,
}

/// What a run kept beside its events.
#[derive(Clone, Debug, Default)]
pub struct DeployingRun {
    /// How stacks stood before it changed them.
    pub prior_stacks: BTreeMap<InstanceId, PriorStack>,
    /// What it sent.
    pub sent: BTreeMap<InstanceId, SentTexts>,
    /// The templates that it announced.
    announced: BTreeMap<InstanceId, String>,
}

impl DeployingRun {
    /// Returns what a run kept of stacks as they stood, and of what it sent for them.
    pub fn new(
        prior_stacks: BTreeMap<InstanceId, PriorStack>,
        sent: BTreeMap<InstanceId, SentTexts>,
    ) -> Self {
        Self { prior_stacks, sent, announced: BTreeMap::new() }
    }
}

impl DeployedStacks {
    /// Takes in what the run kept whose events come next, and what it knew of those before it; runs are told
    /// oldest first.
    pub fn next_run(&mut self, run: DeployingRun, standing: Vec<StandingNote>) {
        self.run = run;
        for StandingNote { stack_id, changed, texts } in standing {
            let known = self.by_stack.remove(&stack_id).filter(|known| known.changed == changed);
            let template = known.and_then(|known| known.template);
            self.by_stack.insert(stack_id, DeployedStack { changed, template, sent: Some(texts) });
        }
    }

    /// Takes in an event of an earlier run.
    pub fn on(&mut self, event: &RunEvent) {
        match &event.kind {
            EventKind::RunStarted { instances, .. } => {
                let template = |announced: &AnnouncedInstance| {
                    (announced.id.clone(), announced.template.clone())
                };
                self.run.announced = instances.iter().map(template).collect();
            }
            EventKind::InstanceFinished { end } if end.preview.is_none() => self.ended(end),
            _ => {}
        }
    }

    /// Returns the start of the digest of a stack's template, if an earlier run left the stack as it
    /// stands now.
    pub fn template(&self, stack_id: &str, changed: Option<Timestamp>) -> Option<&str> {
        self.left(stack_id, changed)?.template.as_deref()
    }

    /// Returns what an earlier run sent for a stack that stands as that run left it.
    pub fn sent(&self, stack_id: &str, changed: Option<Timestamp>) -> Option<&SentTexts> {
        self.left(stack_id, changed)?.sent.as_ref()
    }

    /// Returns all that is known of what was sent, for the runs that come after.
    pub fn standing(&self) -> impl Iterator<Item = StandingNote> {
        self.by_stack.iter().filter_map(|(stack_id, left)| {
            let texts = left.sent.clone().filter(|texts| !texts.is_empty())?;
            Some(StandingNote { stack_id: stack_id.clone(), changed: left.changed, texts })
        })
    }

    fn left(&self, stack_id: &str, changed: Option<Timestamp>) -> Option<&DeployedStack> {
        self.by_stack.get(stack_id).filter(|left| Some(left.changed) == changed)
    }

    fn ended(&mut self, end: &InstanceEnd) {
        let InstanceEnd { instance, outcome, status, stack_id, changed, .. } = end;
        let Some(stack_id) = stack_id else { return };
        let is_gone = *outcome == Outcome::Deleted || *status == Some(StackStatus::DeleteComplete);
        if is_gone {
            self.by_stack.remove(stack_id);
            return;
        }
        let Some(changed) = *changed else { return };
        let known = self.left(stack_id, Some(changed)).and_then(|known| known.sent.clone());
        let left = if outcome.is_good() {
            let template = self.run.announced.get(instance).filter(|text| !text.is_empty());
            let sent = self.run.sent.get(instance).cloned();
            DeployedStack { changed, template: template.cloned(), sent: sent.or(known) }
        } else if stands_as_before(end) {
            let before = self.run.prior_stacks.get(instance);
            let Some(before) = before.filter(|before| before.stack_id == *stack_id) else { return };
            let sent = answered::known_texts(before);
            DeployedStack { changed, template: before.template.clone(), sent: sent.or(known) }
        } else {
            return;
        };
        self.by_stack.insert(stack_id.clone(), left);
    }
}

/// Whether a stack that a run changed stands as it did before: CloudFormation took it back, or the run did.
fn stands_as_before(end: &InstanceEnd) -> bool {
    match end.outcome {
        Outcome::RolledBack => true,
        Outcome::Failed => end.status == Some(StackStatus::UpdateRollbackComplete),
        Outcome::Created
        | Outcome::Updated
        | Outcome::Deleted
        | Outcome::Unchanged
        | Outcome::Skipped => false,
    }
}
