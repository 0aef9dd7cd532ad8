//! Looks whether every stack stands as it stood when a plan was made, and whether its change set can still be executed:
//! before anything is changed.

use futures::stream::{self, StreamExt};

use super::model::{PlannedStack, SavedPlan};
use super::moved::moved;
use super::mover::why_moved;
use crate::cloud::{CallError, KeptChangeSet, Stacks};
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many stacks are looked at together.
const LOOKS_AT_ONCE: usize = 64;

/// A stack instance that is not as planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsPlanned {
    /// The stack instance.
    pub instance: InstanceId,
    /// What became of it: a part of a sentence.
    pub why: String,
}

/// Returns the stack instances of a plan that are not as saved. What cannot be looked at is looked at again in its turn.
pub async fn check_saved_plan(
    plan: &Plan,
    sessions: &Sessions,
    saved: &SavedPlan,
    on_look: impl Fn(),
) -> Vec<NotAsPlanned> {
    let deployed = (0..plan.instances.len()).filter(|&at| !plan.instances[at].is_only_read());
    stream::iter(deployed)
        .map(async |at| {
            let instance = &plan.instances[at].id;
            let why = match saved.stacks.get(instance) {
                Some(planned) => look(plan, sessions, (at, planned)).await?,
                None => "it is not in the plan".to_owned(),
            };
            Some(NotAsPlanned { instance: instance.clone(), why })
        })
        .buffered(LOOKS_AT_ONCE)
        .inspect(|_| on_look())
        .filter_map(std::future::ready)
        .collect()
        .await
}

async fn look(
    plan: &Plan,
    sessions: &Sessions,
    (at, planned): (usize, &PlannedStack),
) -> Option<String> {
    let instance = &plan.instances[at];
    let session = sessions.enter(instance.account).await.session.ok()?;
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let looked = unlike(&stacks, instance.stack_name.as_str(), planned).await;
    looked.unwrap_or_else(|error| {
        tracing::warn!(instance = %instance.id, %error, "it is looked at again in its turn");
        None
    })
}

/// Returns in which way a stack or its change set is not as planned.
async fn unlike(
    stacks: &Stacks,
    name: &str,
    planned: &PlannedStack,
) -> Result<Option<String>, CallError> {
    let found = stacks.find(name).await?;
    if let Some(stack_move) = moved(planned, found.as_ref()) {
        return Ok(Some(why_moved(&stack_move, found.as_ref(), stacks).await));
    }
    let kept = planned.kept.as_ref().and_then(|kept| kept.change_set.as_ref());
    let Some(change_set) = kept else { return Ok(None) };
    Ok(match stacks.kept_change_set(change_set, planned.stack_id.as_deref()).await? {
        KeptChangeSet::Executable => None,
        KeptChangeSet::Gone => Some("its change set is gone".to_owned()),
        KeptChangeSet::Spent(status) => Some(format!("its change set is {status}")),
    })
}
