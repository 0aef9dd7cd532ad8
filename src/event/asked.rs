//! What was asked for on the command line, and by whom.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a run was asked for, so that it can be gone on with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The folder that the paths are relative to.
    pub folder: PathBuf,
    /// The environment files, as they were given.
    pub files: Vec<PathBuf>,
    /// `--account`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// `--stack`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// `--region`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// `--max-concurrent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<usize>,
    /// `--on-failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// Whether it is the embedded sandbox that was meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// `--state-dir`, unless it is the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
    /// The digest of the plan that this came to, without its secret values: what is gone on with is
    /// what was begun.
    pub plan: String,
    /// Who asked.
    pub owner: Owner,
}

/// Who carries out a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The user's name on the machine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The machine's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The process.
    pub process: u32,
}
