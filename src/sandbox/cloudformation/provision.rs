//! Provisioning: makes or changes a resource until it is in its desired state, as the template has it.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::directives::ResourceDirectives;
use super::engine::{Engine, fail, resource_in_progress, set};
use super::evaluate::{OtherStacks, TemplateScope};
use super::operation::TaskProgress;
use super::permissions::{self, ResourceStep};
use super::resource_change::{fault, has_changed, objection};
use super::resource_types;
use super::stack::{Resource, StoredStack, UndoStep};
use super::{dynamic_references, early_checks, embedded, exports, nested, service};
use crate::sandbox::fault::StepKind;
use crate::status::ResourceStatus as Status;

impl Engine<'_> {
    /// Begins to make or change a resource, or finds that nothing is to be done.
    pub fn begin_provision(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let made = stack.standing(id).filter(|standing| !standing.physical_id.is_empty()).cloned();
        let (failed, standing) = match made {
            Some(made) if made.status == Status::CreateFailed && self.is_nested_standing(&made) => {
                stack.undo.entry(id.to_owned()).or_insert(UndoStep::Created);
                (None, Some(made))
            }
            Some(made) if made.status == Status::CreateFailed => (Some(made), None),
            made => (None, made),
        };
        if let Some(failed) = failed {
            // What is left of an attempt that failed makes room for the next one; what cannot go stays.
            let _ = service::end(self.account, self.owners, stack, &failed);
        }
        match (self.wanted(stack, id, at), standing) {
            (Err(reason), standing) => {
                if standing.is_none() {
                    self.enter(stack, id, unresolved(stack, id, at));
                }
                fail(stack, id, reason, at);
            }
            (Ok(wanted), None) => {
                self.enter(stack, id, wanted);
                stack.turn_resource(id, Status::CreateInProgress, None, at);
                match early_checks::run_hooks(stack, id, at) {
                    Some(reason) => fail(stack, id, reason, at),
                    None => self.ask_until_done(stack, id, at),
                }
            }
            (Ok(wanted), Some(standing)) => self.begin_change(stack, id, standing, wanted, at),
        }
    }

    fn enter(&self, stack: &mut StoredStack, id: &str, new: Resource) {
        stack.resources.insert(id.to_owned(), new);
        stack.undo.entry(id.to_owned()).or_insert(UndoStep::Created);
    }

    fn begin_change(
        &mut self,
        stack: &mut StoredStack,
        id: &str,
        standing: Resource,
        wanted: Resource,
        at: Timestamp,
    ) {
        let kind = resource_types::of(&wanted.resource_type);
        if !has_changed(stack, kind, &standing, &wanted) {
            if let Some(resource) = stack.resources.get_mut(id) {
                resource.directives = wanted.directives;
                resource.needs = wanted.needs;
            }
            return set(stack, id, TaskProgress::Done);
        }
        let is_replacement = kind.is_replaced_by(&standing.properties, &wanted.properties);
        if let Some(reason) = objection(stack, id, &standing, &wanted, is_replacement) {
            stack.undo.entry(id.to_owned()).or_insert(UndoStep::Changed(Box::new(standing)));
            return fail(stack, id, reason, at);
        }
        if is_replacement {
            return self.begin_replacement(stack, id, standing, wanted, at);
        }
        let changed = Resource {
            physical_id: standing.physical_id.clone(),
            name: standing.name.clone(),
            token: standing.token.clone(),
            attributes: standing.attributes.clone(),
            has_made_up_outputs: standing.has_made_up_outputs,
            ..wanted
        };
        stack.undo.entry(id.to_owned()).or_insert(UndoStep::Changed(Box::new(standing)));
        stack.resources.insert(id.to_owned(), changed);
        let status = resource_in_progress(stack, id);
        stack.turn_resource(id, status, None, at);
        match early_checks::run_hooks(stack, id, at) {
            Some(reason) => fail(stack, id, reason, at),
            None if embedded::is_carried_out(&stack.resources[id]) => {
                self.begin_nested_update(stack, id, at);
            }
            None => self.work_until_done(stack, id, at),
        }
    }

    fn begin_replacement(
        &mut self,
        stack: &mut StoredStack,
        id: &str,
        standing: Resource,
        wanted: Resource,
        at: Timestamp,
    ) {
        let making = Resource { physical_id: standing.physical_id.clone(), ..wanted };
        stack.resources.insert(id.to_owned(), making);
        stack.undo.entry(id.to_owned()).or_insert(UndoStep::Replaced(Box::new(standing)));
        let reason = "Requested update requires the creation of a new physical resource; hence \
                      creating one.";
        stack.turn_resource(id, Status::UpdateInProgress, Some(reason.to_owned()), at);
        match early_checks::run_hooks(stack, id, at) {
            Some(reason) => fail(stack, id, reason, at),
            None => self.ask_until_done(stack, id, at),
        }
    }

    /// Returns a resource as the template wants it, not made yet.
    fn wanted(&self, stack: &StoredStack, id: &str, at: Timestamp) -> Result<Resource, String> {
        let properties = &stack.definition.template["Resources"][id]["Properties"];
        let others = exports::of_others(self.account, &stack.region, &stack.id);
        let scope = TemplateScope { stack, others: &others };
        let properties = match properties {
            Json::Null => Json::Object(Default::default()),
            properties => scope.value(properties)?,
        };
        Ok(Resource { properties, ..unresolved(stack, id, at) })
    }

    /// Asks the service for a new resource, half-way through its making.
    pub fn ask(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp, done: Timestamp) {
        let is_nested = embedded::is_carried_out(&stack.resources[id]);
        let made = match is_nested {
            true => self.nested_stack_made(stack, id, at),
            false => self.made(stack, id, at),
        };
        match made {
            Err(reason) => {
                fail(stack, id, reason, at);
                stack.keep_unchanged(id);
            }
            Ok(resource) => {
                let status = resource_in_progress(stack, id);
                stack.resources.insert(id.to_owned(), resource);
                let reason = "Resource creation Initiated".to_owned();
                stack.turn_resource(id, status, Some(reason), at);
                let working = TaskProgress::Working(done);
                set(stack, id, if is_nested { TaskProgress::Nested } else { working });
            }
        }
    }

    fn made(&mut self, stack: &StoredStack, id: &str, at: Timestamp) -> Result<Resource, String> {
        let written = &stack.resources[id];
        if let Some(fault) = fault(stack, id, written) {
            return Err(fault);
        }
        self.permit_reads(stack, id, written, at)?;
        let mut made = dynamic_references::served(
            self.account,
            &self.settings.made_up_values,
            stack,
            written,
        )?;
        let name = service::identify(self.account, stack, id, &mut made);
        let calls = permissions::calls(self.account, stack, &made, ResourceStep::Making);
        self.permit(stack, id, &calls, at)?;
        self.check_principals(&made)?;
        service::make(self.account, self.owners, stack, &name, &made)?;
        Ok(Resource { properties: written.properties.clone(), ..made })
    }

    /// Ends the making or changing of a resource.
    pub fn finish_provision(&mut self, stack: &mut StoredStack, id: &str, at: Timestamp) {
        let written = stack.resources[id].clone();
        let mut served = match self.outcome(stack, id, &written, at) {
            Ok(served) => served,
            Err(reason) => {
                fail(stack, id, reason, at);
                return stack.keep_unchanged(id);
            }
        };
        service::settle(self.account, self.others, stack, &mut served, at);
        let resource = Resource { properties: written.properties, ..served };
        let done = match resource_in_progress(stack, id) {
            Status::CreateInProgress => Status::CreateComplete,
            _ => Status::UpdateComplete,
        };
        stack.resources.insert(id.to_owned(), resource);
        stack.turn_resource(id, done, None, at);
        set(stack, id, TaskProgress::Done);
    }

    /// Returns a resource that came about, as its service sees it.
    fn outcome(
        &mut self,
        stack: &mut StoredStack,
        id: &str,
        resource: &Resource,
        at: Timestamp,
    ) -> Result<Resource, String> {
        let step = match resource_in_progress(stack, id) {
            Status::CreateInProgress => StepKind::Create,
            _ => StepKind::Update,
        };
        if let Some(reason) = self.failure_on_demand(stack, id, &[step], at) {
            return Err(reason);
        }
        let is_change = matches!(stack.undo.get(id), Some(UndoStep::Changed(_)));
        let awaited = resource.directives.never_signalled.as_ref().filter(|_| !is_change);
        if let Some(awaited) = awaited {
            return Err(awaited.reason.clone());
        }
        if is_change {
            self.permit_reads(stack, id, resource, at)?;
        }
        let served = dynamic_references::served(
            self.account,
            &self.settings.made_up_values,
            stack,
            resource,
        )?;
        if embedded::is_carried_out(&served) {
            return nested::made_or_changed(self.account, stack, id).map(|()| served);
        }
        let Some(UndoStep::Changed(old)) = stack.undo.get(id) else {
            // What is new was checked when the service was asked for it.
            let calls = permissions::calls(self.account, stack, &served, ResourceStep::Completing);
            return self.permit(stack, id, &calls, at).map(|()| served);
        };
        match fault(stack, id, resource) {
            Some(fault) => Err(fault),
            None => {
                let step = ResourceStep::Changing(&old.properties);
                let calls = permissions::calls(self.account, stack, resource, step);
                self.permit(stack, id, &calls, at)?;
                self.check_principals(&served)?;
                service::check(self.account, &served)?;
                Ok(served)
            }
        }
    }

    /// Checks that those exist whom a role's trust policy names, in other accounts too.
    fn check_principals(&mut self, resource: &Resource) -> Result<(), String> {
        service::check_principals(self.account, self.others, resource)
    }
}

fn unresolved(stack: &StoredStack, id: &str, at: Timestamp) -> Resource {
    let definition = &stack.definition.template["Resources"][id];
    let task = stack.operation.as_ref().and_then(|operation| operation.tasks.get(id));
    let scope = TemplateScope { stack, others: &OtherStacks::default() };
    let directives = ResourceDirectives::of(definition, |value| scope.text(value).ok());
    let failed = stack.resources.get(id).filter(|resource| resource.status.is_failed());
    Resource {
        resource_type: definition["Type"].as_str().unwrap_or_default().to_owned(),
        physical_id: String::new(),
        name: None,
        token: String::new(),
        properties: Json::Object(Default::default()),
        attributes: Default::default(),
        has_made_up_outputs: false,
        needs: task.map(|task| task.after.iter().cloned().collect()).unwrap_or_default(),
        directives: match failed {
            Some(failed) => directives.after(&failed.directives),
            None => directives,
        },
        status: Status::CreateInProgress,
        reason: None,
        changed: at,
    }
}
