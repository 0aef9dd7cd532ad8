//! What early validation and hooks found wrong with a resource, as the sandbox keeps it.
//!
//! Source: the CloudFormation API reference, `OperationEvent` and `Annotation`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that was found wrong with a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFinding {
    /// Its own id; that of the hook's result as well.
    pub id: String,
    /// The operation that it belongs to.
    pub operation: String,
    /// The change set, if it was drawn up for one.
    pub change_set: Option<String>,
    /// When it was found.
    pub at: Timestamp,
    /// The resource's name in the template.
    pub logical_id: String,
    pub resource_type: String,
    /// Who found it.
    pub finder: Finder,
    pub reason: String,
    /// Whether the operation goes on all the same.
    pub is_warning: bool,
}

/// Who found something wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finder {
    /// Early validation, at a path of the template.
    Validation { path: String },
    /// Early validation found that somebody has the name that a resource is given at a path of the template.
    TakenName { path: String },
    /// A hook of this type, with what it says of single checks.
    Hook { hook_type: String, annotations: Vec<HookAnnotation> },
}

/// What a hook says of one of its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAnnotation {
    /// The check's name.
    pub name: String,
    /// What it found.
    pub message: Option<String>,
    /// What mends it.
    pub remediation: Option<String>,
    /// A page about that.
    pub link: Option<String>,
}

/// The name under which a failed early validation stands among hooks.
const VALIDATION: &str = "AWS::EarlyValidation::PropertyValidation";

/// The name under which a name that is taken stands there.
const EXISTENCE: &str = "AWS::EarlyValidation::ResourceExistenceCheck";

impl StoredFinding {
    /// Returns the name of who found it, as a failure lists it.
    pub fn finder_name(&self) -> &str {
        match &self.finder {
            Finder::Validation { .. } => VALIDATION,
            Finder::TakenName { .. } => EXISTENCE,
            Finder::Hook { hook_type, .. } => hook_type,
        }
    }

    /// Whether a hook found it.
    pub fn is_of_hook(&self) -> bool {
        matches!(self.finder, Finder::Hook { .. })
    }
}
