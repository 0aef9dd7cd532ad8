//! What each event of a run changes in its state: the transition function of the fold.
//!
//! An event that fits nowhere (an instance that was not announced, a second end of the same one)
//! changes nothing, so that a damaged record can still be read.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::account_region;
use super::lifecycle::{
    AccountState, Cancel, FinishedInstance, InstanceState, InstanceStatus, RunFinish, RunStart,
    elapsed, origin,
};
use super::running::{Running, RunningUpload};
use super::state::RunState;
use crate::event::{Allowance, AnnouncedInstance, EventKind, FailureKind, InstanceEnd, RunEvent};
use crate::name::InstanceId;

impl RunState {
    /// Takes in the next event.
    pub fn on(&mut self, event: &RunEvent) {
        let at = event.at;
        if let (EventKind::RunResumed { .. }, Some(last)) = (&event.kind, self.last_at) {
            self.idle += elapsed(last, at);
        }
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        match &event.kind {
            EventKind::RunStarted { .. } => self.begin(&event.kind, at),
            EventKind::RunResumed { reopened, goes_back, allow, .. } => {
                let allowed = self.start.iter_mut().map(|start| &mut start.allowed);
                allowed.for_each(|allowed| Allowance::add(allowed, allow));
                self.resume(reopened, *goes_back);
            }
            EventKind::RollbackStarted { instances } => {
                let going: BTreeSet<&InstanceId> = instances.iter().collect();
                self.goes_back = true;
                self.owes_rollback = false;
                self.open(|announced, _| going.contains(&announced.id));
            }
            EventKind::AccountEntered { environment, account, account_id, caller } => {
                let (account_id, caller) = (account_id.clone(), caller.clone());
                let entered = AccountState::Entered { account_id, caller };
                self.accounts.insert((environment.clone(), account.clone()), entered);
            }
            EventKind::AccountRefused { environment, account, account_id, failure } => {
                self.failures.refused(environment, account, account_id, failure);
                let (account_id, failure) = (account_id.clone(), failure.clone());
                let refused = AccountState::Refused { account_id, failure };
                self.accounts.insert((environment.clone(), account.clone()), refused);
            }
            // What was intended starts or not, the account is entered or refused, the stack seen again or lost.
            EventKind::ActionIntended { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::ValueRead { .. }
            | EventKind::StackUnseen { .. } => {}
            EventKind::RollbackPostponed { .. } => self.owes_rollback = true,
            EventKind::LoginEnded { account_id, .. } => {
                self.awaited_logins.insert(account_id.clone());
            }
            EventKind::LoginRenewed { account_id } => {
                self.awaited_logins.remove(account_id);
            }
            EventKind::InstanceStarted { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::ActionStarted { .. }
            | EventKind::PrecedentTimed { .. }
            | EventKind::StackChanged { .. }
            | EventKind::ResourceChanged { .. } => self.on_running(&event.kind, at),
            EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. }
            | EventKind::GateReached { .. }
            | EventKind::GateOpened { .. } => self.on_control(&event.kind, at),
            EventKind::InstanceFinished { end } => self.end(end, at),
            EventKind::RunFinished { result, api_calls, throttled, refusal } => {
                self.paused_by = None;
                let (result, api_calls, throttled) = (*result, api_calls.clone(), *throttled);
                let refusal = refusal.clone();
                self.finish.get_or_insert(RunFinish { result, api_calls, throttled, refusal });
            }
        }
    }

    /// Takes in what happens to a stack instance that is being worked on.
    fn on_running(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::InstanceStarted { instance } => self.change(instance, at, |_, _| ()),
            EventKind::ActionStarted { instance, action, found, stack_id } => {
                let (found, stack_id) = (found.clone(), stack_id.clone());
                self.change(instance, at, |announced, running| {
                    running.begin(at, *action, found, stack_id, announced.resources);
                });
            }
            EventKind::UploadStarted { instance, bytes, .. } => {
                let upload = Some(RunningUpload { bytes: *bytes, sent_bytes: 0 });
                self.change(instance, at, |_, running| running.upload = upload);
            }
            EventKind::UploadProgressed { instance, sent_bytes } => {
                self.change(instance, at, |_, running| running.sent(*sent_bytes));
            }
            EventKind::PrecedentTimed { instance, took_ms } => {
                let took = Duration::from_millis(*took_ms);
                self.change(instance, at, |_, running| running.precedent = Some(took));
            }
            EventKind::StackChanged { instance, status, .. } => {
                self.change(instance, at, |_, running| running.stack_changed(at, status));
            }
            EventKind::ResourceChanged { instance, resource, status, .. } => {
                self.change(instance, at, |_, running| running.resource_changed(resource, status));
            }
            _ => {}
        }
    }

    /// Takes in the first event; another one of its kind changes nothing.
    fn begin(&mut self, kind: &EventKind, at: Timestamp) {
        let EventKind::RunStarted {
            run,
            operation,
            environments,
            in_order,
            instances,
            left_behind,
            left_behind_unknown,
            run_request,
            ..
        } = kind
        else {
            return;
        };
        if self.start.is_some() {
            return;
        }
        let accounts: BTreeSet<_> = instances.iter().map(|i| &i.account_id).collect();
        self.start = Some(RunStart {
            run: run.clone(),
            operation: *operation,
            environments: environments.clone(),
            in_order: *in_order,
            at,
            accounts: accounts.len(),
            named_state: run_request.as_ref().and_then(|it| it.named_state()),
            origin: run_request.as_deref().map(origin).unwrap_or_default(),
            allowed: run_request.as_ref().map(|it| it.allow.clone()).unwrap_or_default(),
            files: run_request.as_ref().map(|it| it.files.clone()).unwrap_or_default(),
            left_behind: left_behind.clone(),
            left_behind_unknown: left_behind_unknown.clone(),
        });
        instances.iter().for_each(|announced| self.announce(announced));
        self.settle_places();
    }

    /// Opens again what had not ended, and those of `reopened` that had.
    fn resume(&mut self, reopened: &[InstanceId], goes_back: bool) {
        if goes_back && !self.is_wanted_back {
            self.is_wanted_back = true;
            self.instances.iter_mut().for_each(|instance| {
                if let InstanceStatus::Finished(finished) = &mut instance.status {
                    finished.is_earlier = true;
                }
            });
        }
        let reopened: BTreeSet<&InstanceId> = reopened.iter().collect();
        self.owes_rollback = false;
        self.accounts.clear();
        self.cancel = Cancel::No;
        self.paused_by = None;
        self.awaited_logins.clear();
        self.finish = None;
        self.open(|announced, status| match status {
            InstanceStatus::Finished(_) => reopened.contains(&announced.id),
            InstanceStatus::Waiting | InstanceStatus::Running(_) => true,
        });
    }

    fn announce(&mut self, announced: &AnnouncedInstance) {
        let position = self.instances.len();
        if self.positions.contains_key(&announced.id) {
            return;
        }
        self.positions.insert(announced.id.clone(), position);
        if let Some(wave) = announced.wave {
            let highest = self.waves.entry(announced.id.environment.clone()).or_default();
            *highest = wave.max(*highest);
        }
        let status = InstanceStatus::Waiting;
        self.instances.push(InstanceState { announced: announced.clone(), status });
    }

    /// Puts every announced instance in its place.
    fn settle_places(&mut self) {
        self.places = account_region::all(&self.instances);
        self.place_of = vec![0; self.instances.len()];
        for (position, place) in self.places.iter().enumerate() {
            place.instances.iter().for_each(|&instance| self.place_of[instance] = position);
        }
    }

    /// Changes an instance that runs, or now does; what ended stays as it is.
    fn change(
        &mut self,
        id: &InstanceId,
        at: Timestamp,
        change: impl FnOnce(&AnnouncedInstance, &mut Running),
    ) {
        let Some(&position) = self.positions.get(id) else { return };
        let InstanceState { announced, status } = &mut self.instances[position];
        if *status == InstanceStatus::Waiting {
            *status = InstanceStatus::Running(Running::since(at));
            self.running.insert(position);
            self.most_running = self.most_running.max(self.running.len());
            self.places[self.place_of[position]].running += 1;
        }
        if let InstanceStatus::Running(running) = status {
            change(announced, running);
        }
    }

    /// Lets stack instances wait for their turn once more; what is told of the others stays.
    fn open(&mut self, is_open: impl Fn(&AnnouncedInstance, &InstanceStatus) -> bool) {
        let apart = |instance: InstanceState| (instance.announced, instance.status);
        let before: Vec<_> = self.instances.drain(..).map(apart).collect();
        let fresh = Self {
            start: self.start.take(),
            accounts: std::mem::take(&mut self.accounts),
            cancel: self.cancel,
            finish: self.finish.take(),
            last_at: self.last_at,
            idle: self.idle,
            most_running: self.most_running,
            goes_back: self.goes_back,
            is_wanted_back: self.is_wanted_back,
            gates: std::mem::take(&mut self.gates),
            ..Self::default()
        };
        *self = fresh;
        before.iter().for_each(|(announced, _)| self.announce(announced));
        self.settle_places();
        for (position, (announced, status)) in before.into_iter().enumerate() {
            if !is_open(&announced, &status)
                && let InstanceStatus::Finished(finished) = status
            {
                self.add_end(position, &finished.end, finished.is_untouched());
                self.instances[position].status = InstanceStatus::Finished(finished);
            }
        }
    }

    /// Counts how the stack instance at a position ended; a failure of one that a rollback has left
    /// untouched is not the rollback's.
    fn add_end(&mut self, position: usize, end: &InstanceEnd, is_untouched: bool) {
        self.counts.add(end.outcome);
        self.places[self.place_of[position]].ended.add(end.outcome);
        if !is_untouched {
            self.failures.ended(&self.instances[position].announced, end);
        }
    }

    fn end(&mut self, end: &InstanceEnd, at: Timestamp) {
        let Some(&position) = self.positions.get(&end.instance) else { return };
        let status = &mut self.instances[position].status;
        let mut end = end.clone();
        let place = &mut self.places[self.place_of[position]];
        let (since, duration, action, moved) = match status {
            InstanceStatus::Waiting => (None, Duration::ZERO, None, Duration::ZERO),
            InstanceStatus::Running(running) => {
                // Of a stack that the run left, the last that was seen is all there is.
                if is_left(&end) {
                    end.status = end.status.or(running.status.take());
                    end.stack_id = end.stack_id.or(running.stack_id.take());
                }
                place.running -= 1;
                let moved = elapsed(running.moving_since.unwrap_or(running.since), at);
                (Some(running.since), elapsed(running.since, at), running.action, moved)
            }
            InstanceStatus::Finished(_) => return,
        };
        self.running.remove(&position);
        self.add_end(position, &end, false);
        self.instances[position].status = InstanceStatus::Finished(FinishedInstance {
            end: Box::new(end),
            since,
            duration,
            action,
            moved,
            is_earlier: false,
        });
    }
}

/// Whether the run was left while the stack was moving.
fn is_left(end: &InstanceEnd) -> bool {
    end.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::StillMoving)
}
