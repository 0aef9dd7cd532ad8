//! What one run made of each stack, folded from the events of its journal.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::environment_of_run::{EnvironmentOfRun, environments_of_run};
use super::stack::{Existence, InventoryStack, Making, Moment};
use crate::event::{
    AnnouncedInstance, EventKind, InstanceEnd, Operation, Outcome, RunEvent, StackAction,
};
use crate::name::{EnvironmentName, InstanceId, RunId};
use crate::status::StackStatus;

/// What one run made of each stack, as far as its journal was read.
#[derive(Clone, Debug, Default)]
pub struct JournalFold {
    began: Option<Began>,
    /// The latest time so far: a clock that is put back does not make an event older than the one before.
    at: Option<Timestamp>,
    instances: BTreeMap<InstanceId, Known>,
}

#[derive(Clone, Debug)]
struct Began {
    run: RunId,
    operation: Operation,
    environments: BTreeMap<EnvironmentName, EnvironmentOfRun>,
    announced: Vec<AnnouncedInstance>,
}

/// What is known of a stack instance.
#[derive(Clone, Debug, Default)]
struct Known {
    existence: Option<Existence>,
    stack_id: Option<String>,
    /// Whether a creation was about to be sent and is not known to be accepted.
    is_creation_open: bool,
    /// The event that is told now, or was told last.
    event: Option<(Timestamp, u64)>,
    /// The last event that tells whether it is there.
    told: Option<(Timestamp, u64)>,
    /// The last event that tells that it is there, or may be.
    stood: Option<(Timestamp, u64)>,
    /// The last event that tells of a creation, with the ARN of what was made.
    made: Option<((Timestamp, u64), Option<String>)>,
    /// How long it was told to be there, if it is gone: another stack may have been made since.
    gone: Option<(Timestamp, u64)>,
}

impl JournalFold {
    /// Takes in the next event of the journal.
    pub fn on(&mut self, event: &RunEvent) {
        let at = self.at.map_or(event.at, |before| before.max(event.at));
        self.at = Some(at);
        match &event.kind {
            EventKind::RunStarted {
                run, operation, environments, run_request, instances, ..
            } => {
                let request = run_request.as_deref();
                self.began.get_or_insert_with(|| Began {
                    run: run.clone(),
                    operation: *operation,
                    environments: environments_of_run(environments, request),
                    announced: instances.clone(),
                });
            }
            EventKind::ActionIntended { instance, action, stack_id } => {
                self.of(instance, at, event.sequence).intend(*action, stack_id.as_ref());
            }
            EventKind::ActionStarted { instance, action, stack_id, .. } => {
                self.of(instance, at, event.sequence).start(*action, stack_id.as_ref());
            }
            EventKind::InstanceFinished { end } if end.preview.is_none() => {
                let operation = self.began.as_ref().map(|began| began.operation);
                self.of(&end.instance, at, event.sequence).end(end, operation);
            }
            EventKind::InstanceFinished { .. }
            | EventKind::RunResumed { .. }
            | EventKind::AccountEntered { .. }
            | EventKind::AccountRefused { .. }
            | EventKind::PermissionAwaited { .. }
            | EventKind::LoginEnded { .. }
            | EventKind::LoginRenewed { .. }
            | EventKind::InstanceStarted { .. }
            | EventKind::ValueRead { .. }
            | EventKind::RollbackStarted { .. }
            | EventKind::RollbackPostponed { .. }
            | EventKind::PrecedentTimed { .. }
            | EventKind::UploadStarted { .. }
            | EventKind::UploadProgressed { .. }
            | EventKind::StackChanged { .. }
            | EventKind::StackUnseen { .. }
            | EventKind::ResourceChanged { .. }
            | EventKind::CancelRequested { .. }
            | EventKind::RunPaused { .. }
            | EventKind::RunContinued { .. }
            | EventKind::GateReached { .. }
            | EventKind::GateOpened { .. }
            | EventKind::RunFinished { .. } => {}
        }
    }

    /// Returns what the run made of its stacks; nothing of those that it did nothing to.
    pub fn stacks(&self) -> Vec<InventoryStack> {
        let Some(began) = &self.began else { return Vec::new() };
        if began.operation == Operation::Plan {
            return Vec::new();
        }
        let told = began.announced.iter().filter_map(|announced| {
            let known = self.instances.get(&announced.id)?;
            let (existence, (at, sequence)) = (known.existence?, known.told?);
            // What is not known to be in this cloud is in none.
            let of = began.environments.get(&announced.id.environment)?;
            let needed = announced.needs.iter().filter_map(|need| began.announced.get(*need));
            let needs = needed.map(AnnouncedInstance::place);
            let moment = |(at, sequence)| Moment { at, run: began.run.clone(), sequence };
            let made = known.made.clone();
            Some(InventoryStack {
                environment: announced.id.environment.clone(),
                scope: of.scope.clone(),
                place: announced.place(),
                account: announced.id.account.clone(),
                stack: announced.id.stack.clone(),
                source: of.source.clone(),
                file: of.file.clone(),
                stack_id: known.stack_id.clone(),
                needs: needs.chain(announced.outside_needs.iter().cloned()).collect(),
                existence,
                run: began.run.clone(),
                at,
                sequence,
                made: made.map(|(told, stack_id)| Making { moment: moment(told), stack_id }),
                gone: known.gone.map(moment),
            })
        });
        told.collect()
    }

    fn of(&mut self, instance: &InstanceId, at: Timestamp, sequence: u64) -> &mut Known {
        let known = self.instances.entry(instance.clone()).or_default();
        known.event = Some((at, sequence));
        known
    }
}

impl Known {
    fn intend(&mut self, action: StackAction, stack_id: Option<&String>) {
        match action {
            // What stands is not created: it was seen to be absent.
            StackAction::Create => {
                self.set(Existence::MayStand, None);
                self.stack_id = None;
                self.is_creation_open = true;
                self.made = None;
                self.make();
            }
            deleting if deleting.deletes() => self.set(Existence::MayStand, stack_id),
            _ => {}
        }
    }

    fn start(&mut self, action: StackAction, stack_id: Option<&String>) {
        match action {
            StackAction::Create => {
                self.set(Existence::Stands, stack_id);
                self.is_creation_open = false;
                self.make();
            }
            deleting if deleting.deletes() => self.set(Existence::MayStand, stack_id),
            _ => {}
        }
    }

    fn end(&mut self, end: &InstanceEnd, operation: Option<Operation>) {
        let stack_id = end.stack_id.as_ref();
        let is_gone = end.status == Some(StackStatus::DeleteComplete);
        match end.outcome {
            Outcome::Created => {
                self.set(Existence::Stands, stack_id);
                self.make();
            }
            Outcome::Unchanged if operation.is_some_and(Operation::deletes) => {
                self.set(Existence::Absent, None);
                // It was looked for under its name: nothing at all stands there.
                self.gone = self.told;
            }
            // It stands, but that says nothing of who made it.
            Outcome::Updated | Outcome::Unchanged => self.set(Existence::Stands, stack_id),
            Outcome::Deleted => self.set(Existence::Absent, None),
            _ if is_gone => self.set(Existence::Absent, None),
            Outcome::RolledBack | Outcome::Failed | Outcome::Skipped => self.end_badly(end),
        }
        self.is_creation_open = false;
    }

    /// Takes in the end of one that did not become as wanted, and is not known to be gone.
    fn end_badly(&mut self, end: &InstanceEnd) {
        let is_left = end.failure.as_ref().is_some_and(|failure| failure.kind.leaves_unknown());
        match &end.status {
            // Nothing that this run made or was about to delete.
            _ if self.existence.is_none() => {}
            Some(StackStatus::DeleteInProgress) => {}
            // It was told before, and may not have been looked at since.
            Some(_) if self.existence == Some(Existence::Stands) && !self.is_other(end) => {}
            // What stands under its name is not what it was about to make.
            Some(_) if self.is_creation_open && !is_left => self.set(Existence::Absent, None),
            Some(_) => self.set(Existence::Stands, end.stack_id.as_ref()),
            None if self.is_creation_open && !is_left => self.set(Existence::Absent, None),
            // It was there, and how it ended was not seen.
            None if self.existence == Some(Existence::Stands) => {
                self.set(Existence::MayStand, None);
            }
            None => {}
        }
    }

    /// Whether it ended as another stack than the one that is known.
    fn is_other(&self, end: &InstanceEnd) -> bool {
        let arns = self.stack_id.as_ref().zip(end.stack_id.as_ref());
        arns.is_some_and(|(known, told)| known != told)
    }

    fn set(&mut self, existence: Existence, stack_id: Option<&String>) {
        self.existence = Some(existence);
        self.told = self.event;
        if let Some(stack_id) = stack_id {
            self.stack_id = Some(stack_id.clone());
        }
        match existence {
            Existence::Absent => self.gone = self.stood.or(self.told),
            Existence::Stands | Existence::MayStand => self.stood = self.told,
        }
    }

    /// Takes in that it is made, or about to be.
    fn make(&mut self) {
        let known = self.made.take().and_then(|(_, stack_id)| stack_id);
        self.made = self.told.map(|told| (told, self.stack_id.clone().or(known)));
    }
}
