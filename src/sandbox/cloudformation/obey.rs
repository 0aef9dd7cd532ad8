//! A nested stack does what the stack above asks of it.

use jiff::Timestamp;

use super::engine::Engine;
use super::nesting::OrderedWork;
use super::operation::{Goal, Phase, StackOperation};
use super::stack::StoredStack;
use super::{exports, phases};
use crate::status::StackStatus;

impl Engine<'_> {
    /// Begins what the stack above asks of one that is nested in it.
    pub fn obey(&mut self, stack: &mut StoredStack, work: OrderedWork, at: Timestamp) {
        match work {
            OrderedWork::Begin => self.begin_as_ordered(stack),
            OrderedWork::Cancel => self.cancel(stack, at),
            OrderedWork::GoBack { skipped } => self.go_back(stack, &skipped, at),
            OrderedWork::CleanUp => self.clean_up(stack),
            OrderedWork::Delete { is_forced } => self.delete_as_ordered(stack, is_forced, at),
        }
    }

    /// Looks at what could not be seen while the stack above was being worked on: what it exports itself.
    fn begin_as_ordered(&self, stack: &mut StoredStack) {
        let missing = exports::missing_import(self.account, stack);
        if let Some(operation) = &mut stack.operation {
            operation.cause = operation.cause.take().or(missing);
        }
    }

    fn clean_up(&self, stack: &mut StoredStack) {
        match stack.operation.as_ref().map(|operation| operation.phase) {
            Some(Phase::AwaitingCleanup) => phases::begin_cleanup(self, stack),
            Some(Phase::AwaitingRollbackCleanup) => phases::begin_rollback_cleanup(self, stack),
            Some(Phase::Forward | Phase::Rollback | Phase::Cleanup | Phase::RollbackCleanup)
            | None => {}
        }
    }

    fn delete_as_ordered(&mut self, stack: &mut StoredStack, is_forced: bool, at: Timestamp) {
        let deletion = stack.operation.as_mut().filter(|operation| operation.goal == Goal::Delete);
        if let Some(deletion) = deletion {
            // Somebody has it deleted already.
            deletion.is_nested = true;
            deletion.is_forced |= is_forced;
            return;
        }
        let mut operation = self.handed_down(stack, Goal::Delete);
        operation.is_forced = is_forced;
        self.accept_deletion(stack, operation, &[], at);
        // One that may not go has nothing to wait for either: the stack above does not go back any more.
        self.clean_up(stack);
    }

    fn cancel(&mut self, stack: &mut StoredStack, at: Timestamp) {
        let is_forward =
            stack.operation.as_ref().is_some_and(|operation| operation.phase == Phase::Forward);
        if !is_forward {
            return;
        }
        phases::cancel_running(self, stack, at);
        if let Some(operation) = stack.operation.as_mut().filter(|it| it.failed().is_empty()) {
            let verb = if operation.goal == Goal::Create { "creation" } else { "update" };
            operation.cause = Some(format!("Stack {verb} cancelled"));
        }
    }

    fn go_back(&mut self, stack: &mut StoredStack, skipped: &[String], at: Timestamp) {
        let phase = stack.operation.as_ref().map(|operation| operation.phase);
        if phase == Some(Phase::Forward) {
            // It turns back by itself.
            return self.cancel(stack, at);
        }
        let is_stuck =
            matches!(stack.status, StackStatus::UpdateFailed | StackStatus::UpdateRollbackFailed);
        if !(phase == Some(Phase::AwaitingCleanup) || (phase.is_none() && is_stuck)) {
            return;
        }
        let mut operation = self.handed_down(stack, Goal::Update);
        operation.skipped = skipped.to_vec();
        stack.operation = Some(operation);
        stack.turn(StackStatus::UpdateRollbackInProgress, None, at);
        let own = |id: &String| Some(id.strip_prefix(&stack.name)?.strip_prefix('.')?.to_owned());
        let own: Vec<String> = skipped.iter().filter_map(own).collect();
        phases::begin_rollback(self, stack, &own);
    }

    /// Returns an operation as a part of the one of the stack above.
    fn handed_down(&self, stack: &StoredStack, goal: Goal) -> StackOperation {
        let parent = stack.nesting.as_ref().map(|nesting| &nesting.parent);
        let above = parent.and_then(|parent| self.account.stacks.get(parent)?.operation.as_ref());
        let token = above.and_then(|operation| operation.token.clone());
        let principal = above.and_then(|operation| operation.principal.clone());
        let operation = StackOperation::new(goal, token, principal);
        StackOperation { is_nested: true, ..operation }
    }
}
