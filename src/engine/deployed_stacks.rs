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
            let template = answered::known_template(before).map(str::to_owned);
            DeployedStack { changed, template, sent: sent.or(known) }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::instance_end;
    use crate::event::UncertainPart;

    const STACK: &str = "arn:aws:cloudformation:eu-central-1:100000000001:stack/app/1";

    fn at(second: i64) -> Option<Timestamp> {
        Some(Timestamp::from_second(second).expect("a time"))
    }

    fn instance() -> InstanceId {
        let id = serde_json::json!({
            "environment": "prod", "account": "dev", "region": "eu-central-1", "stack": "app"
        });
        serde_json::from_value(id).expect("an id")
    }

    fn texts(value: &str) -> SentTexts {
        let parameters = BTreeMap::from([("Value".to_owned(), value.to_owned())]);
        SentTexts { parameters, ..SentTexts::default() }
    }

    /// Returns a run that sent this, after what stood before.
    fn run(before: Option<PriorStack>, sent: Option<&str>) -> DeployingRun {
        let prior_stacks = before.into_iter().map(|before| (instance(), before)).collect();
        let sent = sent.map(|value| (instance(), texts(value)));
        DeployingRun::new(prior_stacks, sent.into_iter().collect())
    }

    fn ends(stacks: &mut DeployedStacks, outcome: Outcome, status: StackStatus, second: i64) {
        let end = InstanceEnd {
            status: Some(status),
            stack_id: Some(STACK.to_owned()),
            changed: at(second),
            ..instance_end::bare(&instance(), outcome)
        };
        let kind = EventKind::InstanceFinished { end };
        stacks.on(&RunEvent { sequence: 1, at: Timestamp::UNIX_EPOCH, kind });
    }

    /// Returns a stack that holds a text, as a run found it at its beginning.
    fn before(value: &str, is_known: bool) -> PriorStack {
        let prior = serde_json::json!({
            "instance": instance(), "stack_id": STACK, "parameters": { "Value": value },
            "tags": {}, "termination_protection": false,
        });
        let prior: PriorStack = serde_json::from_value(prior).expect("an older version's note");
        PriorStack { uncertain: is_known.then(Default::default), ..prior }
    }

    #[test]
    fn what_was_sent_is_known_of_a_stack_until_it_is_changed_or_gone() {
        let mut stacks = DeployedStacks::default();
        stacks.next_run(run(None, Some("Größe")), Vec::new());
        ends(&mut stacks, Outcome::Created, StackStatus::CreateComplete, 10);
        assert_eq!(stacks.sent(STACK, at(10)), Some(&texts("Größe")));
        assert_eq!(stacks.sent(STACK, at(11)), None, "somebody else changed it");
        assert_eq!(stacks.standing().count(), 1);
        ends(&mut stacks, Outcome::Deleted, StackStatus::DeleteComplete, 10);
        assert_eq!(stacks.standing().count(), 0);
    }

    #[test]
    fn a_stack_that_was_taken_back_holds_what_stood_before() {
        for (outcome, status) in [
            (Outcome::Failed, StackStatus::UpdateRollbackComplete),
            (Outcome::RolledBack, StackStatus::UpdateComplete),
        ] {
            let mut stacks = DeployedStacks::default();
            stacks.next_run(run(Some(before("Größe", true)), Some("why?")), Vec::new());
            ends(&mut stacks, outcome, status, 20);
            assert_eq!(stacks.sent(STACK, at(20)), Some(&texts("Größe")));
        }
    }

    #[test]
    fn the_template_of_a_stack_that_was_taken_back_is_known_only_if_it_was_read_for_sure() {
        let read = |uncertain: Option<BTreeSet<UncertainPart>>| {
            let template = Some("digest".to_owned());
            let before = PriorStack { template, uncertain, ..before("one", true) };
            let mut stacks = DeployedStacks::default();
            stacks.next_run(run(Some(before), None), Vec::new());
            ends(&mut stacks, Outcome::Failed, StackStatus::UpdateRollbackComplete, 20);
            stacks.template(STACK, at(20)).map(str::to_owned)
        };
        assert_eq!(read(Some(BTreeSet::new())).as_deref(), Some("digest"));
        assert_eq!(read(Some(BTreeSet::from([UncertainPart::Template]))), None);
        assert_eq!(read(None), None, "an older version did not look");
    }

    #[test]
    fn of_a_run_by_an_older_version_nothing_is_known() {
        let mut stacks = DeployedStacks::default();
        stacks.next_run(run(Some(before("Gr??e", false)), None), Vec::new());
        ends(&mut stacks, Outcome::Updated, StackStatus::UpdateComplete, 10);
        assert_eq!(stacks.sent(STACK, at(10)), None);
        ends(&mut stacks, Outcome::Failed, StackStatus::UpdateRollbackComplete, 20);
        assert_eq!(stacks.sent(STACK, at(20)), None);
    }

    #[test]
    fn what_a_run_carried_on_is_known_if_it_did_not_come_to_the_stack() {
        let mut first = DeployedStacks::default();
        first.next_run(run(None, Some("Größe")), Vec::new());
        ends(&mut first, Outcome::Unchanged, StackStatus::UpdateComplete, 10);
        let mut second = DeployedStacks::default();
        second.next_run(run(None, None), first.standing().collect());
        assert_eq!(second.sent(STACK, at(10)), Some(&texts("Größe")));
    }
}
