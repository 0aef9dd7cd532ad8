//! The voice of a run: how it begins, and the one place that numbers and stamps its events.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::ending;
use super::secrets::Secrets;
use super::settings::Run;
use super::skipped;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::event::{AnnouncedInstance, EventKind, Failure, Operation, RunEvent, RunResult, SCHEMA};
use crate::plan::{Plan, TargetAccount};
use crate::sessions::MissingLogin;

/// How much of a template's digest tells it from the other templates of a run.
const TEMPLATE_LENGTH: usize = 12;

/// Numbers and stamps every event, and is the only one who does.
pub(super) struct Voice {
    events: mpsc::Sender<RunEvent>,
    clock: Clock,
    sequence: u64,
    secrets: Secrets,
}

impl Voice {
    /// Returns the voice of a run that has not said anything.
    pub fn new(events: mpsc::Sender<RunEvent>, clock: Clock, secrets: Secrets) -> Self {
        Self { events, clock, sequence: 0, secrets }
    }

    /// Keeps a value out of everything that is said from now on.
    pub fn keep_secret(&mut self, value: &str) {
        self.secrets.keep(value);
    }

    /// Says what happened, without its secrets.
    pub async fn say(&mut self, mut kind: EventKind) {
        self.secrets.hide_in(&mut kind);
        self.sequence += 1;
        let event = RunEvent { sequence: self.sequence, at: self.clock.now(), kind };
        // A reader that went away does not stop a deployment.
        let _ = self.events.send(event).await;
    }

    /// Returns the number of the last event.
    pub fn last(&self) -> u64 {
        self.sequence
    }

    /// Goes on with the numbers of a run of which so many events were told.
    pub fn go_on_after(&mut self, last: u64) {
        self.sequence = last;
    }
}

/// Tells of a run that was refused before it began: nothing is started, nothing is touched.
pub async fn decline(plan: &Plan, run: Run, events: mpsc::Sender<RunEvent>) {
    let mut voice = Voice::new(events, run.clock, Secrets::default());
    voice.say(started(plan, &run)).await;
    for instance in plan.instances.iter().filter(|i| !i.is_only_read()) {
        let end = ending::cancelled(&instance.id, None);
        voice.say(EventKind::InstanceFinished { end }).await;
    }
    let result = RunResult::Refused;
    voice.say(EventKind::RunFinished { result, api_calls: BTreeMap::new(), throttled: 0 }).await;
}

/// Tells of a run for which logins are missing: nothing is started, nothing is touched.
pub async fn turn_away(
    plan: &Plan,
    run: Run,
    missing: &[MissingLogin],
    cloud: &Cloud,
    events: mpsc::Sender<RunEvent>,
) {
    let mut voice = Voice::new(events, run.clock, Secrets::of(plan));
    let past = run.past.clone().unwrap_or_default();
    if run.past.is_none() {
        voice.say(started(plan, &run)).await;
    } else {
        voice.go_on_after(past.last);
        let owner = run.asked.as_ref().map(|asked| asked.owner.clone());
        voice.say(EventKind::RunResumed { owner, reopened: Vec::new(), goes_back: false }).await;
    }
    let mut failures: BTreeMap<usize, &Failure> = BTreeMap::new();
    for MissingLogin { failure, accounts } in missing {
        for &at in accounts {
            failures.insert(at, failure);
            let TargetAccount { environment, name, id, .. } = &plan.accounts[at];
            let environment = plan.environments[*environment].name.clone();
            let (account, account_id, failure) = (name.clone(), id.clone(), failure.clone());
            let refused = EventKind::AccountRefused { environment, account, account_id, failure };
            voice.say(refused).await;
        }
    }
    let is_ended = |id| past.end(id).is_some();
    for instance in plan.instances.iter().filter(|i| !i.is_only_read()) {
        if is_ended(&instance.id) {
            continue;
        }
        let end = match failures.get(&instance.account) {
            // What may still move is not to be told as one that failed.
            _ if past.sent(&instance.id).is_some() => continue,
            Some(failure) => ending::failed(&instance.id, (*failure).clone(), None),
            None => ending::skipped(&instance.id, skipped::no_login()),
        };
        voice.say(EventKind::InstanceFinished { end }).await;
    }
    let (api_calls, throttled) = (cloud.api_calls(), cloud.throttled());
    voice.say(EventKind::RunFinished { result: RunResult::Failed, api_calls, throttled }).await;
}

/// Returns what a run begins with.
pub(super) fn started(plan: &Plan, run: &Run) -> EventKind {
    EventKind::RunStarted {
        schema: SCHEMA,
        run: run.id.clone(),
        operation: run.operation,
        environments: plan.environments.iter().map(|e| e.name.clone()).collect(),
        in_order: run.limits.in_order,
        invocation: run.asked.clone().map(Box::new),
        instances: announced(plan, run.operation),
    }
}

/// Returns what the run tells of its instances: those that are only read are not its own.
fn announced(plan: &Plan, operation: Operation) -> Vec<AnnouncedInstance> {
    let mut position = BTreeMap::new();
    let mut list = Vec::new();
    for (index, instance) in plan.instances.iter().enumerate() {
        if instance.is_only_read() {
            continue;
        }
        position.insert(index, list.len());
        list.push(AnnouncedInstance {
            id: instance.id.clone(),
            account_id: plan.accounts[instance.account].id.clone(),
            stack_name: instance.stack_name.clone(),
            needs: instance.needs.iter().filter_map(|need| position.get(need).copied()).collect(),
            resources: instance.template().resources.len(),
            template: instance.template().digest[..TEMPLATE_LENGTH].to_owned(),
            changes_iam: instance.template().may_change_iam(),
            // A look ahead takes all waves together.
            wave: plan
                .wave_of(instance)
                .filter(|_| operation != Operation::Plan)
                .map(|wave| wave + 1),
        });
    }
    list
}
