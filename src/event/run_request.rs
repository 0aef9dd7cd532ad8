//! What a run was asked for on the command line, and by whom: what `resume` needs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::allowance::Allowance;
use super::run_origin::RunOrigin;
use crate::name::{AccountId, RunId};
use crate::organization::Listings;

/// The command line of a run, kept in its journal so that the run can be resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
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
    /// `--with-dependents`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_dependents: bool,
    /// The commit that `--changed-since` named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<String>,
    /// `--leave-dependents`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_dependents: bool,
    /// `--gone`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<AccountId>,
    /// `--allow`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allowance>,
    /// `--max-concurrent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<usize>,
    /// `--on-failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// `--sandbox`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// The folder or the address in S3 where it is kept, unless it is the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
    /// The environment file that names it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_file: Option<PathBuf>,
    /// The digest of the resolved plan, without its secret values: a run is resumed only with the plan
    /// that it was begun with.
    pub plan: String,
    /// The saved plan that it carries out, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_plan: Option<RunId>,
    /// What AWS Organizations had answered about the accounts of its environments.
    #[serde(default, skip_serializing_if = "Listings::is_empty")]
    pub listings: Listings,
    /// The person or worker that started the run.
    pub owner: Owner,
    /// Where it was carried out, by whom, and from what.
    #[serde(default)]
    pub origin: RunOrigin,
}

/// How the place where a run is kept is named to a command that does not find it by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedState {
    /// The folder, or the address in S3.
    pub place: PathBuf,
    /// The environment file that says so, with how it is reached.
    pub file: Option<PathBuf>,
}

impl RunRequest {
    /// Returns how its place is named; nothing of the usual one.
    pub fn named_state(&self) -> Option<NamedState> {
        Some(NamedState { place: self.state_dir.clone()?, file: self.state_file.clone() })
    }

    /// Returns the same, which lets more be lost although the files keep it.
    pub fn allowing(mut self, more: &[Allowance]) -> Self {
        Allowance::add(&mut self.allow, more);
        self
    }

    /// Names its place.
    pub fn name_state(&mut self, named: Option<NamedState>) {
        (self.state_dir, self.state_file) =
            named.map(|named| (Some(named.place), named.file)).unwrap_or_default();
    }
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
    /// The id of the process.
    pub process: u32,
    /// The address of the CI job in which it ran, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}
