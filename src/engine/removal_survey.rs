//! Looks at the stacks that a plan removes, without changing any: whether they stand, and are the very
//! ones that runs made.

use futures::stream::{self, StreamExt};

use crate::cloud::{Stack, Stacks};
use crate::event::Failure;
use crate::name::RunId;
use crate::plan::{Plan, RemovedStack};
use crate::sessions::Sessions;

/// How many stacks are looked at together.
const LOOKS_AT_ONCE: usize = 64;

/// How a stack that is to be removed stands.
#[derive(Clone, Debug)]
pub enum FoundRemoval {
    /// It stands, and is the one that a run made.
    Stands(Box<Stack>),
    /// It is gone.
    Gone,
    /// It is gone, and another one has its name.
    Replaced,
    /// It could not be looked at.
    Unknown(Failure),
}

/// Looks at every stack that a plan removes, in the plan's order; `on_read` hears of each.
pub async fn survey_removals(
    plan: &Plan,
    sessions: &Sessions,
    on_read: impl Fn(),
) -> Vec<FoundRemoval> {
    stream::iter(0..plan.instances.len())
        .map(async |index| look(plan, sessions, index).await.unwrap_or_else(FoundRemoval::Unknown))
        .buffered(LOOKS_AT_ONCE)
        .inspect(|_| on_read())
        .collect()
        .await
}

async fn look(plan: &Plan, sessions: &Sessions, index: usize) -> Result<FoundRemoval, Failure> {
    let instance = &plan.instances[index];
    let Some(removed) = instance.removed() else { return Ok(FoundRemoval::Gone) };
    let session = sessions.enter(instance.account).await.session.map_err(Clone::clone)?;
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let found = stacks.find(instance.stack_name.as_str()).await;
    let found = found.map_err(|error| error.into_failure(&stacks.account))?;
    let Some(found) = found else { return Ok(FoundRemoval::Gone) };
    Ok(match is_meant(&stacks, removed, &found).await? {
        true => FoundRemoval::Stands(Box::new(found)),
        false => FoundRemoval::Replaced,
    })
}

/// Whether a stack is the one that is to be removed: where its ARN is not known, the run that made it told
/// CloudFormation its own token.
async fn is_meant(stacks: &Stacks, removed: &RemovedStack, found: &Stack) -> Result<bool, Failure> {
    if let Some(stack_id) = &removed.stack_id {
        return Ok(*stack_id == found.id);
    }
    let is_of_run = |token: &str| is_creation_of(&removed.made_by, token);
    let made = stacks.has_token(&found.id, &is_of_run).await;
    made.map_err(|error| error.into_failure(&stacks.account))
}

/// Whether a token is that of a creation by a run.
fn is_creation_of(run: &RunId, token: &str) -> bool {
    let rest = token.strip_prefix("xdeploy-").and_then(|rest| rest.strip_prefix(run.as_str()));
    let action = rest.and_then(|rest| rest.strip_prefix('-')?.split_once('-'));
    action.is_some_and(|(index, action)| {
        index.bytes().all(|digit| digit.is_ascii_digit())
            && (action == "create" || action.starts_with("create-"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_a_creation_by_that_very_run_counts() {
        let run: RunId = "20261123-155602-k3f9".parse().expect("a run id");
        let is_its = |token: &str| is_creation_of(&run, token);
        assert!(is_its("xdeploy-20261123-155602-k3f9-12-create"));
        assert!(is_its("xdeploy-20261123-155602-k3f9-0-create-2"));
        for other in [
            "xdeploy-20261123-155602-k3f9-12-update",
            "xdeploy-20261123-155602-k3f9b-12-create",
            "xdeploy-20261123-155602-zzzz-12-create",
            "20261123-155602-k3f9-12-create",
            "",
        ] {
            assert!(!is_its(other), "{other}");
        }
    }
}
