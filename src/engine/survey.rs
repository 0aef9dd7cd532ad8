//! Looks at stacks without changing any: for `status`, `outputs`, and needs outside a selection.

use std::collections::BTreeSet;
use std::pin::pin;

use futures::stream::{self, StreamExt};

use super::certain_output;
use super::deployed_stacks::DeployedStacks;
use super::instance_work::InstanceWork;
use super::known_outputs::ReadOutputs;
use super::lookup_places::LookupPlaces;
use super::lookups::secrets_of;
use super::secrets::{SecretValues, unknown_parameters};
use super::stack_of_others;
use crate::cloud::{CallError, Stack};
use crate::event::{Failure, FailureKind};
use crate::plan::{Plan, PlannedValue};
use crate::sessions::Sessions;
use crate::template::Template;

/// How many stacks are looked at together when no limit is given.
const LOOKS_AT_ONCE: usize = 64;

/// A stack instance as it stands.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// Which, as a position in the plan.
    pub index: usize,
    /// The stack, `None` if there is none, or why it could not be looked at.
    pub found: Result<Option<Stack>, Failure>,
    /// Its outputs in which `?` may stand for a character that CloudFormation does not show.
    pub uncertain_outputs: BTreeSet<String>,
}

impl Surveyed {
    /// Returns the same where it is known what earlier runs sent: a `?` among that is one.
    pub fn with_deployed(self, plan: &Plan, deployed: &DeployedStacks) -> Self {
        let Ok(Some(stack)) = &self.found else { return self };
        let template = plan.instances[self.index].template();
        let sent = deployed.sent(&stack.id, stack.changed);
        let mut uncertain_outputs = certain_output::uncertain_outputs(template, stack, sent);
        uncertain_outputs.retain(|name| self.uncertain_outputs.contains(name));
        Self { uncertain_outputs, ..self }
    }
}

/// Looks at every selected stack instance of a plan, in its order.
pub async fn survey(plan: &Plan, sessions: &Sessions, on_read: impl Fn()) -> Vec<Surveyed> {
    let selected = (0..plan.instances.len()).filter(|&i| !plan.instances[i].is_only_read());
    survey_some(sessions, plan, &selected.collect::<Vec<_>>(), on_read).await
}

/// Looks at some stack instances of a plan, given as positions, in this order. `sessions` are the plan's.
pub async fn survey_some(
    sessions: &Sessions,
    plan: &Plan,
    positions: &[usize],
    on_read: impl Fn(),
) -> Vec<Surveyed> {
    let secrets = &SurveySecrets::of(sessions, plan).await;
    stream::iter(positions.iter().copied())
        .map(|index| look((sessions, plan), secrets, index))
        .buffered(LOOKS_AT_ONCE)
        .inspect(|_| on_read())
        .collect()
        .await
}

/// The secrets that what stands may repeat, as far as they can be read.
pub(super) struct SurveySecrets {
    /// The values of those that are known.
    pub known: SecretValues,
    /// The names of the parameters of each stack instance, by its position, whose secret is not known.
    unknown: Vec<BTreeSet<String>>,
}

impl SurveySecrets {
    /// Reads those that AWS keeps for the stack instances of a plan.
    pub async fn of(sessions: &Sessions, plan: &Plan) -> Self {
        let places = &LookupPlaces::of(plan);
        let mut secrets = Self { known: SecretValues::of(plan), unknown: Vec::new() };
        let read = stream::iter(&plan.instances)
            .map(async |it| (it, secrets_of(it, (sessions, plan), places).await));
        let mut read = pin!(read.buffered(LOOKS_AT_ONCE));
        while let Some((instance, read)) = read.next().await {
            let is_looked_up = |value: &PlannedValue| value.lookups().next().is_some();
            secrets.unknown.push(unknown_parameters(instance, |value| match is_looked_up(value) {
                true => read.is_none(),
                false => value.as_text().is_none(),
            }));
            read.into_iter().flatten().for_each(|value| secrets.known.keep(&value));
        }
        secrets
    }
}

async fn look(
    (sessions, plan): (&Sessions, &Plan),
    secrets: &SurveySecrets,
    index: usize,
) -> Surveyed {
    let found = found(sessions, plan, index).await;
    let template = plan.instances[index].template();
    let uncertain = |stack: &Stack| certain_output::uncertain_outputs(template, stack, None);
    let uncertain_outputs = found.iter().flatten().next().map(uncertain).unwrap_or_default();
    let unknown = &secrets.unknown[index];
    let hidden = |stack: Stack| {
        let outputs = match has_foreign_secret(template, &stack) {
            true => SecretValues::withheld(stack.outputs),
            false => secrets.known.shown_outputs(template, stack.outputs, unknown),
        };
        Stack { outputs, ..stack }
    };
    Surveyed { index, found: found.map(|stack| stack.map(hidden)), uncertain_outputs }
}

/// Whether a stack has a `NoEcho` parameter that is none in the template as far as it is known here: whatever the
/// stack was made of may have written it anywhere.
fn has_foreign_secret(template: &Template, stack: &Stack) -> bool {
    let is_declared = |name: &str| template.parameters.get(name).is_some_and(|it| it.is_secret);
    let mut masked = stack.parameters.iter().filter(|parameter| parameter.value.is_none());
    masked.any(|parameter| !is_declared(&parameter.name))
}

async fn found(sessions: &Sessions, plan: &Plan, index: usize) -> Result<Option<Stack>, Failure> {
    let instance = &plan.instances[index];
    let session = sessions.enter(instance.account).await.session.map_err(Clone::clone)?;
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let found = stacks.find(instance.stack_name.as_str()).await;
    found.map_err(|error| error.into_failure(&stacks.account))
}

/// Reads the outputs of a stack instance that the run does not deploy, once it has settled.
///
/// # Errors
/// When it cannot be read, is not there, or does not stand well enough to build on.
pub(super) async fn read(work: &InstanceWork) -> Result<ReadOutputs, Failure> {
    let name = work.instance().stack_name.as_str();
    let unknown = || Failure::new(FailureKind::Cancelled, "the run was cancelled");
    let stacks = work.stacks().await.map_err(|end| end.failure.unwrap_or_else(unknown))?;
    let refused = |error: CallError| error.into_failure(&stacks.account);
    let found = stack_of_others::find(&stacks, name, work.instance().template());
    let found = work.unless_stopped(found).await.ok_or_else(unknown)?.map_err(refused)?;
    let Some(stack) = found else { return Err(absent(work)) };
    if stack_of_others::may_be_built_on(&stack) {
        let sent = work.deployed_stacks.sent(&stack.id, stack.changed);
        let template = work.instance().template();
        let uncertain = certain_output::uncertain_outputs(template, &stack, sent);
        return Ok(ReadOutputs { values: stack.outputs, uncertain });
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
