//! Looks at stacks without changing any: for `status`, `outputs`, and needs outside a selection.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};

use super::instance::Work;
use crate::cloud::{Cloud, Sessions, Stack};
use crate::event::{Failure, FailureKind};
use crate::plan::{Plan, Purpose};

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
pub async fn survey(plan: Arc<Plan>, cloud: &Cloud) -> Vec<Surveyed> {
    let sessions = Sessions::new(cloud.clone(), plan.clone());
    let selected =
        (0..plan.instances.len()).filter(|&i| plan.instances[i].purpose == Purpose::Deploy);
    stream::iter(selected)
        .map(|index| {
            let (sessions, plan) = (&sessions, &plan);
            async move { Surveyed { index, found: look(sessions, plan, index).await } }
        })
        .buffered(LOOKS_AT_ONCE)
        .collect()
        .await
}

async fn look(sessions: &Sessions, plan: &Plan, index: usize) -> Result<Option<Stack>, Failure> {
    let instance = &plan.instances[index];
    let session = sessions.enter(instance.account).await.session.map_err(Clone::clone)?;
    let stacks = session.stacks(&instance.id.region);
    let found = stacks.describe(instance.stack_name.as_str()).await;
    found.map_err(|error| error.into_failure(&stacks.account))
}

/// Reads the outputs of a stack instance that the run does not deploy.
///
/// # Errors
/// When it cannot be read or is not there.
pub(super) async fn read(work: &Work) -> Result<BTreeMap<String, String>, Failure> {
    let instance = work.instance();
    let stacks = work.stacks().await?;
    let found = stacks.describe(instance.stack_name.as_str()).await;
    let stack = found.map_err(|error| error.into_failure(&stacks.account))?;
    stack.map(|stack| stack.outputs).ok_or_else(|| {
        let id = work.id();
        Failure::new(
            FailureKind::OutputMissing,
            format!("{id} is outside the selection and does not stand in the cloud"),
        )
        .with_help("deploy it first, or select it as well")
    })
}
