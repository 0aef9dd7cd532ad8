//! Looks at stacks without changing any: for `status`, `outputs`, and needs outside a selection.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};

use super::instance_work::InstanceWork;
use super::secrets::SecretValues;
use crate::cloud::{CallError, Cloud, Stack, StackState};
use crate::event::{Failure, FailureKind, StackAction};
use crate::plan::Plan;
use crate::sessions::Sessions;
use crate::status::Approach;

/// How many stacks are looked at together when no limit is given.
const LOOKS_AT_ONCE: usize = 64;

/// A stack instance as it stands.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// Which, as a position in the plan.
    pub index: usize,
    /// The stack, `None` if there is none, or why it could not be looked at.
    pub found: Result<Option<Stack>, Failure>,
}

/// Looks at every selected stack instance of a plan, in its order.
pub async fn survey(plan: Arc<Plan>, cloud: &Cloud, on_read: impl Fn()) -> Vec<Surveyed> {
    let sessions = Sessions::new(cloud.clone(), plan.clone());
    let secrets = SecretValues::of(&plan);
    let selected = (0..plan.instances.len()).filter(|&i| !plan.instances[i].is_only_read());
    stream::iter(selected)
        .map(|index| {
            let (sessions, plan, secrets) = (&sessions, &plan, &secrets);
            async move { Surveyed { index, found: look(sessions, plan, secrets, index).await } }
        })
        .buffered(LOOKS_AT_ONCE)
        .inspect(|_| on_read())
        .collect()
        .await
}

async fn look(
    sessions: &Sessions,
    plan: &Plan,
    secrets: &SecretValues,
    index: usize,
) -> Result<Option<Stack>, Failure> {
    let instance = &plan.instances[index];
    let session = sessions.enter(instance.account).await.session.map_err(Clone::clone)?;
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let found = stacks.find(instance.stack_name.as_str()).await;
    let found = found.map_err(|error| error.into_failure(&stacks.account))?;
    Ok(found.map(|stack| Stack { outputs: secrets.hidden(stack.outputs), ..stack }))
}

/// Reads the outputs of a stack instance that the run does not deploy, once it has settled.
///
/// # Errors
/// When it cannot be read, is not there, or does not stand well enough to build on.
pub(super) async fn read(work: &InstanceWork) -> Result<BTreeMap<String, String>, Failure> {
    let name = work.instance().stack_name.as_str();
    let unknown = || Failure::new(FailureKind::Cancelled, "the run was cancelled");
    let stacks = work.stacks().await.map_err(|end| end.failure.unwrap_or_else(unknown))?;
    let refused = |error: CallError| error.into_failure(&stacks.account);
    let found = work.unless_stopped(stacks.find(name)).await.ok_or_else(unknown)?;
    let Some(mut stack) = found.map_err(refused)? else {
        return Err(absent(work));
    };
    if !stack.status.is_settled() {
        let mut followed = stacks.follow(&stack.id, work.operation(StackAction::Wait, None, None));
        stack = loop {
            let looked = work.unless_stopped(followed.look()).await.ok_or_else(unknown)?;
            match looked.map_err(refused)?.1 {
                StackState::Moving => {}
                StackState::Gone => return Err(absent(work)),
                StackState::Settled(stack) => break *stack,
            }
        };
    }
    if stack.status.approach() == Approach::Update {
        return Ok(stack.outputs);
    }
    let message = format!("{} is outside the selection and stands in {}", work.id(), stack.status);
    Err(Failure::new(FailureKind::NeedFailed, message).with_help("deploy it first"))
}

fn absent(work: &InstanceWork) -> Failure {
    Failure::new(
        FailureKind::OutputMissing,
        format!("{} is outside the selection and does not stand in the cloud", work.id()),
    )
    .with_help("deploy it first, or select it as well")
}
