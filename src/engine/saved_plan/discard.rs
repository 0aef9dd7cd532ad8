//! Deletes change sets that nobody will execute.

use std::time::Duration;

use futures::stream::{self, StreamExt};

use crate::cloud::{CallError, Deleted, Stacks};
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many are deleted together.
const DELETED_AT_ONCE: usize = 64;
/// The pauses before another try to delete one that is still being drawn up: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long it may take until one can be deleted.
const DELETED_WITHIN: Duration = Duration::from_secs(60);

/// A change set that was made, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeChangeSet {
    /// Its stack instance, as a position in the plan's.
    pub at: usize,
    /// Its name or ARN.
    pub name: String,
}

/// A change set that could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftChangeSet {
    /// Its stack instance.
    pub instance: InstanceId,
    /// Its name or ARN.
    pub name: String,
    /// Why it is left.
    pub why: String,
}

/// Deletes change sets of a plan, whose sessions these are; returns those that are left. One that is not there is deleted.
pub async fn discard_change_sets(
    plan: &Plan,
    sessions: &Sessions,
    made: Vec<MadeChangeSet>,
) -> Vec<LeftChangeSet> {
    stream::iter(made)
        .map(async |made| {
            let why = discarded(plan, sessions, &made).await.err()?;
            let instance = plan.instances[made.at].id.clone();
            Some(LeftChangeSet { instance, name: made.name, why })
        })
        .buffered(DELETED_AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}

async fn discarded(
    plan: &Plan,
    sessions: &Sessions,
    MadeChangeSet { at, name }: &MadeChangeSet,
) -> Result<(), String> {
    let instance = &plan.instances[*at];
    let session = sessions.enter(instance.account).await.session;
    let session = session.map_err(|failure| failure.message.clone())?;
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let deleting = Box::pin(delete_change_set(&stacks, instance.stack_name.as_str(), name));
    match tokio::time::timeout(DELETED_WITHIN, deleting).await {
        Ok(Ok(())) => Ok(()),
        // The stack is gone, and with it the change set.
        Ok(Err(error)) if error.is_no_such_stack() => Ok(()),
        Ok(Err(error)) => Err(error.text),
        Err(_) => Err("it is still being drawn up".to_owned()),
    }
}

/// Deletes a change set as soon as that can be done.
///
/// # Errors
/// When the account cannot be proven, or AWS refuses or does not answer.
pub async fn delete_change_set(stacks: &Stacks, stack: &str, name: &str) -> Result<(), CallError> {
    let proof = stacks.prove_account().await?;
    let mut pause = FIRST_PAUSE;
    while stacks.delete_change_set(stack, name, &proof).await? == Deleted::NotYet {
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
    Ok(())
}
