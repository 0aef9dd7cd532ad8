//! Secrets that a run does not know: what only its stacks hold by then.
//!
//! A rollback sends no secret: CloudFormation takes the value that the stack has. What a file or an output once
//! gave to the stack may be known nowhere else any more. What deletes reads no value that AWS keeps, and what
//! deploys reads it when the stack instance starts. What is not known cannot be looked for in a text, so that the texts
//! which may repeat it are withheld whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::mask::MASK;
use crate::event::{EventKind, Failure, FailureKind};
use crate::name::InstanceId;
use crate::plan::{Plan, PlannedValue, SecretPiece, SecretSource, StackInstance};
use crate::template::{SecretUses, Template};

/// What stands in place of a reason.
const WITHHELD: &str =
    "not shown, as it may repeat a secret of the stack that this run does not know";

/// The stack instances whose stacks hold a secret that is not known.
#[derive(Default)]
pub struct UnknownSecrets(BTreeMap<InstanceId, Unknown>);

struct Unknown {
    template: Arc<Template>,
    /// The names of the parameters that are not known.
    parameters: BTreeSet<String>,
    /// The names of those that stay unknown once the values that AWS keeps are read.
    kept: BTreeSet<String>,
    /// Whether nobody knows where they go.
    are_anywhere: bool,
}

impl UnknownSecrets {
    /// Returns the stack instances of a plan with a secret of which it does not know the value. What the stacks go back to
    /// may be made by another template.
    pub fn of_rollback(plan: &Plan) -> Self {
        Self::among(plan, true, |value| value.as_text().is_none())
    }

    /// Returns the stack instances of a plan with a secret that their stack keeps, or that AWS keeps, until it is
    /// read.
    pub fn of_forward_run(plan: &Plan) -> Self {
        Self::among(plan, false, |value| value.lookups().next().is_some())
    }

    fn among(plan: &Plan, goes_back: bool, is_unknown: impl Fn(&PlannedValue) -> bool) -> Self {
        let unknown = plan.instances.iter().filter_map(|instance| {
            let template = instance.desired()?.template.clone();
            // Only a macro tells where they go, or nobody.
            let is_open = template.is_unknown() || template.may_add_outputs;
            let mut parameters = unknown_parameters(instance, &is_unknown);
            let mut kept = unknown_parameters(instance, |_| false);
            if goes_back {
                kept.extend(parameters_by_default(instance));
                parameters.extend(kept.iter().cloned());
            }
            let has_some = template.is_unknown() || !parameters.is_empty();
            let are_anywhere = goes_back || is_open;
            let unknown = Unknown { template, parameters, kept, are_anywhere };
            has_some.then(|| (instance.id.clone(), unknown))
        });
        Self(unknown.collect())
    }

    /// Takes in that something was sent for stack instances before the run was resumed: the secrets that they were given
    /// then are kept nowhere, and those of today may be others, but for what stands in a file that is as it was.
    pub fn sent_before(
        &mut self,
        plan: &Plan,
        touched: &BTreeSet<&InstanceId>,
        unchanged: &BTreeSet<PathBuf>,
    ) {
        for instance in plan.instances.iter().filter(|one| touched.contains(&one.id)) {
            let Some(desired) = instance.desired() else { continue };
            let given = unknown_parameters(instance, |value| !stands_in(value, unchanged));
            if given.is_empty() {
                continue;
            }
            let template = desired.template.clone();
            let are_anywhere = template.is_unknown() || template.may_add_outputs;
            let unknown = self.0.entry(instance.id.clone()).or_insert_with(|| Unknown {
                template,
                parameters: BTreeSet::new(),
                kept: BTreeSet::new(),
                are_anywhere,
            });
            unknown.parameters.extend(given.iter().cloned());
            unknown.kept.extend(given);
        }
    }

    /// Takes in that what AWS keeps for a stack instance is known.
    pub fn learn(&mut self, instance: &InstanceId) {
        let Some(unknown) = self.0.get_mut(instance) else { return };
        unknown.parameters.clone_from(&unknown.kept);
        if unknown.parameters.is_empty() && !unknown.template.is_unknown() {
            self.0.remove(instance);
        }
    }

    /// Returns the names of the parameters of a stack instance that are not known.
    pub fn parameters(&self, instance: &InstanceId) -> BTreeSet<String> {
        self.0.get(instance).map(|unknown| unknown.parameters.clone()).unwrap_or_default()
    }

    /// Withholds what may repeat a secret that is not known.
    pub fn withhold_in(&self, kind: &mut EventKind) {
        match kind {
            EventKind::StackChanged { instance, reason, .. }
                if self.0.get(instance).is_some_and(|unknown| unknown.are_anywhere) =>
            {
                *reason = reason.take().map(|_| WITHHELD.to_owned());
            }
            EventKind::ResourceChanged { instance, resource, reason, .. }
                if self.0.get(instance).is_some_and(|unknown| unknown.is_told_to(resource)) =>
            {
                *reason = reason.take().map(|_| WITHHELD.to_owned());
            }
            EventKind::InstanceFinished { end } => {
                let Some(unknown) = self.0.get(&end.instance) else { return };
                let outputs = end.outputs.iter_mut();
                let telling = outputs.filter(|(name, _)| unknown.may_stand_in(name));
                telling.for_each(|(_, value)| MASK.clone_into(value));
                let failure = end.failure.as_mut().filter(|failure| quotes_stack(failure.kind));
                failure.into_iter().for_each(|failure| unknown.withhold_in_failure(failure));
            }
            _ => {}
        }
    }
}

impl Unknown {
    fn uses(&self) -> impl Iterator<Item = &SecretUses> {
        self.parameters.iter().filter_map(|name| self.template.secret_uses.get(name))
    }

    fn may_stand_in(&self, output: &str) -> bool {
        self.are_anywhere || self.uses().any(|uses| uses.may_stand_in(output))
    }

    /// Whether a resource is given one, itself or within a nested stack.
    fn is_told_to(&self, resource: &str) -> bool {
        let own = resource.split(['/', '.']).next().unwrap_or(resource);
        self.are_anywhere || self.uses().any(|uses| uses.resources.contains(own))
    }

    fn withhold_in_failure(&self, failure: &mut Failure) {
        failure.message = match &failure.resource {
            Some(resource) if self.is_told_to(resource) => {
                format!("{resource} failed; its reason is {WITHHELD}")
            }
            None if self.are_anywhere => format!("the stack failed; its reason is {WITHHELD}"),
            _ => return,
        };
        failure.help = Some("look at the stack's events in CloudFormation's console".to_owned());
        failure.findings.clear();
    }
}

/// Whether all that is secret in a value stands in some of these files.
fn stands_in(value: &PlannedValue, files: &BTreeSet<PathBuf>) -> bool {
    let stands_there = |piece: &SecretPiece| match &piece.source {
        SecretSource::File(path) => files.contains(path),
        SecretSource::Env { .. } => false,
    };
    value.as_text().is_some() && value.secret_pieces().all(stands_there)
}

/// Returns the names of the `NoEcho` parameters of a stack instance that are not known: those given that are such, and
/// those not given, which the stack keeps. One that has a default counts as known where nothing else is given: an
/// output that holds another is found by that.
pub fn unknown_parameters(
    instance: &StackInstance,
    is_unknown: impl Fn(&PlannedValue) -> bool,
) -> BTreeSet<String> {
    let Some(desired) = instance.desired() else { return BTreeSet::new() };
    let declared = desired.template.parameters.iter().filter(|(_, declared)| declared.is_secret);
    let unknown = declared.filter(|(name, declared)| {
        let given = desired.parameters.iter().find(|given| given.name == **name);
        given.map_or(declared.default.is_none(), |given| is_unknown(&given.value))
    });
    unknown.map(|(name, _)| name.clone()).collect()
}

/// Returns the names of the `NoEcho` parameters of a stack instance that are not given and have a default: what it was
/// at the time of a run is not known later.
fn parameters_by_default(instance: &StackInstance) -> BTreeSet<String> {
    let Some(desired) = instance.desired() else { return BTreeSet::new() };
    let is_given = |name: &str| desired.parameters.iter().any(|given| given.name == name);
    let declared = desired.template.parameters.iter();
    let unknown = declared.filter(|(name, declared)| {
        declared.is_secret && declared.default.is_some() && !is_given(name)
    });
    unknown.map(|(name, _)| name.clone()).collect()
}

/// Whether a failure of this kind is told with what CloudFormation or a resource says of the stack's values.
fn quotes_stack(kind: FailureKind) -> bool {
    match kind {
        FailureKind::ResourceFailed
        | FailureKind::StackFailed
        | FailureKind::StackStuck
        | FailureKind::Refused
        | FailureKind::NotPlanned => true,
        FailureKind::NoCredentials
        | FailureKind::WrongAccount
        | FailureKind::RoleRefused
        | FailureKind::AccessDenied
        | FailureKind::InsufficientCapabilities
        | FailureKind::NeedFailed
        | FailureKind::WaveStopped
        | FailureKind::NotApproved
        | FailureKind::EnvironmentFailed
        | FailureKind::OutputMissing
        | FailureKind::Cancelled
        | FailureKind::CannotGoBack
        | FailureKind::JournalLost
        | FailureKind::StillMoving
        | FailureKind::TimedOut
        | FailureKind::Unreachable
        | FailureKind::Throttled
        | FailureKind::Guarded => false,
    }
}
