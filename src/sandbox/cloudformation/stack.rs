//! A stack as the sandbox keeps it: its definition, its resources, its events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::change_set::StoredChangeSet;
use super::definition::Definition;
use super::directives::ResourceDirectives;
use super::drift::StackDrift;
use super::failure_policy::FailurePolicy;
use super::finding::StoredFinding;
use super::nesting::Nesting;
use super::operation::StackOperation;
use super::stack_event::{Event, HookNote};
use crate::name::{AccountId, Region};
use crate::sandbox::caller::SignedCaller;
use crate::status::{ResourceStatus, StackStatus};

/// A stack as it is kept; its `id` is its ARN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredStack {
    pub id: String,
    pub name: String,
    /// The account it is in.
    pub account: AccountId,
    /// The Region it is in.
    pub region: Region,
    /// When it was created.
    pub created: Timestamp,
    /// When its last update was asked for.
    pub updated: Option<Timestamp>,
    /// When its deletion was asked for.
    pub deleted: Option<Timestamp>,
    /// Where it stands.
    pub status: StackStatus,
    pub reason: Option<String>,
    /// What was asked for last.
    pub definition: Definition,
    /// What was asked for before, while an update may still go back to it.
    pub former: Option<Definition>,
    /// What happens if its creation or its update fails.
    pub on_failure: FailurePolicy,
    /// After how many minutes its creation fails.
    pub timeout_minutes: Option<u32>,
    /// Whether it refuses to be deleted.
    pub is_protected: bool,
    /// Its stack policy's body.
    pub policy: Option<String>,
    /// Its resources by logical id, those that were deleted too.
    pub resources: BTreeMap<String, Resource>,
    /// Physical resources that were replaced and still stand, by logical id.
    pub replaced: BTreeMap<String, Resource>,
    /// What an update did so far, by logical id, so that it can be taken back.
    pub undo: BTreeMap<String, UndoStep>,
    /// Its outputs by key.
    pub outputs: BTreeMap<String, StackOutput>,
    /// The exports it uses.
    pub imports: Vec<String>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// What it is doing.
    pub operation: Option<StackOperation>,
    /// Every value that `NoEcho` hides, those of former definitions too.
    pub secrets: BTreeSet<String>,
    /// The actions by the client request token they came with.
    pub tokens: BTreeMap<String, String>,
    /// The ARN of the change set that made it what it is, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_set_id: Option<String>,
    /// Its change sets by ARN.
    #[serde(default)]
    pub change_sets: BTreeMap<String, StoredChangeSet>,
    /// What is known of its drift.
    #[serde(default, skip_serializing_if = "StackDrift::is_unknown")]
    pub drift: StackDrift,
    /// What early validation and hooks found wrong, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<StoredFinding>,
    /// What it is nested in, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nesting: Option<Nesting>,
    /// Its outputs before an update that the stack above may still take back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_outputs: Option<BTreeMap<String, StackOutput>>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub resource_type: String,
    /// What `Ref` returns; empty until it is made.
    pub physical_id: String,
    /// The name that is taken for it in its account, if its type has names.
    pub name: Option<String>,
    /// What its attributes are made of besides its properties.
    pub token: String,
    /// Its properties, resolved.
    pub properties: Json,
    /// What `Fn::GetAtt` returns, by attribute.
    pub attributes: BTreeMap<String, String>,
    /// Whether it is a nested stack that was made up, which puts out whatever it is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_made_up_outputs: bool,
    /// The resources it was made after.
    pub needs: Vec<String>,
    /// Its deletion policies and the failures its metadata asks for.
    #[serde(rename = "wishes")]
    pub directives: ResourceDirectives,
    /// Where it stands.
    pub status: ResourceStatus,
    pub reason: Option<String>,
    pub changed: Timestamp,
}

/// What an update did to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UndoStep {
    /// It made it.
    Created,
    /// It changed it in place; this is what it was.
    Changed(Box<Resource>),
    /// It put another in its place; this is the old one.
    Replaced(Box<Resource>),
}

/// An output of a stack, under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackOutput {
    pub value: String,
    pub description: Option<String>,
    /// The name it is exported under.
    pub export: Option<String>,
}

/// What stands for a value that `NoEcho` hides.
pub const HIDDEN: &str = "****";

/// The type under which a stack stands among its own events.
pub const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

impl StoredStack {
    /// Whether it was deleted.
    pub fn is_gone(&self) -> bool {
        self.status.is_gone()
    }

    /// Returns when something is due.
    pub fn due(&self) -> Option<Timestamp> {
        let asked = self.nesting.as_ref().and_then(|nesting| nesting.order.as_ref());
        let work = self.operation.as_ref().and_then(StackOperation::due);
        asked.map(|order| order.at).into_iter().chain(work).min()
    }

    /// Whether its creation failed and nothing of it worked since, so that there is nothing to go back to.
    pub fn has_never_stood(&self) -> bool {
        match self.status {
            StackStatus::CreateFailed => true,
            StackStatus::UpdateFailed => self.former.is_none(),
            _ => false,
        }
    }

    /// Returns on whose behalf its operation runs.
    pub fn principal(&self) -> Option<&SignedCaller> {
        self.operation.as_ref().and_then(|operation| operation.principal.as_ref())
    }

    /// Returns a resource that exists or is being made.
    pub fn standing(&self, logical_id: &str) -> Option<&Resource> {
        self.resources
            .get(logical_id)
            .filter(|resource| resource.status != ResourceStatus::DeleteComplete)
    }

    /// Gives the stack a status and tells of it.
    pub fn turn(&mut self, status: StackStatus, reason: Option<String>, at: Timestamp) {
        self.events.push(Event {
            id: format!("{}-{}", self.events.len(), self.short_id()),
            at,
            logical_id: self.name.clone(),
            physical_id: self.id.clone(),
            resource_type: STACK_TYPE.to_owned(),
            status: status.to_string(),
            reason: reason.clone(),
            properties: None,
            token: self.token(),
            hook: None,
        });
        self.status = status;
        self.reason = reason;
    }

    /// Gives a resource a status and tells of it.
    pub fn turn_resource(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
        reason: Option<String>,
        at: Timestamp,
    ) {
        let Some(resource) = self.resources.get_mut(logical_id) else { return };
        resource.status = status;
        resource.reason = reason;
        resource.changed = at;
        let resource = resource.clone();
        self.tell(logical_id, &resource);
    }

    /// Tells of a resource as it is now.
    pub fn tell(&mut self, logical_id: &str, resource: &Resource) {
        self.events.push(Event {
            id: format!(
                "{logical_id}-{}-{}-{}",
                resource.status,
                self.events.len(),
                self.short_id()
            ),
            at: resource.changed,
            logical_id: logical_id.to_owned(),
            physical_id: resource.physical_id.clone(),
            resource_type: resource.resource_type.clone(),
            status: resource.status.to_string(),
            reason: resource.reason.clone(),
            properties: Some(self.masked(&resource.properties).to_string()),
            token: self.token(),
            hook: None,
        });
    }

    /// Lets a resource whose change or replacement failed be what it was before, but for its status.
    pub fn keep_unchanged(&mut self, logical_id: &str) {
        let Some(resource) = self.resources.get_mut(logical_id) else { return };
        match self.undo.get(logical_id) {
            Some(UndoStep::Changed(old)) => resource.properties.clone_from(&old.properties),
            Some(UndoStep::Replaced(old)) if old.physical_id == resource.physical_id => {
                let (status, reason) = (resource.status.clone(), resource.reason.take());
                *resource =
                    Resource { status, reason, changed: resource.changed, ..(**old).clone() };
            }
            Some(UndoStep::Replaced(_) | UndoStep::Created) | None => {}
        }
    }

    /// Tells what a hook found wrong with a resource as it is now.
    pub fn tell_hook(&mut self, logical_id: &str, hook: HookNote) {
        let Some(resource) = self.resources.get(logical_id).cloned() else { return };
        self.tell(logical_id, &resource);
        if let Some(event) = self.events.last_mut() {
            event.hook = Some(hook);
        }
    }

    /// Returns properties without the values of parameters that are not to be shown.
    pub fn masked(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => self
                .secrets
                .iter()
                .fold(text.clone(), |text, secret| text.replace(secret, HIDDEN))
                .into(),
            Json::Array(items) => items.iter().map(|item| self.masked(item)).collect(),
            Json::Object(map) => {
                map.iter().map(|(key, value)| (key.clone(), self.masked(value))).collect()
            }
            plain => plain.clone(),
        }
    }

    fn token(&self) -> Option<String> {
        self.operation.as_ref().and_then(|operation| operation.token.clone())
    }

    fn short_id(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }
}
