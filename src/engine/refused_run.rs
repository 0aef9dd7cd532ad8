//! A run that ends before it begins: refused by a guard or a person, or for want of logins, or with nothing to do.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::event_writer::EventWriter;
use super::instance_end;
use super::run_started::started;
use super::secrets::SecretValues;
use super::settings::Run;
use super::skipped;
use crate::cloud::Cloud;
use crate::event::{EventKind, Failure, RunEvent, RunRefusal, RunResult};
use crate::plan::{Plan, TargetAccount};
use crate::sessions::MissingLogin;

/// Tells of a run that was refused before it began, or before it was gone on with, and why, and which calls were made
/// until then to a cloud: nothing is started, nothing is touched.
pub async fn decline(
    plan: &Plan,
    run: Run,
    (refusal, cloud): (Option<RunRefusal>, Option<&Cloud>),
    events: mpsc::Sender<RunEvent>,
) {
    let mut writer = EventWriter::new(events, run.clock, SecretValues::of(plan));
    begin(&mut writer, plan, &run).await;
    // Of one that began before it is known where each of them stands.
    let is_new = run.past.is_none();
    for instance in plan.instances.iter().filter(|i| is_new && !i.is_only_read()) {
        let end = instance_end::skipped(&instance.id, skipped::refused());
        writer.say(EventKind::InstanceFinished { end }).await;
    }
    let (result, refusal) = (RunResult::Refused, refusal.map(Box::new));
    let (api_calls, throttled) =
        cloud.map(|cloud| (cloud.api_calls(), cloud.throttled())).unwrap_or_default();
    writer.say(EventKind::RunFinished { result, api_calls, throttled, refusal }).await;
}

/// Tells that a run was to be rolled back of which nothing is left to put back.
pub async fn already_back(plan: &Plan, run: Run, events: mpsc::Sender<RunEvent>) {
    let mut writer = EventWriter::new(events, run.clock, SecretValues::default());
    begin(&mut writer, plan, &run).await;
    let (api_calls, throttled, refusal) = (BTreeMap::new(), 0, None);
    let result = RunResult::RolledBack;
    writer.say(EventKind::RunFinished { result, api_calls, throttled, refusal }).await;
}

/// Tells that a run begins, or that it is resumed.
async fn begin(writer: &mut EventWriter, plan: &Plan, run: &Run) {
    let Some(past) = &run.past else { return writer.say(started(plan, run)).await };
    writer.go_on_after(past.last);
    let owner = run.asked.as_ref().map(|asked| asked.owner.clone());
    let (reopened, goes_back) = (Vec::new(), run.goes_back);
    let allow = run.asked.as_ref().map(|asked| asked.allow.clone()).unwrap_or_default();
    writer.say(EventKind::RunResumed { owner, reopened, goes_back, allow }).await;
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
    begin(&mut writer, plan, &run).await;
    let past = run.past.unwrap_or_default();
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
    let (result, refusal) = (RunResult::Failed, None);
    writer.say(EventKind::RunFinished { result, api_calls, throttled, refusal }).await;
}
