//! All stack instances of a plan: their drift is detected side by side, as fast as each account bears.

use futures::stream::{self, StreamExt};

use super::instance::drift_of;
use crate::engine::secrets::SecretValues;
use crate::engine::survey::SurveySecrets;
use crate::event::{Failure, InstanceDrift};
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many stack instances are looked at together. Most of them wait: what bounds the calls are the rates of each
/// account and Region.
const AT_ONCE: usize = 10_000;

/// A stack instance whose drift was looked for.
#[derive(Clone, Debug)]
pub struct FoundDrift {
    /// Which, as a position in the plan.
    pub index: usize,
    /// What was found, or why it could not be looked at.
    pub found: Result<InstanceDrift, Failure>,
}

/// Looks for the drift of every selected stack instance of a plan; returns it in the plan's order. `sessions` are the
/// plan's.
pub async fn detect_drift(
    plan: &Plan,
    sessions: &Sessions,
    on_checked: impl Fn(),
) -> Vec<FoundDrift> {
    let secrets = SurveySecrets::of(sessions, plan).await;
    let selected = (0..plan.instances.len()).filter(|&i| !plan.instances[i].is_only_read());
    let mut found: Vec<FoundDrift> = stream::iter(selected)
        // Boxed, as few of them do anything at a time.
        .map(|index| Box::pin(look((sessions, plan), &secrets.known, index)))
        .buffer_unordered(AT_ONCE)
        .inspect(|_| on_checked())
        .collect()
        .await;
    found.sort_by_key(|found| found.index);
    found
}

async fn look(
    (sessions, plan): (&Sessions, &Plan),
    secrets: &SecretValues,
    index: usize,
) -> FoundDrift {
    let instance = &plan.instances[index];
    let session = match sessions.enter(instance.account).await.session {
        Ok(session) => session,
        Err(failure) => return FoundDrift { index, found: Err(failure.clone()) },
    };
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let found = drift_of(&stacks, instance.stack_name.as_str(), secrets).await;
    FoundDrift { index, found: found.map_err(|error| error.into_failure(&stacks.account)) }
}
