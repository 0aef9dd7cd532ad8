//! A nested stack is made, changed, taken back and deleted: what its stack has it do.

use jiff::Timestamp;

use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::dynamic_references::served;
use crate::sandbox::cloudformation::embedded::{is_carried_out, order};
use crate::sandbox::cloudformation::engine::{Engine, fail, set};
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;
use crate::sandbox::cloudformation::nesting::{Nesting, OrderedWork, ParentOrder};
use crate::sandbox::cloudformation::operation::{Goal, Phase, StackOperation, TaskProgress};
use crate::sandbox::cloudformation::permissions::{self, ResourceStep};
use crate::sandbox::cloudformation::stack::{Resource, StoredStack, UndoStep};
use crate::sandbox::cloudformation::update::{self, Update};
use crate::sandbox::cloudformation::{create, resource_change, resource_types, sought_change};
use crate::sandbox::wire::Refusal;
use crate::status::StackStatus;

/// How deep stacks may be nested here; AWS documents no limit.
const DEEPEST: usize = 20;

impl Engine<'_> {
    /// Whether a resource is a nested stack that stands.
    pub fn is_nested_standing(&self, resource: &Resource) -> bool {
        is_carried_out(resource) && self.nested(resource).is_some_and(|nested| !nested.is_gone())
    }

    pub(super) fn nested(&self, resource: &Resource) -> Option<&StoredStack> {
        self.account.stacks.get(&resource.physical_id)
    }

    /// Makes a nested stack, whose resources are made as time goes by; returns it as a resource.
    ///
    /// # Errors
    /// If it cannot be made, as far as it can be told beforehand, in the words of a status reason.
    pub fn nested_stack_made(
        &mut self,
        parent: &StoredStack,
        id: &str,
        at: Timestamp,
    ) -> Result<Resource, String> {
        let written = &parent.resources[id];
        if let Some(fault) = resource_change::fault(parent, id, written) {
            return Err(fault);
        }
        self.permit_reads(parent, id, written, at)?;
        let resource = served(self.account, &self.settings.made_up_values, parent, written)?;
        let calls = permissions::calls(self.account, parent, &resource, ResourceStep::Making);
        self.permit(parent, id, &calls, at)?;
        let nested = self.new_nested_stack(parent, id, &resource, at);
        let nested = nested.map_err(|refusal| refusal.message)?;
        let made = Resource {
            physical_id: nested.id.clone(),
            token: nested.id.rsplit('/').next().unwrap_or_default().to_owned(),
            ..written.clone()
        };
        self.account.stacks.insert(nested.id.clone(), nested);
        Ok(made)
    }

    fn new_nested_stack(
        &mut self,
        parent: &StoredStack,
        id: &str,
        resource: &Resource,
        at: Timestamp,
    ) -> Result<StoredStack, Refusal> {
        let waiting = self.waiting_nested_stack(parent, id, resource, at)?;
        let definition = self.definition_of(parent, id, resource, at)?;
        let minutes = resource.properties["TimeoutInMinutes"].as_str();
        let order = Some(ParentOrder { at, work: OrderedWork::Begin });
        let mut nested = StoredStack {
            secrets: definition.secrets().collect(),
            definition,
            is_protected: parent.is_protected,
            timeout_minutes: minutes.and_then(|minutes| minutes.parse().ok()),
            nesting: waiting.nesting.clone().map(|nesting| Nesting { order, ..nesting }),
            change_set_id: executed_with(parent, &waiting),
            ..waiting
        };
        let above = parent.operation.as_ref();
        let token = above.and_then(|operation| operation.token.clone());
        let principal = above.and_then(|operation| operation.principal.clone());
        let mut operation = StackOperation::new(Goal::Create, token, principal);
        operation.is_nested = true;
        self.accept_creation(&mut nested, operation, at)?;
        Ok(nested)
    }

    /// Returns the stack that a nested one is made of: the one that waits under a change set, or one of which nothing was
    /// asked yet.
    fn waiting_nested_stack(
        &mut self,
        parent: &StoredStack,
        id: &str,
        resource: &Resource,
        at: Timestamp,
    ) -> Result<StoredStack, Refusal> {
        let is_of_it = |it: &Nesting| it.parent == parent.id && it.logical_id == id;
        let is_waiting = |stack: &&StoredStack| {
            stack.status == StackStatus::ReviewInProgress
                && stack.nesting.as_ref().is_some_and(is_of_it)
        };
        if let Some(waiting) = self.account.stacks.values().find(is_waiting) {
            return Ok(waiting.clone());
        }
        let above = parent.nesting.as_ref();
        let depth = above.map_or(1, |above| above.depth + 1);
        if depth > DEEPEST {
            return Err(Refusal::validation(format!(
                "the sandbox does not nest stacks more than {DEEPEST} deep; on AWS it may well work"
            )));
        }
        let kind = resource_types::of(&resource.resource_type);
        let name = kind.generated_name(&parent.name, id, &self.account.fresh_id(12));
        let nesting = Nesting {
            parent: parent.id.clone(),
            logical_id: id.to_owned(),
            root: above.map_or(&parent.id, |above| &above.root).clone(),
            depth,
            order: None,
        };
        let blank = create::blank_in(self.account, &parent.region, &name, at);
        Ok(StoredStack { nesting: Some(nesting), ..blank })
    }

    /// Returns a nested stack, or the one that will be it, and what it is to be, as far as its resource is foreseen.
    ///
    /// # Errors
    /// If its template or a value cannot be read.
    pub fn nested_stack_foreseen(
        &mut self,
        parent: &StoredStack,
        id: &str,
        foreseen: &Resource,
        at: Timestamp,
    ) -> Result<(StoredStack, Definition), Refusal> {
        let resource = served(self.account, &self.settings.made_up_values, parent, foreseen)
            .map_err(Refusal::validation)?;
        let standing = self.nested(&resource).filter(|nested| !nested.is_gone()).cloned();
        let stack = match standing {
            Some(stack) => stack,
            None => self.waiting_nested_stack(parent, id, &resource, at)?,
        };
        let definition = self.definition_of(parent, id, &resource, at)?;
        Ok((stack, definition))
    }

    /// Begins to change a nested stack; one that is as it should be is done at once.
    pub fn begin_nested_update(&mut self, parent: &mut StoredStack, id: &str, at: Timestamp) {
        let is_known = self.nested(&parent.resources[id]).is_some();
        let begun = match is_known {
            true => self.update_nested(parent, id, at),
            // Of an older file, in which nested stacks were only names.
            false => self.nested_stack_made(parent, id, at).map(|made| {
                parent.resources.insert(id.to_owned(), made);
                true
            }),
        };
        match begun {
            Err(reason) => {
                fail(parent, id, reason, at);
                parent.keep_unchanged(id);
            }
            Ok(true) => set(parent, id, TaskProgress::Nested),
            Ok(false) => self.work_until_done(parent, id, at),
        }
    }

    /// Has a nested stack change; returns whether it does.
    fn update_nested(
        &mut self,
        parent: &StoredStack,
        id: &str,
        at: Timestamp,
    ) -> Result<bool, String> {
        self.permit_reads(parent, id, &parent.resources[id], at)?;
        let resource =
            served(self.account, &self.settings.made_up_values, parent, &parent.resources[id])?;
        if let Some(UndoStep::Changed(old)) = parent.undo.get(id) {
            let step = ResourceStep::Changing(&old.properties);
            let calls = permissions::calls(self.account, parent, &resource, step);
            self.permit(parent, id, &calls, at)?;
        }
        let definition = self.definition_of(parent, id, &resource, at);
        let definition = definition.map_err(|refusal| refusal.message)?;
        let Some(nested) = self.nested(&resource).filter(|nested| !nested.is_gone()) else {
            return Err(format!("Stack [{}] does not exist", resource.physical_id));
        };
        let disables_rollback = parent.on_failure == FailurePolicy::DoNothing;
        let operation = nested.operation.as_ref();
        let is_done = operation.is_some_and(|operation| operation.phase == Phase::AwaitingCleanup);
        if !is_done {
            let refused = update::check_status(nested, disables_rollback);
            refused.map_err(|refusal| refusal.message)?;
        }
        if !nested.status.is_left_as_it_failed() && !sought_change::is_any(nested, &definition) {
            return Ok(false);
        }
        let above = parent.operation.as_ref();
        let principal = above.and_then(|operation| operation.principal.clone());
        let update = Update {
            action: "UpdateStack",
            definition,
            policy: None,
            policy_meanwhile: None,
            disables_rollback,
            token: above.and_then(|operation| operation.token.clone()),
            change_set: executed_with(parent, nested),
        };
        let accepted = self.with_stack(&resource.physical_id, |engine, nested| {
            let begin = Some(ParentOrder { at, work: OrderedWork::Begin });
            nested.nesting.iter_mut().for_each(|nesting| nesting.order.clone_from(&begin));
            let accepted = engine.accept_update(nested, update, principal, at);
            if let Some(operation) = nested.operation.as_mut().filter(|_| accepted.is_ok()) {
                operation.is_nested = true;
            }
            if accepted.is_err() {
                nested.nesting.iter_mut().for_each(|nesting| nesting.order = None);
            }
            accepted
        });
        accepted.map_err(|refusal: Refusal| refusal.message)?;
        Ok(true)
    }

    /// Has a nested stack go back to what it was before an update; returns whether it has to.
    pub fn order_way_back(&mut self, parent: &mut StoredStack, id: &str, at: Timestamp) -> bool {
        let Some(nested) = parent.resources.get(id).filter(|it| is_carried_out(it)) else {
            return false;
        };
        let Some(nested) = self.nested(nested) else { return false };
        let operation = nested.operation.as_ref();
        let is_back =
            operation.is_some_and(|operation| operation.phase == Phase::AwaitingRollbackCleanup);
        let is_stuck =
            matches!(nested.status, StackStatus::UpdateFailed | StackStatus::UpdateRollbackFailed);
        if is_back || (operation.is_none() && !is_stuck) {
            return false;
        }
        let skipped = parent.operation.as_ref().map(|operation| operation.skipped.clone());
        let work = OrderedWork::GoBack { skipped: skipped.unwrap_or_default() };
        order(self.account, &nested.id.clone(), work, at);
        set(parent, id, TaskProgress::Nested);
        true
    }

    /// Has a nested stack clear up.
    pub fn order_clean_up(&mut self, parent: &mut StoredStack, id: &str, at: Timestamp) {
        let nested = parent.resources[id].physical_id.clone();
        order(self.account, &nested, OrderedWork::CleanUp, at);
        set(parent, id, TaskProgress::Nested);
    }

    /// Has a nested stack deleted; returns whether there is one.
    pub fn order_deletion(
        &mut self,
        parent: &mut StoredStack,
        id: &str,
        leaving: &Resource,
        at: Timestamp,
    ) -> bool {
        if !self.is_nested_standing(leaving) {
            return false;
        }
        let is_forced = parent.operation.as_ref().is_some_and(|operation| operation.is_forced);
        order(self.account, &leaving.physical_id, OrderedWork::Delete { is_forced }, at);
        set(parent, id, TaskProgress::Nested);
        true
    }
}

/// Returns the ARN of the change set of a nested stack that is executed with its parent's.
fn executed_with(parent: &StoredStack, nested: &StoredStack) -> Option<String> {
    let change_set = nested.change_sets.values().find(|change_set| {
        let above = change_set.above.as_ref().map(|above| &above.parent);
        above.is_some() && above == parent.change_set_id.as_ref()
    });
    change_set.map(|change_set| change_set.id.clone())
}
