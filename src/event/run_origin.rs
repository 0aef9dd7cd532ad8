//! Where a run was carried out, by whom, and from what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a run was carried out, by whom, and from what; what is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunOrigin {
    /// Whether it was carried out in the embedded sandbox.
    pub sandbox: bool,
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
    /// The environment files and templates (within the artifact of a pipeline's job), each with the SHA-256 of its text, in hexadecimal.
    pub files: BTreeMap<PathBuf, String>,
}
