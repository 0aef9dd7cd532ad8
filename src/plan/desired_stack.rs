//! The desired state of a stack: everything that a create or an update of it sends.
//!
//! It is one type from the plan, where values may hold outputs of other stacks, to the request, where
//! they are text. Its serialization is what the digest of a plan is made of, so that no key is left
//! out of that. One that is absent is not part of it: a new key leaves the digests of files that do not
//! use it as they are, and runs that an older version began can be resumed.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::upload::Upload;
use crate::document::quoted;
use crate::environment::{DeploymentMode, OnCreateFailure};
use crate::name::{AccountId, RoleArn};
use crate::status::StackStatus;
use crate::template::{Template, TemplateParameter};

/// What a stack is to be, with values of type `V`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de> + Default"))]
pub struct DesiredStack<V> {
    /// Its template, shared by all its instances.
    #[serde(serialize_with = "by_digest", deserialize_with = "of_digest")]
    pub template: Arc<Template>,
    /// The parameters the file names, in its order; others keep their value or take the default.
    pub parameters: Vec<ParameterValue<V>>,
    /// Its tags by key, all of them; the stack's stay as they are if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<(String, V)>>,
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
    /// Topics that hear of its events, all of them; the stack's stay as they are if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_arns: Option<Vec<V>>,
    /// After how many minutes its creation fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<u32>,
    /// What CloudFormation does if its creation fails.
    pub on_create_failure: OnCreateFailure,
    /// ARNs of alarms that roll it back, all of them; the stack's stay as they are if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback_alarms: Option<Vec<String>>,
    /// How thoroughly CloudFormation waits for its resources; the account's default if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_mode: Option<DeploymentMode>,
    /// The bucket through which a template over 51,200 bytes is sent, and what local paths lead to: the way there
    /// is no part of what the stack is to be.
    #[serde(skip)]
    pub artifacts: Option<ArtifactsBucket>,
    /// What must be in the bucket before the template is sent, which names it by its digest.
    #[serde(skip)]
    pub uploads: Arc<[Upload]>,
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

/// The value of a secret parameter is empty.
impl<'de, V: Deserialize<'de> + Default> Deserialize<'de> for ParameterValue<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, value): (String, Option<V>) = Deserialize::deserialize(deserializer)?;
        let is_secret = value.is_none();
        Ok(Self { name, value: value.unwrap_or_default(), is_secret })
    }
}

/// A bucket that templates are sent through, and whose it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The ARN of one of the alarms that roll it back.
    RollbackAlarm,
}

impl fmt::Display for StackField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => f.write_str(name),
            Self::Tag(key) => write!(f, "the tag {key}"),
            Self::ServiceRole => f.write_str("its service role"),
            Self::NotificationArn => f.write_str("one of its notification ARNs"),
            Self::RollbackAlarm => f.write_str("one of its rollback alarms"),
        }
    }
}

/// Whether a text is no ARN of a service, of what begins so.
fn no_arn_of(text: &str, service: &str, start: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, of, region, account, resource] = parts[..] else { return true };
    let is_whole =
        ![partition, region, resource].contains(&"") && account.parse::<AccountId>().is_ok();
    !is_whole || of != service || !resource.starts_with(start) || resource == start
}

/// The longest value of a tag, in characters.
///
/// Source: the CloudFormation API reference, data type `Tag`.
pub(super) const MOST_TAG_CHARACTERS: usize = 256;

impl StackField<'_> {
    /// Whether it is one ARN, which several outputs together never are.
    pub fn is_one_arn(self) -> bool {
        match self {
            Self::ServiceRole | Self::NotificationArn | Self::RollbackAlarm => true,
            Self::Parameter(_) | Self::Tag(_) => false,
        }
    }

    /// Says why CloudFormation does not take `value`, if it does not, as a fragment that goes on from
    /// what the value is called; the rules for a parameter's value stand in its template.
    pub fn objection(self, value: &str) -> Option<String> {
        match self {
            Self::Parameter(_) => None,
            Self::Tag(_) => {
                let length = value.chars().count();
                (length > MOST_TAG_CHARACTERS).then(|| {
                    format!("has {length} characters; CloudFormation takes {MOST_TAG_CHARACTERS}")
                })
            }
            Self::ServiceRole => {
                value.parse::<RoleArn>().err().map(|error| format!("cannot be that: {error}"))
            }
            Self::NotificationArn => (no_arn_of(value, "sns", "") || value.contains(','))
                .then(|| format!("cannot be that: {} is no topic's ARN", quoted(value))),
            Self::RollbackAlarm => no_arn_of(value, "cloudwatch", "alarm:")
                .then(|| format!("cannot be that: {} is no alarm's ARN", quoted(value))),
        }
    }
}

impl<V> DesiredStack<V> {
    /// Whether a stack that stands so failed, and what was made of it is kept for the next attempt to use.
    pub fn keeps_what_failed(&self, status: &StackStatus) -> bool {
        self.on_create_failure == OnCreateFailure::DoNothing && status.is_left_as_it_failed()
    }

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
        let mut tag =
            |(key, value): &(String, V)| Ok((key.clone(), map(StackField::Tag(key), value)?));
        let tags = self.tags.as_ref().map(|tags| tags.iter().map(&mut tag).collect());
        let tags = tags.transpose()?;
        let role = self.service_role.as_ref();
        let service_role = role.map(|role| map(StackField::ServiceRole, role)).transpose()?;
        let arns = self.notification_arns.as_ref();
        let mut arn = |arn| map(StackField::NotificationArn, arn);
        let notification_arns = arns.map(|arns| arns.iter().map(&mut arn).collect());
        let notification_arns = notification_arns.transpose()?;
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
            uploads: self.uploads.clone(),
        })
    }

    /// Returns all its values, in the order of [`Self::values`].
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let tags = self.tags.iter_mut().flatten().map(|(_, value)| value);
        let parameters = self.parameters.iter_mut().map(|parameter| &mut parameter.value);
        let arns = self.notification_arns.iter_mut().flatten();
        parameters.chain(tags).chain(&mut self.service_role).chain(arns)
    }

    /// Returns all its values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        let tags = self.tags.iter().flatten().map(|(_, value)| value);
        let parameters = self.parameters.iter().map(|parameter| &parameter.value);
        let arns = self.notification_arns.iter().flatten();
        parameters.chain(tags).chain(&self.service_role).chain(arns)
    }

    /// Returns the parameters of its template that the file does not name.
    pub fn unnamed_parameters(&self) -> impl Iterator<Item = (&str, &TemplateParameter)> {
        let is_named = |name: &str| self.parameters.iter().any(|named| named.name == name);
        let declared = self.template.parameters.iter();
        declared
            .filter(move |(name, _)| !is_named(name))
            .map(|(name, declared)| (name.as_str(), declared))
    }

    /// Returns the defaults of its template's secret parameters: a stack may have one by now, or once had, and tell it.
    pub fn secret_defaults(&self) -> impl Iterator<Item = &str> {
        let secret = self.template.parameters.values().filter(|declared| declared.is_secret);
        secret.filter_map(|declared| declared.default.as_deref())
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

/// Returns what stands for a template of which only the digest is known, until it is found.
pub(super) fn of_digest<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Template>, D::Error> {
    let digest = String::deserialize(deserializer)?;
    let template = Template::unknown(Path::new(&format!("template {digest}")));
    Ok(Arc::new(Template { digest, ..template }))
}
