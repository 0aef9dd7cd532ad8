//! Looks whether every stack stands as it stood when a plan was made, and whether its change set can still be executed:
//! before anything is changed.

use futures::stream::{self, StreamExt};

use super::model::{PlannedStack, SavedPlan};
use super::moved::moved;
use super::mover::why_moved;
use crate::cloud::{CallError, KeptChangeSet, Stack, Stacks};
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many stacks are looked at together.
const LOOKS_AT_ONCE: usize = 64;

/// How CloudFormation's words begin for a change set that somebody executed.
///
/// Source: the API reference of `DescribeChangeSet`, `ExecutionStatus`.
const EXECUTION: &str = "EXECUTE_";

/// A stack instance that is not as planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsPlanned {
    /// The stack instance.
    pub instance: InstanceId,
    /// What became of it: a part of a sentence.
    pub why: String,
    /// Whether its change set was executed: whoever did it carries out the plan, or did.
    pub is_executed: bool,
}

/// In which way a stack is not as planned.
struct Unlike {
    why: String,
    is_executed: bool,
}

impl Unlike {
    fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_executed: false }
    }
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
            let Unlike { why, is_executed } = match saved.stacks.get(instance) {
                Some(planned) if !is_whole(saved, at, planned) => {
                    Unlike::because("its change set is none of the plan's")
                }
                Some(planned) => look(plan, sessions, (at, planned)).await?,
                None => Unlike::because("it is not in the plan"),
            };
            Some(NotAsPlanned { instance: instance.clone(), why, is_executed })
        })
        .buffered(LOOKS_AT_ONCE)
        .inspect(|_| on_look())
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// Whether the change set of a stack instance is one that was made for the plan: a file can be edited.
fn is_whole(saved: &SavedPlan, at: usize, planned: &PlannedStack) -> bool {
    let kept = planned.kept.as_ref().and_then(|kept| kept.change_set.as_ref());
    kept.is_none_or(|arn| saved.is_of(arn, at))
}

async fn look(
    plan: &Plan,
    sessions: &Sessions,
    (at, planned): (usize, &PlannedStack),
) -> Option<Unlike> {
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
) -> Result<Option<Unlike>, CallError> {
    let found = stacks.find(name).await?;
    let kept = planned.kept.as_ref().and_then(|kept| kept.change_set.as_ref());
    if let Some(stack_move) = moved(planned, found.as_ref()) {
        let why = why_moved(&stack_move, found.as_ref(), stacks).await;
        let is_executed = match kept {
            Some(kept) => was_executed(stacks, kept, found.as_ref(), planned).await,
            None => false,
        };
        let why = if is_executed { format!("its change set was executed: {why}") } else { why };
        return Ok(Some(Unlike { why, is_executed }));
    }
    let Some(change_set) = kept else { return Ok(None) };
    Ok(match stacks.kept_change_set(change_set, planned.stack_id.as_deref()).await? {
        KeptChangeSet::Executable => None,
        KeptChangeSet::Gone => Some(Unlike::because("its change set is gone")),
        KeptChangeSet::Spent(status) => {
            let is_executed = status.starts_with(EXECUTION);
            Some(Unlike { why: format!("its change set is {status}"), is_executed })
        }
    })
}

/// Whether somebody executed the change set of a stack that moved. What cannot be read is taken for not so.
async fn was_executed(
    stacks: &Stacks,
    change_set: &str,
    found: Option<&Stack>,
    planned: &PlannedStack,
) -> bool {
    if found.is_some_and(|found| found.change_set.as_deref() == Some(change_set)) {
        return true;
    }
    match stacks.kept_change_set(change_set, planned.stack_id.as_deref()).await {
        Ok(KeptChangeSet::Spent(status)) => status.starts_with(EXECUTION),
        Ok(KeptChangeSet::Executable | KeptChangeSet::Gone) | Err(_) => false,
    }
}
