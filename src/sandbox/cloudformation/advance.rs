//! Advances operations, step by step, at the times at which the steps are due.
//!
//! An account's stacks are one queue of due times: the earliest step of any stack comes first, so
//! two stacks that want the same name compete for it as they would in the cloud, however late the next
//! request looks.

use jiff::Timestamp;

use super::engine::{Engine, set};
use super::operation::{TaskProgress, TaskWork};
use super::phases;
use super::stack::StoredStack;
use crate::name::AccountId;
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, Settings, Store};
use crate::status::ResourceStatus as Status;

/// Lets everything happen in an account that should have happened by `now`.
///
/// # Errors
/// If the account's state cannot be read.
pub fn bring_up_to_date(
    store: &mut Store,
    account: &AccountId,
    now: Timestamp,
    settings: &Settings,
) -> Result<(), Refusal> {
    store.load(account).map_err(|error| Refusal::state(error.told()))?;
    if next_due(store.account(account)).is_some_and(|due| due <= now) {
        store.work_on(account, |account, owners, others| {
            Engine { account, owners, others, settings }.catch_up(now);
        });
    }
    Ok(())
}

/// Returns when the next step of an account's stacks is due.
fn next_due(account: &SandboxAccount) -> Option<Timestamp> {
    account.stacks.values().filter_map(StoredStack::due).min()
}

impl QueryCall<'_> {
    /// Works on the stacks of the caller's account.
    pub(super) fn with_engine<T>(&mut self, work: impl FnOnce(&mut Engine<'_>) -> T) -> T {
        let settings = self.settings;
        self.store.work_on(&self.caller.account, |account, owners, others| {
            work(&mut Engine { account, owners, others, settings })
        })
    }

    /// Works on a stack of the caller's account.
    pub(super) fn with_stack<T>(
        &mut self,
        id: &str,
        work: impl FnOnce(&mut Engine<'_>, &mut StoredStack) -> T,
    ) -> T {
        self.with_engine(|engine| engine.with_stack(id, work))
    }
}

impl Engine<'_> {
    /// Does everything that was due until `now`.
    fn catch_up(&mut self, now: Timestamp) {
        while let Some(at) = next_due(self.account).filter(|at| *at <= now) {
            let is_due = |stack: &&StoredStack| stack.due() == Some(at);
            let id = self.account.stacks.values().find(is_due).map(|stack| stack.id.clone());
            let id = id.expect("something is due at the earliest due time");
            self.with_stack(&id, |engine, stack| engine.step(stack, at));
        }
    }

    fn step(&mut self, stack: &mut StoredStack, at: Timestamp) {
        let order =
            stack.nesting.as_mut().and_then(|nesting| nesting.order.take_if(|it| it.at <= at));
        let task = stack.operation.as_ref().and_then(|operation| operation.due_task(at));
        match (order, task) {
            (Some(order), _) => self.obey(stack, order.work, at),
            (None, Some(id)) => self.go_on_with(stack, &id, at),
            (None, None) => phases::time_out(stack),
        }
        self.begin_what_is_ready(stack, at);
    }

    /// Begins every task whose turn it is, and the next phase when this one has no more.
    pub fn begin_what_is_ready(&mut self, stack: &mut StoredStack, at: Timestamp) {
        while let Some(operation) = &stack.operation {
            if operation.phase.is_on_hold() {
                return;
            }
            let is_giving_up = phases::is_giving_up(operation);
            let ready = if is_giving_up { Vec::new() } else { operation.ready() };
            for id in &ready {
                self.begin(stack, id, at);
            }
            let Some(operation) = &stack.operation else { return };
            if phases::is_giving_up(operation) {
                phases::cancel_running(self, stack, at);
                phases::end_phase(self, stack, at);
            } else if ready.is_empty() {
                if operation.is_busy() {
                    return;
                }
                phases::end_phase(self, stack, at);
            }
        }
    }

    fn begin(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let Some(operation) = &stack.operation else { return };
        if phases::is_giving_up(operation) {
            return;
        }
        match operation.tasks[id].work {
            TaskWork::Provision => self.begin_provision(stack, id, at),
            TaskWork::Restore => {
                stack.turn_resource(id, Status::UpdateInProgress, None, at);
                if !self.order_way_back(stack, id, at) {
                    self.work_until_done(stack, id, at);
                }
            }
            TaskWork::CleanUp => self.order_clean_up(stack, id, at),
            TaskWork::Remove => self.begin_remove(stack, id, at),
        }
    }

    fn go_on_with(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let operation = stack.operation.as_ref().expect("a task belongs to an operation");
        let task = &operation.tasks[id];
        match (task.work, task.progress) {
            (TaskWork::Provision, TaskProgress::Asking(_, done)) => self.ask(stack, id, at, done),
            (TaskWork::Provision, _) => self.finish_provision(stack, id, at),
            (TaskWork::Restore, _) => self.finish_restore(stack, id, at),
            (TaskWork::CleanUp, _) => {
                stack.turn_resource(id, Status::UpdateComplete, None, at);
                set(stack, id, TaskProgress::Done);
            }
            (TaskWork::Remove, _) => self.finish_remove(stack, id, at),
        }
    }
}
