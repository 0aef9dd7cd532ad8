//! A run that is refused before it begins: by a guard or a person, or for want of logins.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::event_writer::EventWriter;
use super::instance_end;
use super::run_started::started;
use super::secrets::SecretValues;
use super::settings::Run;
use super::skipped;
use crate::cloud::Cloud;
use crate::event::{EventKind, Failure, RunEvent, RunResult};
use crate::plan::{Plan, TargetAccount};
use crate::sessions::MissingLogin;

/// Tells of a run that was refused before it began: nothing is started, nothing is touched.
pub async fn decline(plan: &Plan, run: Run, events: mpsc::Sender<RunEvent>) {
    let mut writer = EventWriter::new(events, run.clock, SecretValues::default());
    writer.say(started(plan, &run)).await;
    for instance in plan.instances.iter().filter(|i| !i.is_only_read()) {
        let end = instance_end::cancelled(&instance.id, None);
        writer.say(EventKind::InstanceFinished { end }).await;
    }
    let result = RunResult::Refused;
    writer.say(EventKind::RunFinished { result, api_calls: BTreeMap::new(), throttled: 0 }).await;
}

/// Tells of a run for which logins are missing: nothing is started, nothing is touched.
pub async fn turn_away(
    plan: &Plan,
    run: Run,
    missing: &[MissingLogin],
    cloud: &Cloud,
    events: mpsc::Sender<RunEvent>,
) {
    let mut writer = EventWriter::new(events, run.clock, SecretValues::of(plan));
    let past = run.past.clone().unwrap_or_default();
    if run.past.is_none() {
        writer.say(started(plan, &run)).await;
    } else {
        writer.go_on_after(past.last);
        let owner = run.asked.as_ref().map(|asked| asked.owner.clone());
        writer.say(EventKind::RunResumed { owner, reopened: Vec::new(), goes_back: false }).await;
    }
    let mut failures: BTreeMap<usize, &Failure> = BTreeMap::new();
    for MissingLogin { failure, accounts } in missing {
        for &at in accounts {
            failures.insert(at, failure);
            let TargetAccount { environment, name, id, .. } = &plan.accounts[at];
            let environment = plan.environments[*environment].name.clone();
            let (account, account_id, failure) = (name.clone(), id.clone(), failure.clone());
            let refused = EventKind::AccountRefused { environment, account, account_id, failure };
            writer.say(refused).await;
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
            Some(failure) => instance_end::failed(&instance.id, (*failure).clone(), None),
            None => instance_end::skipped(&instance.id, skipped::no_login()),
        };
        writer.say(EventKind::InstanceFinished { end }).await;
    }
    let (api_calls, throttled) = (cloud.api_calls(), cloud.throttled());
    writer.say(EventKind::RunFinished { result: RunResult::Failed, api_calls, throttled }).await;
}
