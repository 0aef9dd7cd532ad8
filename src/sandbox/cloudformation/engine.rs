//! An account whose stacks are worked on: how long a step takes, whether it fails, how far it is.

use std::time::Duration;

use jiff::Timestamp;

use super::embedded;
use super::operation::{Phase, TaskProgress};
use super::stack::{StoredStack, UndoStep};
use crate::sandbox::fault::{StepKind, TargetStep};
use crate::sandbox::world::{OwnersByBucket, SandboxAccount, Settings, Store};
use crate::status::ResourceStatus as Status;

/// An account whose stacks are advanced. The stack being worked on is taken out of it.
pub struct Engine<'a> {
    pub account: &'a mut SandboxAccount,
    /// Who owns each bucket.
    pub owners: &'a mut OwnersByBucket,
    /// The other accounts, to be read.
    pub others: &'a Store,
    /// How long things take.
    pub settings: &'a Settings,
}

impl Engine<'_> {
    /// Takes a stack out of the account, works on it, and puts it back.
    pub fn with_stack<T>(
        &mut self,
        id: &str,
        work: impl FnOnce(&mut Self, &mut StoredStack) -> T,
    ) -> T {
        let mut stack = self.account.stacks.remove(id).expect("the stack stands");
        let done = work(self, &mut stack);
        self.account.stacks.insert(stack.id.clone(), stack);
        embedded::report_to_parent(self.account, id);
        done
    }

    /// Begins to make a resource: its service is asked half-way through.
    pub fn ask_until_done(&self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let takes = self.duration(stack, id, at);
        set(stack, id, TaskProgress::Asking(later(at, takes / 2), later(at, takes)));
    }

    /// Begins a step of a resource that ends when its time is over.
    pub fn work_until_done(&self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        set(stack, id, TaskProgress::Working(later(at, self.duration(stack, id, at))));
    }

    fn duration(&self, stack: &StoredStack, id: &str, at: Timestamp) -> Duration {
        let resource = stack.resources.get(id);
        let is_change = matches!(stack.undo.get(id), Some(UndoStep::Changed(_)));
        let operation = stack.operation.as_ref();
        let is_forward = operation.is_some_and(|operation| operation.phase == Phase::Forward);
        let awaited = resource.and_then(|resource| resource.directives.never_signalled.as_ref());
        let waits = awaited
            .filter(|_| !is_change && is_forward)
            .map(|awaited| Duration::from_secs(u64::from(awaited.timeout_seconds)));
        let asked = resource.and_then(|resource| resource.directives.takes);
        // A nested stack takes what its own resources take.
        let is_nested = resource.is_some_and(embedded::is_carried_out);
        let usual = if is_nested { Duration::ZERO } else { self.settings.resource_duration };
        let takes = waits.or(asked).unwrap_or(usual);
        takes + self.settings.faults.delay(&resource_step(stack, id, &[]), at)
    }

    /// Returns why one of `steps` fails, if the resource's metadata or a fault asks for it.
    pub fn failure_on_demand(
        &self,
        stack: &mut StoredStack,
        id: &str,
        steps: &[StepKind],
        at: Timestamp,
    ) -> Option<String> {
        let by_fault = |stack: &StoredStack| {
            let fault = self.settings.faults.failure(&resource_step(stack, id, steps), at)?;
            Some(format!("Resource was made to fail by the sandbox's fault {fault}"))
        };
        failure_by_metadata(stack, id, steps).or_else(|| by_fault(stack))
    }
}

/// Returns the time `after` a moment; the end of time at the latest.
pub fn later(at: Timestamp, after: Duration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// Returns the status under which a resource is being made: replacing is a kind of updating.
pub fn resource_in_progress(stack: &StoredStack, id: &str) -> Status {
    match stack.undo.get(id) {
        Some(UndoStep::Changed(_) | UndoStep::Replaced(_)) => Status::UpdateInProgress,
        Some(UndoStep::Created) | None => Status::CreateInProgress,
    }
}

/// Ends a task with a failure.
pub fn fail(stack: &mut StoredStack, id: &str, reason: String, at: Timestamp) {
    let status = match resource_in_progress(stack, id) {
        Status::CreateInProgress => Status::CreateFailed,
        _ => Status::UpdateFailed,
    };
    stack.turn_resource(id, status, Some(reason), at);
    set(stack, id, TaskProgress::Failed);
}

/// Says how far a task is.
pub fn set(stack: &mut StoredStack, id: &str, progress: TaskProgress) {
    if let Some(operation) = &mut stack.operation {
        operation.set(id, progress);
    }
}

fn resource_step<'a>(stack: &'a StoredStack, id: &'a str, steps: &'a [StepKind]) -> TargetStep<'a> {
    let (account, region) = (&stack.account, stack.region.as_str());
    TargetStep { account, region, stack: &stack.name, resource: id, steps }
}

fn failure_by_metadata(stack: &mut StoredStack, id: &str, steps: &[StepKind]) -> Option<String> {
    let directives = &mut stack.resources.get_mut(id)?.directives;
    if !steps.iter().any(|step| directives.fail_on.iter().any(|failing| failing == step.as_str())) {
        return None;
    }
    match &mut directives.failures_left {
        Some(0) => return None,
        Some(left) => *left -= 1,
        None => {}
    }
    let reason = directives.failure_reason.clone();
    Some(reason.unwrap_or_else(|| "Resource was made to fail by its Sandbox metadata".to_owned()))
}
