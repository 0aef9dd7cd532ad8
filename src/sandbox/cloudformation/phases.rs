//! Phase transitions of an operation: after its last step, success, rollback, cleanup or the end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::engine::{Engine, set};
use super::evaluate::TemplateScope;
use super::failure_policy::FailurePolicy;
use super::nesting::OrderedWork;
use super::operation::{Goal, Phase, StackOperation, Task, TaskProgress, TaskWork};
use super::stack::{Resource, StoredStack, UndoStep};
use super::tasks::{removals, standing};
use super::{embedded, exports, validate};
use crate::status::{ResourceStatus, StackStatus as Status};

/// Whether an operation has failed on its way forward and begins nothing more there.
///
/// A deletion goes on: what can go does.
pub fn is_giving_up(operation: &StackOperation) -> bool {
    operation.phase == Phase::Forward
        && operation.goal != Goal::Delete
        && (operation.cause.is_some() || !operation.failed().is_empty())
}

/// Whether a stack is taking back what it did.
pub fn is_rolling_back(stack: &StoredStack) -> bool {
    stack.operation.as_ref().is_some_and(|operation| {
        matches!(operation.phase, Phase::Rollback | Phase::RollbackCleanup)
    })
}

/// Lets a creation fail whose time is over.
pub fn time_out(stack: &mut StoredStack) {
    if let Some(operation) = &mut stack.operation {
        operation.deadline = None;
        operation.cause = Some("Stack creation time exceeded the specified timeout.".to_owned());
    }
}

/// Ends what is being made or changed while something else failed.
pub fn cancel_running(engine: &mut Engine<'_>, stack: &mut StoredStack, at: Timestamp) {
    let running = stack.operation.as_ref().map(StackOperation::running).unwrap_or_default();
    for id in running {
        if let Some(nested) = stack.resources.get(&id).filter(|it| embedded::is_carried_out(it)) {
            embedded::order(engine.account, &nested.physical_id, OrderedWork::Cancel, at);
        }
        let (status, reason) = match stack.undo.get(&id) {
            Some(UndoStep::Changed(_) | UndoStep::Replaced(_)) => {
                (ResourceStatus::UpdateFailed, "Resource update cancelled")
            }
            _ => (ResourceStatus::CreateFailed, "Resource creation cancelled"),
        };
        stack.turn_resource(&id, status, Some(reason.to_owned()), at);
        stack.keep_unchanged(&id);
        set(stack, &id, TaskProgress::Failed);
    }
}

/// Goes on to the next phase, or ends the operation.
pub fn end_phase(engine: &mut Engine<'_>, stack: &mut StoredStack, at: Timestamp) {
    let Some(operation) = &stack.operation else { return };
    let has_failed = !operation.failed().is_empty();
    match (operation.goal, operation.phase) {
        (Goal::Create | Goal::Update, Phase::Forward) => end_forward(engine, stack, at),
        (Goal::Create, _) => {
            let failed = failures(stack, "delete");
            let status = if has_failed { Status::RollbackFailed } else { Status::RollbackComplete };
            if failed.is_none() {
                stack.imports.clear();
            }
            finish(stack, status, failed, at);
        }
        (Goal::Update, Phase::Rollback) if has_failed => {
            let failed = failures(stack, "update");
            finish(stack, Status::UpdateRollbackFailed, failed, at);
        }
        (Goal::Update, Phase::Rollback) => {
            stack.turn(Status::UpdateRollbackCompleteCleanupInProgress, None, at);
            match stack.operation.as_ref().is_some_and(|operation| operation.is_nested) {
                true => begin_phase(stack, Phase::AwaitingRollbackCleanup, BTreeMap::new()),
                false => begin_rollback_cleanup(engine, stack),
            }
        }
        (Goal::Update, Phase::AwaitingCleanup | Phase::AwaitingRollbackCleanup) => {}
        (Goal::Update, phase @ (Phase::Cleanup | Phase::RollbackCleanup)) => {
            let wanted = wanted(engine, stack);
            stack.resources.retain(|id, _| wanted.contains_key(id));
            stack.undo.clear();
            stack.replaced.clear();
            stack.former = None;
            stack.former_outputs = None;
            let status = match phase {
                Phase::Cleanup => Status::UpdateComplete,
                _ => Status::UpdateRollbackComplete,
            };
            finish(stack, status, None, at);
        }
        (Goal::Delete, _) => {
            let failed = failures(stack, "delete");
            if failed.is_none() {
                stack.outputs.clear();
                stack.imports.clear();
            }
            let status = if has_failed { Status::DeleteFailed } else { Status::DeleteComplete };
            finish(stack, status, failed, at);
        }
    }
}

fn end_forward(engine: &mut Engine<'_>, stack: &mut StoredStack, at: Timestamp) {
    let Some(operation) = &stack.operation else { return };
    let goal = operation.goal;
    if is_giving_up(operation) {
        return give_up(engine, stack, at);
    }
    match (exports::outputs(engine.account, stack), goal) {
        (Err(cause), _) => {
            if let Some(operation) = &mut stack.operation {
                operation.cause = Some(cause);
            }
            give_up(engine, stack, at);
        }
        (Ok(outputs), Goal::Create) => {
            stack.outputs = outputs;
            stack.undo.clear();
            finish(stack, Status::CreateComplete, None, at);
        }
        (Ok(outputs), Goal::Update | Goal::Delete) => {
            let former = std::mem::replace(&mut stack.outputs, outputs);
            stack.former_outputs.get_or_insert(former);
            stack.imports = exports::imports_of(engine.account, stack);
            stack.turn(Status::UpdateCompleteCleanupInProgress, None, at);
            match stack.operation.as_ref().is_some_and(|operation| operation.is_nested) {
                true => begin_phase(stack, Phase::AwaitingCleanup, BTreeMap::new()),
                false => begin_cleanup(engine, stack),
            }
        }
    }
}

/// Begins to clear up after an update that succeeded; from now on there is no way back.
pub fn begin_cleanup(engine: &Engine<'_>, stack: &mut StoredStack) {
    let wanted = wanted(engine, stack);
    let surplus = stack.resources.keys().filter(|id| !wanted.contains_key(*id));
    let surplus: Vec<String> = surplus.cloned().collect();
    for (id, undo) in std::mem::take(&mut stack.undo) {
        if let UndoStep::Replaced(old) = undo {
            stack.replaced.insert(id, *old);
        }
    }
    let leaving = surplus.into_iter().chain(stack.replaced.keys().cloned()).collect();
    begin_phase(stack, Phase::Cleanup, clearing(engine, stack, &leaving));
}

fn give_up(engine: &mut Engine<'_>, stack: &mut StoredStack, at: Timestamp) {
    let Some(operation) = &mut stack.operation else { return };
    operation.deadline = None;
    let (goal, is_nested) = (operation.goal, operation.is_nested);
    let cause = operation.cause.take();
    let cause = cause.or_else(|| what_failed(stack)).unwrap_or_default();
    match (goal, stack.on_failure) {
        // Whether it goes is for the stack above to say.
        (Goal::Create, _) if is_nested => finish(stack, Status::CreateFailed, Some(cause), at),
        (Goal::Update, FailurePolicy::Rollback | FailurePolicy::Delete) => {
            stack.turn(Status::UpdateRollbackInProgress, Some(cause), at);
            begin_rollback(engine, stack, &[]);
        }
        (Goal::Update, FailurePolicy::DoNothing) => {
            finish(stack, Status::UpdateFailed, Some(cause), at);
        }
        (_, FailurePolicy::Rollback) => {
            let reason = format!("{cause} Rollback requested by user.");
            begin_rollback_of_creation(stack, reason, at);
        }
        (_, FailurePolicy::Delete) => {
            let reason = format!("{cause} Delete requested by user.");
            stack.turn(Status::DeleteInProgress, Some(reason), at);
            stack.deleted = Some(at);
            stack.change_set_id = None;
            let all = standing(stack);
            begin_phase(stack, Phase::Rollback, removals(stack, &all));
            if let Some(operation) = &mut stack.operation {
                operation.goal = Goal::Delete;
            }
        }
        (_, FailurePolicy::DoNothing) => finish(stack, Status::CreateFailed, Some(cause), at),
    }
}

/// Goes back to nothing, after a creation.
pub fn begin_rollback_of_creation(stack: &mut StoredStack, reason: String, at: Timestamp) {
    stack.change_set_id = None;
    stack.turn(Status::RollbackInProgress, Some(reason), at);
    let all = standing(stack);
    begin_phase(stack, Phase::Rollback, removals(stack, &all));
}

/// Goes back to what stood before an update, but for the resources in `skipped`.
pub fn begin_rollback(engine: &Engine<'_>, stack: &mut StoredStack, skipped: &[String]) {
    stack.change_set_id = None;
    stack.drift.outdate();
    if let Some(former) = stack.former.clone() {
        stack.definition = former;
    }
    if let Some(former) = stack.former_outputs.take() {
        stack.outputs = former;
    }
    stack.imports = exports::imports_of(engine.account, stack);
    for id in skipped {
        stack.undo.remove(id);
    }
    let olds: BTreeMap<&String, &Resource> = stack
        .undo
        .iter()
        .filter_map(|(id, undo)| match undo {
            UndoStep::Changed(old) | UndoStep::Replaced(old) => Some((id, &**old)),
            UndoStep::Created => None,
        })
        .collect();
    let tasks = olds
        .iter()
        .map(|(id, old)| {
            let after = old.needs.iter().filter(|need| olds.contains_key(need)).cloned().collect();
            ((*id).clone(), Task::new(TaskWork::Restore, after))
        })
        .collect();
    begin_phase(stack, Phase::Rollback, tasks);
}

/// Begins to clear up what an update made before it was taken back.
pub fn begin_rollback_cleanup(engine: &Engine<'_>, stack: &mut StoredStack) {
    let created = stack.undo.iter().filter(|(_, undo)| **undo == UndoStep::Created);
    let created: Vec<String> = created.map(|(id, _)| id.clone()).collect();
    let leaving = created.into_iter().chain(stack.replaced.keys().cloned()).collect();
    begin_phase(stack, Phase::RollbackCleanup, clearing(engine, stack, &leaving));
}

/// Returns the tasks that end the resources in `leaving`, and those that let nested stacks clear up.
fn clearing(
    engine: &Engine<'_>,
    stack: &StoredStack,
    leaving: &BTreeSet<String>,
) -> BTreeMap<String, Task> {
    let mut tasks = removals(stack, leaving);
    for (id, resource) in &stack.resources {
        if embedded::is_on_hold(engine.account, resource) {
            let clean_up = || Task::new(TaskWork::CleanUp, BTreeSet::new());
            tasks.entry(id.clone()).or_insert_with(clean_up);
        }
    }
    tasks
}

fn begin_phase(stack: &mut StoredStack, phase: Phase, tasks: BTreeMap<String, Task>) {
    if let Some(operation) = &mut stack.operation {
        operation.phase = phase;
        operation.tasks = tasks;
    }
}

fn finish(stack: &mut StoredStack, status: Status, reason: Option<String>, at: Timestamp) {
    stack.turn(status, reason, at);
    stack.operation = None;
}

fn wanted(engine: &Engine<'_>, stack: &StoredStack) -> BTreeMap<String, BTreeSet<String>> {
    let others = exports::of_others(engine.account, &stack.region, &stack.id);
    // What was accepted was checked; nothing it depends on has changed since.
    validate::wanted(&TemplateScope { stack, others: &others }).unwrap_or_default()
}

/// Says which resources failed to be `verb`ed, if any did.
fn failures(stack: &StoredStack, verb: &str) -> Option<String> {
    let failed = stack.operation.as_ref().map(StackOperation::failed).unwrap_or_default();
    (!failed.is_empty())
        .then(|| format!("The following resource(s) failed to {verb}: [{}]. ", failed.join(", ")))
}

/// Says which resources failed on the way forward.
fn what_failed(stack: &StoredStack) -> Option<String> {
    let failed = stack.operation.as_ref().map(StackOperation::failed)?;
    let is_update = |id: &&str| {
        matches!(stack.undo.get(*id), Some(UndoStep::Changed(_) | UndoStep::Replaced(_)))
    };
    let (updates, creations): (Vec<&str>, Vec<&str>) = failed.iter().partition(|id| is_update(id));
    let say = |verb: &str, ids: &[&str]| {
        (!ids.is_empty())
            .then(|| format!("The following resource(s) failed to {verb}: [{}].", ids.join(", ")))
    };
    let said = [say("create", &creations), say("update", &updates)];
    Some(said.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
