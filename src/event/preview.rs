//! What a run would change in a stack: what `plan` tells.

use serde::{Deserialize, Serialize};

/// What a run would change in a stack.
///
/// Values stand in it as AWS tells them; secrets are hidden before it is part of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The resources that would be made, changed or removed.
    #[serde(default)]
    pub changes: Vec<ResourceChange>,
    /// What else there is to say, such as what is only known after apply: sentences without a full
    /// stop at their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What is kept of it, so that exactly that can be carried out later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptChange>,
    /// Whether nothing that stands in the stack is of a type that the files keep, where that was all that was asked.
    #[serde(skip)]
    pub is_free: bool,
    /// Why more may change, or something else, than the changes tell.
    #[serde(skip)]
    pub unsure: Option<String>,
}

/// What would be sent for a stack, kept so that exactly that is carried out later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptChange {
    /// The SHA-256 of what would be sent, in hexadecimal: neither secrets nor values that are looked up count.
    pub request: String,
    /// The ARN of the change set that was made of it; absent where no resource, parameter, tag or output would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_set: Option<String>,
}

/// What would become of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceChange {
    /// What would be done.
    pub action: ChangeAction,
    /// The resource's name in the template; of one in a nested stack behind that of the stack's
    /// own, such as `Network/Subnet`.
    pub resource: String,
    /// Its type, such as `AWS::IAM::Role`.
    pub resource_type: String,
    /// What AWS calls it, such as a queue's address; absent where none stands yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<String>,
    /// Whether a modification makes a new resource and ends the old one; absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// Whether what is removed or replaced stays in the account, as its policy says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retained: bool,
    /// Whether it is a nested stack of which it is not told what changes inside.
    #[serde(skip)]
    pub is_untold: bool,
    /// What changes in it, for a modification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyChange>,
}

/// What would be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAction {
    /// It is made.
    Add,
    /// It is changed or replaced.
    Modify,
    /// It is taken out of the stack.
    Remove,
    /// It stands already and is taken into the stack.
    Import,
    /// CloudFormation does not know yet, such as for what a macro makes.
    Dynamic,
}

/// Whether something makes a new resource and ends the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// It does not.
    False,
    /// It depends on what is only known later.
    Conditional,
    /// The resource is always replaced.
    True,
}

/// A property, or another part of a resource, that would change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PropertyChange {
    /// The property's name, or `Tags`, `Metadata` and such.
    pub name: String,
    /// The place in it that changes, as AWS writes it (`/Properties/Tags/0/Value`); absent where
    /// that is the property itself, or nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether its change makes a new resource.
    pub replacement: Replacement,
    /// The value as it is: absent where there is none, or where AWS tells no values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value as it would be: absent where there will be none, or where AWS tells no values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What makes it change: `parameter Timeout`, `template`, `tags`, `resource Role`,
    /// `attribute Role.Arn`, `nested stack` or `drift`, several of them with commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Preview {
    /// Returns the preview with one more thing to say.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Returns the preview with one more thing to say, for which more may change than the changes tell.
    pub fn with_doubt(self, note: impl Into<String>) -> Self {
        let note = note.into();
        Self { unsure: Some(note.clone()), ..self.with_note(note) }
    }
}

impl ResourceChange {
    /// Returns the change of a resource of which nothing more is known than what would be done.
    pub fn new(
        action: ChangeAction,
        resource: impl Into<String>,
        resource_type: impl Into<String>,
    ) -> Self {
        Self {
            action,
            resource: resource.into(),
            resource_type: resource_type.into(),
            physical_id: None,
            replacement: None,
            retained: false,
            is_untold: false,
            properties: Vec::new(),
        }
    }

    /// Whether a resource is lost for it: removed or replaced, for sure or perhaps.
    pub fn is_loss(&self) -> bool {
        let is_replaced = self.replacement.is_some_and(|it| it != Replacement::False);
        !self.retained && (self.action == ChangeAction::Remove || is_replaced)
    }
}

impl PropertyChange {
    /// Returns the change of a property of which no value is known.
    pub fn new(name: impl Into<String>, replacement: Replacement) -> Self {
        Self { name: name.into(), path: None, replacement, before: None, after: None, cause: None }
    }

    /// Returns the property, or the place in it that changes: `Tags/0/Value`.
    pub fn place(&self) -> &str {
        let path = self.path.as_deref();
        let place = path.map(|path| path.strip_prefix("/Properties").unwrap_or(path));
        place.map_or(self.name.as_str(), |place| place.trim_start_matches('/'))
    }

    /// Whether AWS told what the value is or would be.
    pub fn has_values(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }
}
