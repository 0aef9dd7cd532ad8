//! What is worth saying of a run's events, and of whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, InstanceEnd, RunEvent, StackAction,
};
use crate::name::{EnvironmentName, InstanceId};
use crate::report::clusters;
use crate::report::clusters::CauseKey;
use crate::report::fold::standing::Standing;
use crate::report::fold::state::RunState;
use crate::report::messages::sentences;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// Above this many stack instances, a screen keeps no line for each of them.
const MANY: usize = 40;

/// Resources that fail for the cause of so many before them are told in short.
const FEW: usize = 5;

/// Which events are worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything but noise, for a log that is read afterwards.
    Log,
    /// What must stay on a screen that shows elsewhere what runs: waves, ends and failures; of a
    /// run with many stack instances no ends, and each cause of failures once.
    Essential,
}

/// Chooses what is said, each thing once.
#[derive(Clone, Debug)]
pub struct Telling {
    palette: Palette,
    detail: Detail,
    /// The waves that were told already.
    waves: BTreeSet<(EnvironmentName, usize)>,
    /// Why the rollout stopped, as far as it was told already.
    stops: BTreeSet<String>,
    /// The failures of resources that were told already.
    told: BTreeSet<(InstanceId, String)>,
    /// How many resources failed for each cause.
    causes: BTreeMap<CauseKey, usize>,
    /// How many accounts were waited for until IAM's last change counts.
    awaited: usize,
    /// How often a stack could not be seen.
    unseen: usize,
}

impl Telling {
    /// Returns a telling that has said nothing yet.
    pub fn new(palette: Palette, detail: Detail) -> Self {
        Self {
            palette,
            detail,
            waves: BTreeSet::new(),
            stops: BTreeSet::new(),
            told: BTreeSet::new(),
            causes: BTreeMap::new(),
            awaited: 0,
            unseen: 0,
        }
    }

    /// Returns what is to be said of an event and of whom; `None` if nothing.
    pub fn texts(
        &mut self,
        event: &RunEvent,
        state: &RunState,
    ) -> Option<(Option<String>, Vec<String>)> {
        let of = |id: &InstanceId, text: String| Some((Some(state.label(id)), vec![text]));
        match &event.kind {
            EventKind::CancelRequested { at_once } => {
                Some((None, vec![sentences::cancelled(*at_once, self.palette)]))
            }
            EventKind::AccountRefused { environment, account, account_id, failure } => {
                let cluster = state.failures.of_refusal(environment, account, account_id, failure);
                let texts = sentences::refused(
                    failure,
                    cluster.map_or(1, |c| c.members.len()),
                    self.palette,
                )?;
                Some((Some(state.account_label(environment, account)), texts))
            }
            EventKind::InstanceFinished { end } if is_of_rollout(end) => {
                Some((None, vec![self.stopped(end.failure.as_ref()?)?]))
            }
            EventKind::InstanceFinished { end }
                if self.is_terse(state) && !is_first(end, state) =>
            {
                None
            }
            EventKind::InstanceFinished { end } => {
                of(&end.instance, self.finished(end, state).filter(|_| !is_told(end, state))?)
            }
            // The end of the stack instance tells it as well.
            EventKind::ResourceChanged { .. } if self.is_terse(state) => None,
            EventKind::ResourceChanged { instance, resource, status, reason, .. }
                if status.is_failed() =>
            {
                let reason = reason.as_deref()?;
                let is_whole = self.is_one_of_few(instance, resource, reason, state);
                let failed =
                    sentences::resource_failed(resource, status, reason, is_whole, self.palette)?;
                self.told.insert((instance.clone(), resource.clone()));
                of(instance, failed)
            }
            EventKind::InstanceStarted { instance } => {
                let text = self.wave_begun(instance, state)?;
                let several = state.has_several_environments();
                Some((several.then(|| instance.environment.to_string()), vec![text]))
            }
            EventKind::PermissionAwaited { account_id, operation } => {
                self.awaited += 1;
                let of_it = state.instances.iter().map(|i| &i.announced);
                let labels: BTreeSet<String> = of_it
                    .filter(|announced| announced.account_id == *account_id)
                    .map(|of| state.account_label(&of.id.environment, &of.id.account))
                    .collect();
                // Several files may name it differently; a role on the way is in none of them.
                let label = match labels.len() {
                    1 => labels.into_iter().next().expect("there is one"),
                    _ => account_id.to_string(),
                };
                Some((Some(label), vec![sentences::awaited(operation, self.awaited)?]))
            }
            EventKind::StackUnseen { instance, reason } => {
                self.unseen += 1;
                of(instance, sentences::unseen(reason, self.unseen, self.palette)?)
            }
            EventKind::LoginEnded { account_id, from, reason, remedy } => {
                Some((None, sentences::login_ended(account_id, from, reason, remedy, self.palette)))
            }
            EventKind::LoginRenewed { account_id } => Some((
                None,
                vec![format!("there is a new login of account {account_id}: going on")],
            )),
            _ if self.detail == Detail::Essential => None,
            EventKind::RunStarted { operation, instances, .. } => {
                Some((None, vec![sentences::started(*operation, instances, state)]))
            }
            EventKind::RunFinished { result, .. } => {
                Some((None, vec![sentences::ended(*result, state, self.palette)]))
            }
            EventKind::AccountEntered { environment, account, account_id, caller } => {
                let label = state.account_label(environment, account);
                let caller = caller.splitn(6, ':').nth(5).unwrap_or(caller);
                Some((
                    Some(label),
                    vec![format!("entered {account_id} as {}", prose::one_line(caller))],
                ))
            }
            EventKind::ActionStarted { instance, action, found, .. } => {
                let declared = state.instance(instance).map(|i| i.announced.resources);
                of(instance, sentences::acting(*action, found.as_ref(), declared.unwrap_or(0)))
            }
            EventKind::RollbackStarted { instances } => {
                Some((None, vec![sentences::going_back(instances.len(), self.palette)]))
            }
            EventKind::RollbackPostponed { unknown } => {
                Some((None, vec![sentences::not_yet_back(unknown, state, self.palette)]))
            }
            EventKind::RunResumed { .. } => Some((None, vec![sentences::resumed(state)])),
            EventKind::ActionIntended { .. } | EventKind::PrecedentTimed { .. } => None,
            EventKind::StackChanged { instance, status, reason } => {
                let text = sentences::stack_changed(
                    status,
                    reason.as_deref(),
                    is_foreign(instance, state),
                    self.palette,
                );
                of(instance, text?)
            }
            EventKind::ResourceChanged { instance, resource, resource_type, status, .. } => {
                let foreign = is_foreign(instance, state) && status.is_settled();
                foreign.then(|| {
                    of(instance, prose::one_line(&format!("{resource} ({resource_type}) {status}")))
                })?
            }
        }
    }

    /// Whether only what matters to all is worth a line.
    fn is_terse(&self, state: &RunState) -> bool {
        self.detail == Detail::Essential && state.instances.len() > MANY
    }

    /// Whether a resource is one of the first that failed for its cause.
    fn is_one_of_few(
        &mut self,
        instance: &InstanceId,
        resource: &str,
        reason: &str,
        state: &RunState,
    ) -> bool {
        let Some(instance) = state.instance(instance) else { return true };
        let failure = Failure::new(FailureKind::ResourceFailed, reason);
        let failure = Failure { resource: Some(resource.to_owned()), ..failure };
        let count =
            self.causes.entry(clusters::resource_key(&failure, &instance.announced)).or_default();
        *count += 1;
        *count <= FEW
    }

    /// Returns the line for a wave of which this is the first stack instance to start.
    fn wave_begun(&mut self, instance: &InstanceId, state: &RunState) -> Option<String> {
        let (number, count) = state.wave(&state.instance(instance)?.announced)?;
        let environment = &instance.environment;
        if !self.waves.insert((environment.clone(), number)) {
            return None;
        }
        let announced = state.instances.iter().map(|instance| &instance.announced);
        let of_wave: Vec<&AnnouncedInstance> = announced
            .filter(|a| a.id.environment == *environment && a.wave == Some(number))
            .collect();
        Some(format!("wave {number}/{count}: {}", sentences::extent(of_wave)))
    }

    /// Returns the line for why the rollout stopped, the first time it is said.
    fn stopped(&mut self, failure: &Failure) -> Option<String> {
        let is_new = self.stops.insert(failure.message.clone());
        let text = format!("{}: nothing more is started", words::cause(failure));
        is_new.then(|| self.palette.caution(&text))
    }

    /// Returns how an instance ended; its cause is not repeated.
    fn finished(&self, end: &InstanceEnd, state: &RunState) -> Option<String> {
        let Standing::Finished(finished) = &state.instance(&end.instance)?.standing else {
            return None;
        };
        let cause = end.failure.as_ref().map(|failure| match &failure.resource {
            Some(resource) if self.told.contains(&(end.instance.clone(), resource.clone())) => {
                prose::one_line(&format!("{resource} failed"))
            }
            Some(_) | None => words::cause(failure),
        });
        Some(sentences::finished(end, finished.duration, cause, self.palette))
    }
}

/// Whether an operation that is not ours is being waited for.
fn is_foreign(id: &InstanceId, state: &RunState) -> bool {
    match state.instance(id).map(|instance| &instance.standing) {
        Some(Standing::Running(running)) => running.action == Some(StackAction::Wait),
        Some(Standing::Waiting | Standing::Finished(_)) | None => false,
    }
}

/// Whether an instance was not started because the rollout stopped.
fn is_of_rollout(end: &InstanceEnd) -> bool {
    end.failure.as_ref().is_some_and(|failure| failure.kind.is_rollout())
}

/// Whether an instance's end follows from its account's refusal, which was said already.
fn is_told(end: &InstanceEnd, state: &RunState) -> bool {
    let follows =
        |failure: &Failure| failure.kind.is_entry() || failure.kind == FailureKind::NeedFailed;
    end.failure.as_ref().is_some_and(follows) && state.refusal(&end.instance).is_some()
}

/// Whether an instance is the first that failed for its cause.
fn is_first(end: &InstanceEnd, state: &RunState) -> bool {
    let announced = state.instance(&end.instance).map(|instance| &instance.announced);
    let cluster = announced.and_then(|announced| state.failures.of_end(announced, end));
    let first = cluster.and_then(|cluster| cluster.members.first()?.instances.first());
    first == Some(&end.instance)
}
