//! A change set as the sandbox keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::directives::Retention;
use crate::sandbox::cloudformation::failure_policy::FailurePolicy;

/// What a change set says that holds no change.
pub const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
                              information to create a change set.";

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
    /// What happens if its execution fails, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<FailurePolicy>,
    /// Whether nested stacks were to be told of.
    #[serde(default)]
    pub nested_stacks: NestedStacks,
    /// The change sets that it belongs to, if its stack is nested in theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<ChangeSetsAbove>,
}

/// The change sets of the stacks that a stack is nested in, by their ARNs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSetsAbove {
    /// That of the stack which it is a resource of.
    pub parent: String,
    /// The one that was asked for, with which all others are executed and deleted.
    pub root: String,
}

/// Whether a change set tells of nested stacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NestedStacks {
    #[default]
    LeftOut,
    Included,
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
    /// The same where the values of properties are looked at: each innermost place by itself, without
    /// what only might change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_details: Vec<ChangeDetail>,
    /// What the resource is, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it would be, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What becomes of what goes.
    #[serde(default)]
    pub retention: Retention,
    /// The ARN of the change set of the stack that the resource is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<String>,
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
    /// What of the resource changes.
    #[serde(default)]
    pub attribute: ChangedAttribute,
    /// The property, if one does.
    pub property: Option<String>,
    /// Whether its change makes a new resource.
    pub recreates: bool,
    /// Whether its new value is known beforehand.
    pub is_static: bool,
    /// Where the change comes from.
    pub source: ChangeSource,
    /// The parameter, resource or attribute behind it.
    pub cause: Option<String>,
    /// The values, where they are looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueChange>,
}

/// What of a resource changes, as AWS names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangedAttribute {
    CreationPolicy,
    DeletionPolicy,
    Metadata,
    Properties,
    /// The stack's tags.
    #[default]
    Tags,
    UpdatePolicy,
    UpdateReplacePolicy,
}

/// What a place of a property is, and what it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// The place, such as `/Properties/Tags/0/Value`.
    pub path: String,
    /// What it is, if it is there.
    pub before: Option<String>,
    /// What it would be, unless it goes.
    pub after: Option<String>,
}

/// Where a change comes from, as AWS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeSource {
    /// A parameter has another value.
    ParameterReference,
    /// A resource it names has another identity.
    ResourceReference,
    /// A resource it reads an attribute of changes.
    ResourceAttribute,
    /// The template says something else, or the stack's tags do.
    DirectModification,
    /// A nested stack, whose template may have changed.
    Automatic,
}

impl StoredChange {
    /// Whether all that is known is that a nested stack may change.
    pub fn is_of_a_nested_stack_alone(&self) -> bool {
        let mut sources = self.details.iter().map(|detail| detail.source);
        self.action == ChangeKind::Modify && sources.all(|it| it == ChangeSource::Automatic)
    }

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

impl ChangeDetail {
    /// Returns what of the resource changes; a named property is one, whatever an older file says.
    pub fn attribute(&self) -> ChangedAttribute {
        match self.property {
            Some(_) => ChangedAttribute::Properties,
            None => self.attribute,
        }
    }
}

impl ChangedAttribute {
    /// The attributes of a resource that a template writes besides its properties.
    pub const BESIDES_PROPERTIES: [Self; 5] = [
        Self::CreationPolicy,
        Self::DeletionPolicy,
        Self::Metadata,
        Self::UpdatePolicy,
        Self::UpdateReplacePolicy,
    ];

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreationPolicy => "CreationPolicy",
            Self::DeletionPolicy => "DeletionPolicy",
            Self::Metadata => "Metadata",
            Self::Properties => "Properties",
            Self::Tags => "Tags",
            Self::UpdatePolicy => "UpdatePolicy",
            Self::UpdateReplacePolicy => "UpdateReplacePolicy",
        }
    }
}

impl StoredChangeSet {
    /// Whether its stack is what it wants.
    pub fn has_no_changes(&self) -> bool {
        self.failure.as_deref() == Some(NO_CHANGES)
    }

    /// Whether it belongs to another one, by its ARN.
    pub fn is_of_root(&self, root: &str) -> bool {
        self.above.as_ref().is_some_and(|above| above.root == root)
    }

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
