//! Rolls a resource back to what it was, or deletes it.

use jiff::Timestamp;

use super::directives::Retention;
use super::engine::{Engine, fail, set};
use super::operation::{Goal, Phase, TaskProgress};
use super::permissions::{self, ResourceStep};
use super::stack::{Resource, StoredStack, UndoStep};
use super::{dynamic_references, embedded, nested, phases, service};
use crate::sandbox::fault::StepKind;
use crate::status::ResourceStatus as Status;

impl Engine<'_> {
    /// Ends the way back of a resource to what it was before an update.
    pub fn finish_restore(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let refused = self
            .failure_on_demand(stack, id, &[StepKind::Rollback], at)
            .or_else(|| nested::stuck_way_back(self.account, &stack.resources[id]));
        if let Some(reason) = refused {
            return fail(stack, id, reason, at);
        }
        if let Some(UndoStep::Changed(old)) = stack.undo.get(id) {
            let step = ResourceStep::Changing(&stack.resources[id].properties);
            let calls = permissions::calls(self.account, stack, old, step);
            if let Err(reason) = self.permit(stack, id, &calls, at) {
                return fail(stack, id, reason, at);
            }
        }
        match stack.undo.remove(id) {
            Some(UndoStep::Changed(old)) => {
                stack.resources.insert(id.to_owned(), *old);
            }
            Some(UndoStep::Replaced(old)) => {
                let new = stack.resources.insert(id.to_owned(), *old);
                let is_made = |new: &Resource| new.physical_id != stack.resources[id].physical_id;
                if let Some(new) = new.filter(is_made) {
                    stack.replaced.insert(id.to_owned(), new);
                }
            }
            Some(UndoStep::Created) | None => {}
        }
        let written = stack.resources[id].clone();
        // What its references lead to may have gone meanwhile: then it keeps what it has.
        if let Ok(mut served) =
            dynamic_references::served(self.account, &self.settings.made_up_values, stack, &written)
        {
            service::settle(self.account, self.others, stack, &mut served, at);
            let resource = Resource { properties: written.properties, ..served };
            stack.resources.insert(id.to_owned(), resource);
        }
        stack.turn_resource(id, Status::UpdateComplete, None, at);
        set(stack, id, TaskProgress::Done);
    }

    /// Begins to end a resource, or leaves it in place if it is to stay.
    pub fn begin_remove(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let is_replaced = stack.replaced.contains_key(id);
        let leaving = stack.replaced.get(id).or_else(|| stack.resources.get(id));
        let Some(leaving) = leaving.cloned() else { return set(stack, id, TaskProgress::Done) };
        let keep = match is_replaced {
            true => leaving.directives.on_replacement,
            false => leaving.directives.on_deletion,
        };
        let is_retained = match keep {
            Retention::No | Retention::Snapshot => false,
            Retention::ExceptOnCreate => !phases::is_rolling_back(stack),
            Retention::Yes => true,
        };
        if leaving.physical_id.is_empty() {
            turn_leaving(stack, id, Status::DeleteComplete, None, at);
            return set(stack, id, TaskProgress::Done);
        }
        if is_retained {
            turn_leaving(stack, id, Status::DeleteSkipped, None, at);
            return end_remove(stack, id);
        }
        turn_leaving(stack, id, Status::DeleteInProgress, None, at);
        if !self.order_deletion(stack, id, &leaving, at) {
            self.work_until_done(stack, id, at);
        }
    }

    /// Ends a resource.
    pub fn finish_remove(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let leaving = stack.replaced.get(id).or_else(|| stack.resources.get(id)).cloned();
        let Some(leaving) = leaving else { return set(stack, id, TaskProgress::Done) };
        // What an update's rollback clears away is not what it goes back to.
        let is_way_back = stack.operation.as_ref().is_some_and(|o| o.phase == Phase::Rollback);
        let steps: &[StepKind] =
            if is_way_back { &[StepKind::Delete, StepKind::Rollback] } else { &[StepKind::Delete] };
        let ended = match self.failure_on_demand(stack, id, steps, at) {
            Some(reason) => Err(reason),
            None if embedded::is_carried_out(&leaving) => nested::deleted(self.account, &leaving),
            None => {
                let permitted = self.permit_deletion(stack, id, &leaving, at);
                permitted.and_then(|()| service::end(self.account, self.owners, stack, &leaving))
            }
        };
        let is_forced = stack.operation.as_ref().is_some_and(|operation| operation.is_forced);
        match ended {
            Err(reason) if is_forced => {
                turn_leaving(stack, id, Status::DeleteSkipped, Some(reason), at);
                end_remove(stack, id);
            }
            Err(reason) => {
                turn_leaving(stack, id, Status::DeleteFailed, Some(reason), at);
                set(stack, id, TaskProgress::Failed);
            }
            Ok(()) => {
                turn_leaving(stack, id, Status::DeleteComplete, None, at);
                end_remove(stack, id);
            }
        }
    }
}

impl Engine<'_> {
    /// Checks that a resource may be deleted on behalf of who asked for the operation.
    ///
    /// # Errors
    /// If it may not, in the words of a status reason.
    fn permit_deletion(
        &mut self,
        stack: &StoredStack,
        id: &str,
        leaving: &Resource,
        at: Timestamp,
    ) -> Result<(), String> {
        let calls = permissions::calls(self.account, stack, leaving, ResourceStep::Deleting);
        self.permit(stack, id, &calls, at)
    }
}

/// Ends a removal; in a deletion, what took the place of a replaced resource is next.
fn end_remove(stack: &mut StoredStack, id: &str) {
    let was_replaced = stack.replaced.remove(id).is_some();
    let is_deletion =
        stack.operation.as_ref().is_some_and(|operation| operation.goal == Goal::Delete);
    let progress =
        if was_replaced && is_deletion { TaskProgress::Waiting } else { TaskProgress::Done };
    set(stack, id, progress);
}

/// Tells of a resource that is going: one that was replaced, or the current one.
fn turn_leaving(
    stack: &mut StoredStack,
    id: &str,
    status: Status,
    reason: Option<String>,
    at: Timestamp,
) {
    let Some(replaced) = stack.replaced.get_mut(id) else {
        return stack.turn_resource(id, status, reason, at);
    };
    replaced.status = status;
    replaced.reason = reason;
    replaced.changed = at;
    let told = replaced.clone();
    stack.tell(id, &told);
}
