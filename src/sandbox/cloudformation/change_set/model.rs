//! A change set as the sandbox keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::cloudformation::definition::Definition;

/// A change set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredChangeSet {
    pub id: String,
    pub name: String,
    /// What its creator said of it.
    pub description: Option<String>,
    /// The client token it came with.
    pub token: Option<String>,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it is known what would change.
    pub ready: Timestamp,
    /// Whether the stack is made by it.
    pub is_creation: bool,
    /// What the stack would be.
    pub definition: Definition,
    /// What would change.
    pub changes: Vec<StoredChange>,
    /// Why it cannot be executed, ever.
    pub failure: Option<String>,
    /// Whether the stack was changed by something else meanwhile.
    pub is_obsolete: bool,
    /// Whether it was executed.
    pub is_executed: bool,
}

/// What would become of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChange {
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its physical id, if it exists.
    pub physical_id: Option<String>,
    pub resource_type: String,
    /// What would be done.
    pub action: ChangeKind,
    /// Why, for a modification.
    pub details: Vec<ChangeDetail>,
    /// Whether what goes stays in the account.
    pub is_retained: bool,
}

/// What would be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    /// It is made.
    Add,
    /// It is changed or replaced.
    Modify,
    /// The resource is deleted.
    Remove,
}

/// One reason for a resource to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeDetail {
    /// The property; absent for the stack's tags.
    pub property: Option<String>,
    /// Whether its change makes a new resource.
    pub recreates: bool,
    /// Whether its new value is known beforehand.
    pub is_static: bool,
    /// Where the change comes from.
    pub source: ChangeSource,
    /// The parameter, resource or attribute behind it.
    pub cause: Option<String>,
}

/// Where a change comes from, as AWS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeSource {
    /// A parameter has another value.
    ParameterReference,
    /// A resource it names has another identity.
    ResourceReference,
    /// A resource it reads an attribute of changes.
    ResourceAttribute,
    /// The template says something else, or the stack's tags do.
    DirectModification,
}

impl StoredChange {
    /// Returns whether a modification makes a new resource, as AWS words it.
    ///
    /// Source: the CloudFormation API reference, `ResourceChange`, `Replacement`.
    pub fn replacement(&self) -> Option<&'static str> {
        let recreating = || self.details.iter().filter(|detail| detail.recreates);
        match self.action {
            ChangeKind::Add | ChangeKind::Remove => None,
            ChangeKind::Modify if recreating().any(|detail| detail.is_static) => Some("True"),
            ChangeKind::Modify if recreating().next().is_some() => Some("Conditional"),
            ChangeKind::Modify => Some("False"),
        }
    }
}

impl StoredChangeSet {
    /// Returns how far its creation is.
    pub fn status(&self, now: Timestamp) -> &'static str {
        let half = self.created + self.created.duration_until(self.ready) / 2;
        match &self.failure {
            _ if now < half => "CREATE_PENDING",
            _ if now < self.ready => "CREATE_IN_PROGRESS",
            Some(_) => "FAILED",
            None => "CREATE_COMPLETE",
        }
    }
}
