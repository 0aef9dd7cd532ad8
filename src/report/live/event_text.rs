//! The log level of a run: which events are worth a line, and what it says; each thing once.

use std::collections::{BTreeMap, BTreeSet};

use super::event_message::EventMessage;
use super::told_elsewhere::{is_first, is_foreign, is_of_rollout, is_told};
use crate::event::{EventKind, Failure, FailureKind, InstanceEnd, RunEvent};
use crate::name::{EnvironmentName, InstanceId};
use crate::report::clusters;
use crate::report::clusters::CauseKey;
use crate::report::fold::lifecycle::InstanceStatus;
use crate::report::fold::state::RunState;
use crate::report::messages::{control, gates, sentences};
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// Above this many stack instances, a screen keeps no line for each of them.
const MANY: usize = 40;

/// Resources that fail for the cause of so many before them are told in short.
const FEW: usize = 5;

/// Which events are worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Everything but noise, for a log that is read afterwards.
    Log,
    /// What must stay on a screen that shows elsewhere what runs: waves, ends and failures; of a
    /// run with many stack instances no ends, and each cause of failures once.
    Essential,
}

/// Turns events into messages, and remembers what was said.
#[derive(Clone, Debug)]
pub struct EventText {
    palette: Palette,
    verbosity: Verbosity,
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

impl EventText {
    /// Returns one that has said nothing yet.
    pub fn new(palette: Palette, verbosity: Verbosity) -> Self {
        Self {
            palette,
            verbosity,
            waves: BTreeSet::new(),
            stops: BTreeSet::new(),
            told: BTreeSet::new(),
            causes: BTreeMap::new(),
            awaited: 0,
            unseen: 0,
        }
    }

    /// Returns what is to be said of an event that `state` has already taken in; `None` if nothing.
    pub fn of(&mut self, event: &RunEvent, state: &RunState) -> Option<EventMessage> {
        match &event.kind {
            EventKind::RunStarted { .. }
            | EventKind::RunResumed { .. }
            | EventKind::RollbackStarted { .. }
            | EventKind::RollbackPostponed { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. }
            | EventKind::RunFinished { .. } => self.of_run(&event.kind, state),
            EventKind::GateReached { .. } | EventKind::GateOpened { .. } => {
                Some(EventMessage::lines(gates::sentences(&event.kind, state, self.palette)))
            }
            EventKind::AccountEntered { .. }
            | EventKind::AccountRefused { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::LoginEnded { .. }
            | EventKind::LoginRenewed { .. } => self.of_account(&event.kind, state),
            EventKind::InstanceStarted { .. }
            | EventKind::ValueRead { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::ActionIntended { .. }
            | EventKind::ActionStarted { .. }
            | EventKind::InstanceFinished { .. } => self.of_instance(&event.kind, state),
            EventKind::PrecedentTimed { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::StackChanged { .. }
            | EventKind::StackUnseen { .. }
            | EventKind::ResourceChanged { .. } => self.of_stack(&event.kind, state),
        }
    }

    fn of_run(&self, kind: &EventKind, state: &RunState) -> Option<EventMessage> {
        let text = match kind {
            EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. } => control::sentence(kind, state, self.palette)?,
            _ if self.verbosity == Verbosity::Essential => return None,
            EventKind::RunStarted { operation, instances, .. } => {
                sentences::started(*operation, instances, state)
            }
            EventKind::RunResumed { .. } => sentences::resumed(state),
            EventKind::RollbackStarted { instances } => {
                sentences::going_back(instances.len(), self.palette)
            }
            EventKind::RollbackPostponed { unknown } => {
                sentences::not_yet_back(unknown, state, self.palette)
            }
            EventKind::RunFinished { result, .. } => sentences::ended(*result, state, self.palette),
            _ => return None,
        };
        Some(EventMessage::of_run(text))
    }

    fn of_account(&mut self, kind: &EventKind, state: &RunState) -> Option<EventMessage> {
        match kind {
            EventKind::AccountRefused { environment, account, account_id, failure } => {
                let cluster = state.failures.of_refusal(environment, account, account_id, failure);
                let number = cluster.map_or(1, |cluster| cluster.members.len());
                let texts = sentences::refused(failure, number, self.palette)?;
                Some(EventMessage {
                    subject: Some(state.account_label(environment, account)),
                    texts,
                })
            }
            EventKind::PermissionAwaited { account_id, operation } => {
                self.awaited += 1;
                let text = sentences::awaited(operation, self.awaited)?;
                Some(EventMessage::about(state.label_of_account(account_id), text))
            }
            EventKind::LoginEnded { account_id, from, reason, remedy } => {
                let texts = sentences::login_ended(account_id, from, reason, remedy, self.palette);
                Some(EventMessage::lines(texts))
            }
            EventKind::LoginRenewed { account_id } => {
                let text = format!("there is a new login of account {account_id}: going on");
                Some(EventMessage::of_run(text))
            }
            _ if self.verbosity == Verbosity::Essential => None,
            EventKind::AccountEntered { environment, account, account_id, caller } => {
                let caller = caller.splitn(6, ':').nth(5).unwrap_or(caller);
                let text = format!("entered {account_id} as {}", prose::one_line(caller));
                Some(EventMessage::about(state.account_label(environment, account), text))
            }
            _ => None,
        }
    }

    fn of_instance(&mut self, kind: &EventKind, state: &RunState) -> Option<EventMessage> {
        match kind {
            EventKind::InstanceStarted { instance } => {
                let text = self.wave_begun(instance, state)?;
                let several = state.has_several_environments();
                let subject = several.then(|| instance.environment.to_string());
                Some(EventMessage { subject, texts: vec![text] })
            }
            EventKind::ValueRead { instance, reference, is_another: true, .. } => {
                let text = sentences::another_value(reference, self.palette);
                Some(EventMessage::about(state.label(instance), text))
            }
            EventKind::InstanceFinished { end } if is_of_rollout(end) => {
                self.stopped(end.failure.as_ref()?).map(EventMessage::of_run)
            }
            EventKind::InstanceFinished { end }
                if self.is_terse(state) && !is_first(end, state) =>
            {
                None
            }
            EventKind::InstanceFinished { end } => {
                let text = self.finished(end, state).filter(|_| !is_told(end, state))?;
                Some(EventMessage::about(state.label(&end.instance), text))
            }
            _ if self.verbosity == Verbosity::Essential => None,
            EventKind::UploadStarted { instance, bucket, objects, bytes } => {
                let text = sentences::uploading(*objects, *bytes, bucket);
                Some(EventMessage::about(state.label(instance), text))
            }
            EventKind::ActionStarted { instance, action, found, .. } => {
                let declared = state.instance(instance).map_or(0, |i| i.announced.resources);
                let text = sentences::acting(*action, found.as_ref(), declared);
                Some(EventMessage::about(state.label(instance), text))
            }
            _ => None,
        }
    }

    fn of_stack(&mut self, kind: &EventKind, state: &RunState) -> Option<EventMessage> {
        match kind {
            // The end of the stack instance tells it as well.
            EventKind::ResourceChanged { .. } if self.is_terse(state) => None,
            EventKind::ResourceChanged { instance, resource, status, reason, .. }
                if status.is_failed() =>
            {
                let reason = reason.as_deref()?;
                let is_whole = self.is_one_of_few(instance, resource, reason, state);
                let text =
                    sentences::resource_failed(resource, status, reason, is_whole, self.palette)?;
                self.told.insert((instance.clone(), resource.clone()));
                Some(EventMessage::about(state.label(instance), text))
            }
            EventKind::StackUnseen { instance, reason } => {
                self.unseen += 1;
                let text = sentences::unseen(reason, self.unseen, self.palette)?;
                Some(EventMessage::about(state.label(instance), text))
            }
            _ if self.verbosity == Verbosity::Essential => None,
            EventKind::StackChanged { instance, status, reason } => {
                let (reason, foreign) = (reason.as_deref(), is_foreign(instance, state));
                let text = sentences::stack_changed(status, reason, foreign, self.palette)?;
                Some(EventMessage::about(state.label(instance), text))
            }
            EventKind::ResourceChanged { instance, resource, resource_type, status, .. } => {
                let foreign = is_foreign(instance, state) && status.is_settled();
                let text = || prose::one_line(&format!("{resource} ({resource_type}) {status}"));
                foreign.then(|| EventMessage::about(state.label(instance), text()))
            }
            _ => None,
        }
    }

    /// Whether only what matters to all is worth a line.
    fn is_terse(&self, state: &RunState) -> bool {
        self.verbosity == Verbosity::Essential && state.instances.len() > MANY
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
        let extent = sentences::extent_of_wave(environment, number, state);
        Some(format!("wave {number}/{count}: {extent}"))
    }

    /// Returns the line for why the rollout stopped, the first time it is said.
    fn stopped(&mut self, failure: &Failure) -> Option<String> {
        // Its gate has said so.
        let is_told = failure.kind == FailureKind::NotApproved;
        let is_new = !is_told && self.stops.insert(failure.message.clone());
        let text = format!("{}: nothing more is started", words::cause(failure));
        is_new.then(|| self.palette.caution(&text))
    }

    /// Returns how an instance ended; its cause is not repeated.
    fn finished(&self, end: &InstanceEnd, state: &RunState) -> Option<String> {
        let InstanceStatus::Finished(finished) = &state.instance(&end.instance)?.status else {
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
