//! Secrets that a run does not know: what only its stacks hold by then.
//!
//! A rollback sends no secret: CloudFormation takes the value that the stack has. What a file or an output once
//! gave to the stack may be known nowhere else any more. What deletes reads no value that AWS keeps, and what
//! deploys reads it when the stack instance starts. What is not known cannot be looked for in a text, so that the texts
//! which may repeat it are withheld whole.

use std::collections::BTreeSet;

use super::mask::MASK;
use crate::event::{EventKind, Failure, FailureKind, InstanceEnd};
use crate::name::InstanceId;
use crate::plan::{Plan, StackInstance};

/// What stands in place of a reason.
const WITHHELD: &str =
    "not shown, as it may repeat a secret of the stack that this run does not know";

/// The stack instances whose stacks hold a secret that is not known.
#[derive(Default)]
pub(super) struct UnknownSecrets(BTreeSet<InstanceId>);

impl UnknownSecrets {
    /// Returns the stack instances of a plan whose template has a `NoEcho` parameter for which the plan knows
    /// no value, or of which not even the template is known.
    pub fn of(plan: &Plan) -> Self {
        let unknown = plan.instances.iter().filter(|instance| has_unknown(instance));
        Self(unknown.map(|instance| instance.id.clone()).collect())
    }

    /// Returns the stack instances of a plan that have a secret which AWS keeps, until it is read.
    pub fn of_lookups(plan: &Plan) -> Self {
        let is_unread = |it: &&StackInstance| it.secret_lookups().next().is_some();
        let unread = plan.instances.iter().filter(is_unread);
        Self(unread.map(|instance| instance.id.clone()).collect())
    }

    /// Takes in that the secrets of a stack instance are known.
    pub fn learn(&mut self, instance: &InstanceId) {
        self.0.remove(instance);
    }

    /// Withholds what may repeat a secret that is not known.
    pub fn withhold_in(&self, kind: &mut EventKind) {
        if let EventKind::StackChanged { instance, reason, .. }
        | EventKind::ResourceChanged { instance, reason, .. } = kind
            && self.0.contains(instance)
        {
            *reason = reason.take().map(|_| WITHHELD.to_owned());
        }
        if let EventKind::InstanceFinished { end } = kind
            && self.0.contains(&end.instance)
        {
            withhold_in_end(end);
        }
    }
}

/// Whether a stack may hold a secret of which the plan does not know the value.
fn has_unknown(instance: &StackInstance) -> bool {
    let Some(desired) = instance.desired() else { return false };
    let is_known = |name: &str| {
        let given = desired.parameters.iter().find(|parameter| parameter.name == name);
        given.is_some_and(|parameter| parameter.value.as_text().is_some())
    };
    let declared = &desired.template.parameters;
    let has_unknown = declared.iter().any(|(name, it)| it.is_secret && !is_known(name));
    has_unknown || desired.template.file.text.is_empty()
}

fn withhold_in_end(end: &mut InstanceEnd) {
    end.outputs.values_mut().for_each(|value| MASK.clone_into(value));
    if let Some(failure) = end.failure.as_mut().filter(|failure| quotes_stack(failure.kind)) {
        withhold_in_failure(failure);
    }
}

fn withhold_in_failure(failure: &mut Failure) {
    failure.message = match &failure.resource {
        Some(resource) => format!("{resource} failed; its reason is {WITHHELD}"),
        None => format!("the stack failed; its reason is {WITHHELD}"),
    };
    failure.help = Some("look at the stack's events in CloudFormation's console".to_owned());
    failure.findings.clear();
}

/// Whether a failure of this kind is told with what CloudFormation or a resource says of the stack's values.
fn quotes_stack(kind: FailureKind) -> bool {
    match kind {
        FailureKind::ResourceFailed
        | FailureKind::StackFailed
        | FailureKind::StackStuck
        | FailureKind::Refused => true,
        FailureKind::NoCredentials
        | FailureKind::WrongAccount
        | FailureKind::RoleRefused
        | FailureKind::AccessDenied
        | FailureKind::InsufficientCapabilities
        | FailureKind::NeedFailed
        | FailureKind::WaveStopped
        | FailureKind::EnvironmentFailed
        | FailureKind::OutputMissing
        | FailureKind::Cancelled
        | FailureKind::CannotGoBack
        | FailureKind::JournalLost
        | FailureKind::StillMoving
        | FailureKind::TimedOut
        | FailureKind::Unreachable
        | FailureKind::Throttled => false,
    }
}
