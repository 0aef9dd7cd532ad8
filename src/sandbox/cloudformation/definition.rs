//! What was asked of a stack, as it is kept: template, parameters, tags, capabilities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a create or an update asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The template's text, as it was sent.
    pub body: String,
    /// The template in its long form, as its transforms leave it.
    pub template: Json,
    /// Why a transform of it failed, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform_failure: Option<String>,
    /// Whether the template was made up, as the one that is meant is not known to the sandbox.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made_up: bool,
    /// Its parameters by name.
    pub parameters: BTreeMap<String, StackParameter>,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// What the request acknowledged.
    pub capabilities: Vec<String>,
    /// The role CloudFormation assumes for it.
    pub role_arn: Option<String>,
    /// Topics that hear of its events.
    pub notification_arns: Vec<String>,
}

impl Definition {
    /// Returns why an operation fails whose template could not be transformed.
    pub fn failed_transform(&self) -> Option<String> {
        self.transform_failure.as_ref().map(|failure| format!("{failure}."))
    }

    /// Returns the values of its parameters that are not to be shown.
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        let secrets = self.parameters.values().filter(|parameter| parameter.is_secret);
        secrets.map(|secret| secret.value.clone()).filter(|value| !value.is_empty())
    }
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackParameter {
    /// The value, lists joined with commas; of a parameter that names one of the parameter store, its name.
    pub value: String,
    /// What the parameter store had under that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<String>,
    /// Whether `Ref` returns a list.
    pub is_list: bool,
    /// Whether it is shown as `****`.
    pub is_secret: bool,
}

impl StackParameter {
    /// Returns what `Ref` returns, lists joined with commas.
    pub fn resolved(&self) -> &str {
        self.stored.as_ref().unwrap_or(&self.value)
    }
}
