//! The desired state of a stack: everything that a create or an update of it sends.
//!
//! It is one type from the plan, where values may hold outputs of other stacks, to the request, where
//! they are text. Its serialization is what the digest of a plan is made of, so that no key is left
//! out of that. One that is absent is not part of it: a new key leaves the digests of files that do not
//! use it as they are, and runs that an older version began can be resumed.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::environment::{DeploymentMode, OnCreateFailure};
use crate::name::AccountId;
use crate::template::Template;

/// What a stack is to be, with values of type `V`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DesiredStack<V> {
    /// Its template, shared by all its instances.
    #[serde(serialize_with = "by_digest")]
    pub template: Arc<Template>,
    /// The parameters the file names, in its order; others keep their value or take the default.
    pub parameters: Vec<ParameterValue<V>>,
    /// Its tags by key; none leaves the stack's as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, V)>,
    /// The capabilities it is sent with, as AWS names them.
    pub capabilities: Vec<String>,
    /// Whether a delete of it is refused; left as it is if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_protection: Option<bool>,
    /// The ARN of the role that CloudFormation assumes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_role: Option<V>,
    /// The body of its stack policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_policy: Option<String>,
    /// Topics that hear of its events; none leaves the stack's as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notification_arns: Vec<V>,
    /// After how many minutes its creation fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<u32>,
    /// What CloudFormation does if its creation fails.
    pub on_create_failure: OnCreateFailure,
    /// ARNs of alarms that roll it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollback_alarms: Vec<String>,
    /// How thoroughly CloudFormation waits for its resources; the account's default if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_mode: Option<DeploymentMode>,
    /// The bucket through which a template over 51,200 bytes is sent: the way there is no part of what
    /// the stack is to be.
    #[serde(skip)]
    pub artifacts: Option<ArtifactsBucket>,
}

/// A parameter and its value.
#[derive(Clone, PartialEq)]
pub struct ParameterValue<V> {
    /// The parameter's name.
    pub name: String,
    /// The value to send, with references or resolved.
    pub value: V,
    /// Whether the template says `NoEcho`.
    pub is_secret: bool,
}

/// A secret value is never printed.
impl<V: fmt::Debug> fmt::Debug for ParameterValue<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_secret {
            write!(f, "{}=***", self.name)
        } else {
            write!(f, "{}={:?}", self.name, self.value)
        }
    }
}

/// A secret value is left out, as it could be guessed from a digest.
impl<V: Serialize> Serialize for ParameterValue<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.name, (!self.is_secret).then_some(&self.value)).serialize(serializer)
    }
}

/// A bucket that templates are sent through, and whose it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactsBucket {
    /// The bucket's name, unique in its partition.
    pub name: String,
    /// The account that it must belong to; the source account, whichever that is, if absent.
    pub owner: Option<AccountId>,
}

/// Which of a stack's values one is, as it is called in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackField<'a> {
    /// The value of the parameter of this name.
    Parameter(&'a str),
    /// The value of the tag with this key.
    Tag(&'a str),
    /// The ARN of its service role.
    ServiceRole,
    /// The ARN of one of its topics.
    NotificationArn,
}

impl fmt::Display for StackField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => f.write_str(name),
            Self::Tag(key) => write!(f, "the tag {key}"),
            Self::ServiceRole => f.write_str("its service role"),
            Self::NotificationArn => f.write_str("one of its notification ARNs"),
        }
    }
}

impl<V> DesiredStack<V> {
    /// Returns the same stack with each of its values mapped.
    ///
    /// # Errors
    /// With the first that cannot be.
    pub fn try_map<W, E>(
        &self,
        mut map: impl FnMut(StackField<'_>, &V) -> Result<W, E>,
    ) -> Result<DesiredStack<W>, E> {
        let mut parameters = Vec::with_capacity(self.parameters.len());
        for ParameterValue { name, value, is_secret } in &self.parameters {
            let value = map(StackField::Parameter(name), value)?;
            parameters.push(ParameterValue { name: name.clone(), value, is_secret: *is_secret });
        }
        let mut tags = Vec::with_capacity(self.tags.len());
        for (key, value) in &self.tags {
            tags.push((key.clone(), map(StackField::Tag(key), value)?));
        }
        let role = self.service_role.as_ref();
        let service_role = role.map(|role| map(StackField::ServiceRole, role)).transpose()?;
        let mut notification_arns = Vec::with_capacity(self.notification_arns.len());
        for arn in &self.notification_arns {
            notification_arns.push(map(StackField::NotificationArn, arn)?);
        }
        Ok(DesiredStack {
            template: self.template.clone(),
            parameters,
            tags,
            capabilities: self.capabilities.clone(),
            termination_protection: self.termination_protection,
            service_role,
            stack_policy: self.stack_policy.clone(),
            notification_arns,
            timeout_minutes: self.timeout_minutes,
            on_create_failure: self.on_create_failure,
            rollback_alarms: self.rollback_alarms.clone(),
            deployment_mode: self.deployment_mode,
            artifacts: self.artifacts.clone(),
        })
    }

    /// Returns the values of its secret parameters.
    pub fn secrets(&self) -> impl Iterator<Item = &V> {
        self.parameters.iter().filter(|parameter| parameter.is_secret).map(|secret| &secret.value)
    }
}

/// A template in a digest is its own.
pub(super) fn by_digest<S: Serializer>(
    template: &Template,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    template.digest.serialize(serializer)
}
