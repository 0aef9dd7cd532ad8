//! Carries operations on, step by step, at the times the steps are due.
//!
//! An account's stacks are one queue of due times: the earliest step of any stack comes first, so
//! two stacks that want the same name meet as they would in the cloud, however late the next
//! request looks.

use std::time::Duration;

use jiff::Timestamp;

use super::super::account::Account;
use super::super::fault::{ResourceStep, Step};
use super::super::respond::Call;
use super::super::settings::Settings;
use super::super::store::{Owners, Store};
use super::operation::{Progress, Work};
use super::phases;
use super::stack::{Stack, Undo};
use crate::status::ResourceStatus as Status;

/// An account whose stacks are carried on. The stack being worked on stands outside of it.
pub struct Engine<'a> {
    /// The account.
    pub account: &'a mut Account,
    /// Who owns each bucket.
    pub owners: &'a mut Owners,
    /// The other accounts, to be read.
    pub others: &'a Store,
    /// How long things take.
    pub settings: &'a Settings,
}

/// Returns when the next step of an account's stacks is due.
pub fn next_due(account: &Account) -> Option<Timestamp> {
    account.stacks.values().filter_map(|stack| stack.operation.as_ref()?.due()).min()
}

impl Call<'_> {
    /// Works on a stack of the caller's account.
    pub(super) fn with_stack(&mut self, id: &str, work: impl FnOnce(&mut Engine<'_>, &mut Stack)) {
        let settings = self.settings;
        self.store.work_on(&self.caller.account, |account, owners, others| {
            Engine { account, owners, others, settings }.with_stack(id, work);
        });
    }
}

impl Engine<'_> {
    /// Does everything that was due until `now`.
    pub fn catch_up(&mut self, now: Timestamp) {
        while let Some(at) = next_due(self.account).filter(|at| *at <= now) {
            let is_due = |stack: &&Stack| {
                stack.operation.as_ref().and_then(|operation| operation.due()) == Some(at)
            };
            let id = self.account.stacks.values().find(is_due).map(|stack| stack.id.clone());
            let id = id.expect("something is due at the earliest due time");
            self.with_stack(&id, |engine, stack| engine.step(stack, at));
        }
    }

    /// Takes a stack out of the account, works on it, and puts it back.
    pub fn with_stack(&mut self, id: &str, work: impl FnOnce(&mut Self, &mut Stack)) {
        let mut stack = self.account.stacks.remove(id).expect("the stack stands");
        work(self, &mut stack);
        self.account.stacks.insert(stack.id.clone(), stack);
    }

    fn step(&mut self, stack: &mut Stack, at: Timestamp) {
        let task = stack.operation.as_ref().and_then(|operation| operation.due_task(at));
        match task {
            Some(id) => self.go_on_with(stack, &id, at),
            None => phases::time_out(stack),
        }
        self.begin_what_is_ready(stack, at);
    }

    /// Begins every task whose turn it is, and the next phase when this one has no more.
    pub fn begin_what_is_ready(&mut self, stack: &mut Stack, at: Timestamp) {
        while let Some(operation) = &stack.operation {
            let is_giving_up = phases::is_giving_up(operation);
            let ready = if is_giving_up { Vec::new() } else { operation.ready() };
            for id in &ready {
                self.begin(stack, id, at);
            }
            let Some(operation) = &stack.operation else { return };
            if phases::is_giving_up(operation) {
                phases::cancel_running(stack, at);
                phases::end_phase(self, stack, at);
            } else if ready.is_empty() {
                if operation.is_busy() {
                    return;
                }
                phases::end_phase(self, stack, at);
            }
        }
    }

    fn begin(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let Some(operation) = &stack.operation else { return };
        if phases::is_giving_up(operation) {
            return;
        }
        match operation.tasks[id].work {
            Work::Ensure => self.begin_ensure(stack, id, at),
            Work::Restore => {
                stack.turn_resource(id, Status::UpdateInProgress, None, at);
                self.work_until_done(stack, id, at);
            }
            Work::Remove => self.begin_remove(stack, id, at),
        }
    }

    fn go_on_with(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let operation = stack.operation.as_ref().expect("a task belongs to an operation");
        let task = &operation.tasks[id];
        match (task.work, task.progress) {
            (Work::Ensure, Progress::Asking(_, done)) => self.ask(stack, id, at, done),
            (Work::Ensure, _) => self.finish_ensure(stack, id, at),
            (Work::Restore, _) => self.finish_restore(stack, id, at),
            (Work::Remove, _) => self.finish_remove(stack, id, at),
        }
    }

    /// Begins to make a resource: its service is asked half-way through.
    pub fn ask_until_done(&self, stack: &mut Stack, id: &str, at: Timestamp) {
        let takes = self.duration(stack, id, at);
        set(stack, id, Progress::Asking(later(at, takes / 2), later(at, takes)));
    }

    /// Begins a step of a resource that ends when its time is over.
    pub fn work_until_done(&self, stack: &mut Stack, id: &str, at: Timestamp) {
        set(stack, id, Progress::Working(later(at, self.duration(stack, id, at))));
    }

    fn duration(&self, stack: &Stack, id: &str, at: Timestamp) -> Duration {
        let resource = stack.resources.get(id);
        let waits = resource
            .filter(|resource| resource.resource_type == "AWS::CloudFormation::WaitCondition")
            .filter(|resource| resource.status == Status::CreateInProgress)
            .filter(|resource| resource.properties["Count"] != "0")
            .and_then(|resource| resource.properties["Timeout"].as_str()?.parse().ok());
        let asked = resource.and_then(|resource| resource.wishes.seconds).map(u64::from);
        let takes = waits.or(asked).map_or(self.settings.resource_duration, Duration::from_secs);
        takes + self.settings.faults.delay(&resource_step(stack, id, &[]), at)
    }

    /// Returns why one of `steps` fails, if the resource's metadata or a fault asks for it.
    pub fn failure_on_demand(
        &self,
        stack: &mut Stack,
        id: &str,
        steps: &[Step],
        at: Timestamp,
    ) -> Option<String> {
        let by_fault = |stack: &Stack| {
            let fault = self.settings.faults.failure(&resource_step(stack, id, steps), at)?;
            Some(format!("Resource was made to fail by the sandbox's fault {fault}"))
        };
        failure_by_wish(stack, id, steps).or_else(|| by_fault(stack))
    }
}

/// Returns the time `after` a moment; the end of time at the latest.
pub fn later(at: Timestamp, after: Duration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// Returns the status under which a resource is being made: replacing is a kind of updating.
pub fn resource_in_progress(stack: &Stack, id: &str) -> Status {
    match stack.undo.get(id) {
        Some(Undo::Changed(_) | Undo::Replaced(_)) => Status::UpdateInProgress,
        Some(Undo::Created) | None => Status::CreateInProgress,
    }
}

/// Ends a task with a failure.
pub fn fail(stack: &mut Stack, id: &str, reason: String, at: Timestamp) {
    let status = match resource_in_progress(stack, id) {
        Status::CreateInProgress => Status::CreateFailed,
        _ => Status::UpdateFailed,
    };
    stack.turn_resource(id, status, Some(reason), at);
    set(stack, id, Progress::Failed);
}

/// Says how far a task is.
pub fn set(stack: &mut Stack, id: &str, progress: Progress) {
    if let Some(operation) = &mut stack.operation {
        operation.set(id, progress);
    }
}

fn resource_step<'a>(stack: &'a Stack, id: &'a str, steps: &'a [Step]) -> ResourceStep<'a> {
    let (account, region) = (&stack.account, stack.region.as_str());
    ResourceStep { account, region, stack: &stack.name, resource: id, steps }
}

fn failure_by_wish(stack: &mut Stack, id: &str, steps: &[Step]) -> Option<String> {
    let wishes = &mut stack.resources.get_mut(id)?.wishes;
    if !steps.iter().any(|step| wishes.fail_on.iter().any(|wish| wish == step.as_str())) {
        return None;
    }
    match &mut wishes.failures_left {
        Some(0) => return None,
        Some(left) => *left -= 1,
        None => {}
    }
    let reason = wishes.failure_reason.clone();
    Some(reason.unwrap_or_else(|| "Resource was made to fail by its Sandbox metadata".to_owned()))
}
