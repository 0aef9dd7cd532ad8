//! A pipeline as it is declared, as far as the sandbox carries it out.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A pipeline. A member the sandbox does not know is refused, not passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Declaration {
    pub name: String,
    /// The role its actions work in.
    pub role_arn: String,
    /// Where its artifacts are kept.
    pub artifact_store: ArtifactStore,
    /// What it does, one after the other.
    pub stages: Vec<Stage>,
    /// How many times it was written.
    #[serde(default = "one")]
    pub version: u32,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`: kept, executions run side by side in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_mode: Option<String>,
    /// `V1` or `V2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_type: Option<String>,
}

/// Where artifacts are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactStore {
    /// `S3`.
    #[serde(rename = "type")]
    pub kind: String,
    pub location: String,
    /// What its objects are encrypted with; said to the workers, nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_key: Option<EncryptionKey>,
}

/// What artifacts are encrypted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EncryptionKey {
    /// The key's id or ARN.
    pub id: String,
    /// `KMS`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Actions that have all succeeded before the next stage begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    pub name: String,
    pub actions: Vec<DeclaredAction>,
}

/// One action of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredAction {
    pub name: String,
    /// What it does.
    pub action_type_id: ActionTypeId,
    /// Its turn within the stage; actions of one turn run side by side.
    #[serde(default = "one")]
    pub run_order: u32,
    /// What its type asks for.
    #[serde(default)]
    pub configuration: BTreeMap<String, String>,
    /// The artifacts it reads.
    #[serde(default)]
    pub input_artifacts: Vec<ArtifactName>,
    /// The artifacts it writes.
    #[serde(default)]
    pub output_artifacts: Vec<ArtifactName>,
    /// What later actions call its variables by, as `#{namespace.name}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// The type of an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionTypeId {
    /// Such as `Deploy`.
    pub category: String,
    /// `AWS`, `ThirdParty` or `Custom`.
    pub owner: String,
    /// Who offers it.
    pub provider: String,
    /// Which of its versions.
    pub version: String,
}

impl fmt::Display for ActionTypeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { category, owner, provider, version } = self;
        write!(formatter, "{owner}/{category}/{provider}/{version}")
    }
}

/// An artifact, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactName {
    pub name: String,
}

fn one() -> u32 {
    1
}

impl Declaration {
    /// Returns all actions with their stages, in the order in which they are declared.
    pub fn actions(&self) -> impl Iterator<Item = (&Stage, &DeclaredAction)> {
        self.stages.iter().flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)))
    }
}
