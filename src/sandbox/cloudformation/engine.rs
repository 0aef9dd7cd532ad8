//! Carries operations on, step by step, at the times the steps are due.
//!
//! An account's stacks are one queue of due times: the earliest step of any stack comes first, so
//! two stacks that want the same name meet as they would in the cloud, however late the next
//! request looks.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::super::account::Account;
use super::super::settings::Settings;
use super::super::store::Owners;
use super::evaluate::Scope;
use super::exports;
use super::kind::Kind;
use super::operation::{Progress, Work};
use super::phases;
use super::service;
use super::stack::{Resource, Stack, Undo};
use super::stack_policy::{self, Touch};
use super::wishes::{Keep, Wishes};
use crate::status::ResourceStatus as Status;

/// An account whose stacks are carried on. The stack being worked on stands outside of it.
pub struct Engine<'a> {
    /// The account.
    pub account: &'a mut Account,
    /// Who owns each bucket.
    pub owners: &'a mut Owners,
    /// How long things take.
    pub settings: &'a Settings,
}

/// Returns when the next step of an account's stacks is due.
pub fn next_due(account: &Account) -> Option<Timestamp> {
    account.stacks.values().filter_map(|stack| stack.operation.as_ref()?.due()).min()
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
            None => phases::time_out(stack, at),
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

    fn begin_ensure(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let wanted = match self.wanted(stack, id, at) {
            Ok(wanted) => wanted,
            Err(reason) => {
                if stack.standing(id).is_none() {
                    let nothing = self.unresolved(stack, id, at);
                    stack.resources.insert(id.to_owned(), nothing);
                    stack.undo.insert(id.to_owned(), Undo::Created);
                }
                return fail(stack, id, reason, at);
            }
        };
        let standing = stack.standing(id).filter(|standing| !standing.physical_id.is_empty());
        let Some(standing) = standing.cloned() else {
            stack.resources.insert(id.to_owned(), wanted);
            stack.undo.insert(id.to_owned(), Undo::Created);
            stack.turn_resource(id, Status::CreateInProgress, None, at);
            return self.ask_until_done(stack, id, at);
        };
        let kind = Kind::of(&wanted.resource_type).expect("the template was checked");
        let is_same_type = standing.resource_type == wanted.resource_type;
        let has_new_tags = stack
            .former
            .as_ref()
            .is_some_and(|former| kind.has("Tags") && former.tags != stack.definition.tags);
        if is_same_type && standing.properties == wanted.properties && !has_new_tags {
            if let Some(resource) = stack.resources.get_mut(id) {
                resource.wishes = wanted.wishes;
                resource.needs = wanted.needs;
            }
            return set(stack, id, Progress::Done);
        }
        if !is_same_type {
            let reason = format!(
                "Update of resource type is not permitted. The new template modifies resource type \
                 of the following resources: [{id}]"
            );
            return fail(stack, id, reason, at);
        }
        let is_replacement = kind.is_replaced_by(&standing.properties, &wanted.properties);
        let touch = if is_replacement { Touch::Replace } else { Touch::Modify };
        if let Some(reason) = stack_policy::denial(stack, touch, id) {
            stack.undo.entry(id.to_owned()).or_insert(Undo::Changed(Box::new(standing)));
            return fail(stack, id, reason, at);
        }
        if is_replacement {
            self.begin_replacement(stack, id, &standing, wanted, at);
        } else {
            let old = Undo::Changed(Box::new(standing.clone()));
            stack.undo.entry(id.to_owned()).or_insert(old);
            let changed = Resource {
                physical_id: standing.physical_id,
                name: standing.name,
                token: standing.token,
                attributes: standing.attributes,
                ..wanted
            };
            stack.resources.insert(id.to_owned(), changed);
            stack.turn_resource(id, Status::UpdateInProgress, None, at);
            self.work_until_done(stack, id, at);
        }
    }

    fn begin_replacement(
        &mut self,
        stack: &mut Stack,
        id: &str,
        standing: &Resource,
        wanted: Resource,
        at: Timestamp,
    ) {
        let kind = Kind::of(&wanted.resource_type).expect("the template was checked");
        let given = kind.name.and_then(|property| wanted.properties[property].as_str());
        let given = given.map(str::to_owned);
        let keeps_name = given.is_some() && given == standing.name;
        stack.resources.insert(
            id.to_owned(),
            Resource { physical_id: standing.physical_id.clone(), ..wanted },
        );
        stack.undo.entry(id.to_owned()).or_insert(Undo::Replaced(Box::new(standing.clone())));
        if keeps_name {
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {} and update the stack again.",
                given.unwrap_or_default()
            );
            return fail(stack, id, reason, at);
        }
        let reason = "Requested update requires the creation of a new physical resource; hence \
                      creating one.";
        stack.turn_resource(id, Status::UpdateInProgress, Some(reason.to_owned()), at);
        self.ask_until_done(stack, id, at);
    }

    /// Returns a resource as the template wants it, not made yet.
    fn wanted(&self, stack: &Stack, id: &str, at: Timestamp) -> Result<Resource, String> {
        let properties = &stack.definition.template["Resources"][id]["Properties"];
        let exports = exports::of_others(self.account, &stack.region, &stack.id);
        let scope = Scope { stack, exports: &exports };
        let properties = match properties {
            Json::Null => Json::Object(Default::default()),
            properties => scope.value(properties)?,
        };
        Ok(Resource { properties, ..self.unresolved(stack, id, at) })
    }

    fn unresolved(&self, stack: &Stack, id: &str, at: Timestamp) -> Resource {
        let definition = &stack.definition.template["Resources"][id];
        let task = stack.operation.as_ref().and_then(|operation| operation.tasks.get(id));
        Resource {
            resource_type: definition["Type"].as_str().unwrap_or_default().to_owned(),
            physical_id: String::new(),
            name: None,
            token: String::new(),
            properties: Json::Object(Default::default()),
            attributes: Default::default(),
            needs: task.map(|task| task.after.iter().cloned().collect()).unwrap_or_default(),
            wishes: Wishes::of(definition),
            status: Status::CreateInProgress,
            reason: None,
            changed: at,
        }
    }

    /// Asks the service for a new resource, half-way through its making.
    fn ask(&mut self, stack: &mut Stack, id: &str, at: Timestamp, done: Timestamp) {
        let mut resource = stack.resources[id].clone();
        let kind = Kind::of(&resource.resource_type).expect("the template was checked");
        let made = match kind.fault(id, &resource.properties) {
            Some(fault) => Err(fault),
            None => service::make(self.account, self.owners, stack, id, &mut resource),
        };
        match made {
            Err(reason) => fail(stack, id, reason, at),
            Ok(()) => {
                let status = resource_in_progress(stack, id);
                stack.resources.insert(id.to_owned(), resource);
                let reason = "Resource creation Initiated".to_owned();
                stack.turn_resource(id, status, Some(reason), at);
                set(stack, id, Progress::Working(done));
            }
        }
    }

    fn finish_ensure(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let is_new = !matches!(stack.undo.get(id), Some(Undo::Changed(_)));
        let step = if resource_in_progress(stack, id) == Status::CreateInProgress {
            "create"
        } else {
            "update"
        };
        if let Some(reason) = failure_on_demand(stack, id, &[step]) {
            return fail(stack, id, reason, at);
        }
        let mut resource = stack.resources[id].clone();
        if resource.resource_type == "AWS::CloudFormation::WaitCondition"
            && resource.properties["Count"] != "0"
        {
            let wanted = resource.properties["Count"].as_str().unwrap_or("1");
            let reason =
                format!("WaitCondition timed out. Received 0 conditions when expecting {wanted}");
            return fail(stack, id, reason, at);
        }
        if !is_new {
            let kind = Kind::of(&resource.resource_type).expect("the template was checked");
            let fault = kind.fault(id, &resource.properties);
            let checked = fault.map_or_else(|| service::check(self.account, &resource), Err);
            if let Err(reason) = checked {
                return fail(stack, id, reason, at);
            }
        }
        service::settle(self.account, stack, &mut resource);
        let done = match resource.status {
            Status::CreateInProgress => Status::CreateComplete,
            _ => Status::UpdateComplete,
        };
        stack.resources.insert(id.to_owned(), resource);
        stack.turn_resource(id, done, None, at);
        set(stack, id, Progress::Done);
    }

    fn finish_restore(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        if let Some(reason) = failure_on_demand(stack, id, &["rollback"]) {
            return fail(stack, id, reason, at);
        }
        match stack.undo.remove(id) {
            Some(Undo::Changed(old)) => {
                stack.resources.insert(id.to_owned(), *old);
            }
            Some(Undo::Replaced(old)) => {
                let new = stack.resources.insert(id.to_owned(), *old);
                let is_made = |new: &Resource| new.physical_id != stack.resources[id].physical_id;
                if let Some(new) = new.filter(is_made) {
                    stack.replaced.insert(id.to_owned(), new);
                }
            }
            Some(Undo::Created) | None => {}
        }
        let mut resource = stack.resources[id].clone();
        service::settle(self.account, stack, &mut resource);
        stack.resources.insert(id.to_owned(), resource);
        stack.turn_resource(id, Status::UpdateComplete, None, at);
        set(stack, id, Progress::Done);
    }

    fn begin_remove(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let is_replaced = stack.replaced.contains_key(id);
        let leaving = stack.replaced.get(id).or_else(|| stack.resources.get(id));
        let Some(leaving) = leaving.cloned() else { return set(stack, id, Progress::Done) };
        let keep = match is_replaced {
            true => leaving.wishes.on_replacement,
            false => leaving.wishes.on_deletion,
        };
        let is_retained = match keep {
            Keep::No => false,
            Keep::ExceptOnCreate => !phases::is_rolling_back(stack),
            Keep::Yes => true,
        };
        if leaving.physical_id.is_empty() {
            turn_leaving(stack, id, Status::DeleteComplete, None, at);
            return set(stack, id, Progress::Done);
        }
        if is_retained {
            turn_leaving(stack, id, Status::DeleteSkipped, None, at);
            stack.replaced.remove(id);
            return set(stack, id, Progress::Done);
        }
        turn_leaving(stack, id, Status::DeleteInProgress, None, at);
        self.work_until_done(stack, id, at);
    }

    fn finish_remove(&mut self, stack: &mut Stack, id: &str, at: Timestamp) {
        let leaving = stack.replaced.get(id).or_else(|| stack.resources.get(id)).cloned();
        let Some(leaving) = leaving else { return set(stack, id, Progress::Done) };
        let steps: &[&str] =
            if phases::is_rolling_back(stack) { &["delete", "rollback"] } else { &["delete"] };
        let ended = match failure_on_demand(stack, id, steps) {
            Some(reason) => Err(reason),
            None => service::end(self.account, self.owners, stack, &leaving),
        };
        match ended {
            Err(reason) => {
                turn_leaving(stack, id, Status::DeleteFailed, Some(reason), at);
                set(stack, id, Progress::Failed);
            }
            Ok(()) => {
                turn_leaving(stack, id, Status::DeleteComplete, None, at);
                stack.replaced.remove(id);
                set(stack, id, Progress::Done);
            }
        }
    }

    fn ask_until_done(&self, stack: &mut Stack, id: &str, at: Timestamp) {
        let takes = self.duration(stack, id);
        set(stack, id, Progress::Asking(later(at, takes / 2), later(at, takes)));
    }

    fn work_until_done(&self, stack: &mut Stack, id: &str, at: Timestamp) {
        set(stack, id, Progress::Working(later(at, self.duration(stack, id))));
    }

    fn duration(&self, stack: &Stack, id: &str) -> Duration {
        let resource = stack.resources.get(id);
        let waits = resource
            .filter(|resource| resource.resource_type == "AWS::CloudFormation::WaitCondition")
            .filter(|resource| resource.status == Status::CreateInProgress)
            .filter(|resource| resource.properties["Count"] != "0")
            .and_then(|resource| resource.properties["Timeout"].as_str()?.parse().ok());
        let asked = resource.and_then(|resource| resource.wishes.seconds).map(u64::from);
        waits.or(asked).map_or(self.settings.resource_duration, Duration::from_secs)
    }
}

/// Returns the time `after` a moment; the end of time at the latest.
pub fn later(at: Timestamp, after: Duration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// Tells of a resource that is going: one that was replaced, or the current one.
fn turn_leaving(
    stack: &mut Stack,
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

/// Returns the status under which a resource is being made: replacing is a kind of updating.
fn resource_in_progress(stack: &Stack, id: &str) -> Status {
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

/// Returns why one of `steps` fails, if the resource's metadata asks for it.
fn failure_on_demand(stack: &mut Stack, id: &str, steps: &[&str]) -> Option<String> {
    let wishes = &mut stack.resources.get_mut(id)?.wishes;
    if !wishes.fail_on.iter().any(|step| steps.contains(&step.as_str())) {
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
