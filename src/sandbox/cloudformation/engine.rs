//! An account whose stacks are worked on: how long a step takes, whether it fails, how far it is.

use std::time::Duration;

use jiff::Timestamp;

use super::operation::Progress;
use super::stack::{Stack, Undo};
use crate::sandbox::fault::{StepKind, TargetStep};
use crate::sandbox::world::{Account, Owners, Settings, Store};
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

impl Engine<'_> {
    /// Takes a stack out of the account, works on it, and puts it back.
    pub fn with_stack(&mut self, id: &str, work: impl FnOnce(&mut Self, &mut Stack)) {
        let mut stack = self.account.stacks.remove(id).expect("the stack stands");
        work(self, &mut stack);
        self.account.stacks.insert(stack.id.clone(), stack);
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
        steps: &[StepKind],
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

fn resource_step<'a>(stack: &'a Stack, id: &'a str, steps: &'a [StepKind]) -> TargetStep<'a> {
    let (account, region) = (&stack.account, stack.region.as_str());
    TargetStep { account, region, stack: &stack.name, resource: id, steps }
}

fn failure_by_wish(stack: &mut Stack, id: &str, steps: &[StepKind]) -> Option<String> {
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
