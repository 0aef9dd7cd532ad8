//! Where a run was carried out, by whom, and from what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::name::{AccountId, EnvironmentName};

/// Where a run was carried out, by whom, and from what; what is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunOrigin {
    /// Whether it was carried out in the embedded sandbox.
    pub sandbox: bool,
    /// Whether time passed there at once wherever the run only waited.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub virtual_time: bool,
    /// Where CloudFormation was reached, if that is not AWS's own endpoint.
    pub endpoint: Option<String>,
    /// The ARN of the source credentials.
    pub caller: Option<String>,
    /// The program's arguments, without codes of MFA devices.
    pub command_line: Vec<String>,
    /// The action of a pipeline that it was a job of, as `pipeline/stage/action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_action: Option<String>,
    /// The id of the execution of that pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_execution: Option<String>,
    /// The git revision that the first environment file's folder was at, if it is in a work tree; of a
    /// pipeline's job the revision of its artifact, as its source names it.
    pub revision: Option<String>,
    /// Whether that work tree has changes of files that git knows and that are not committed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// Where it was carried out for each environment, if there are several.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_environment: BTreeMap<EnvironmentName, EnvironmentOrigin>,
    /// The environment files and templates (within the artifact of a pipeline's job), each with the SHA-256 of its text, in hexadecimal.
    pub files: BTreeMap<PathBuf, String>,
}

/// Where a run was carried out for one of several environments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentOrigin {
    /// Where CloudFormation was reached, if that is not AWS's own endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The account of the source credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<AccountId>,
}
