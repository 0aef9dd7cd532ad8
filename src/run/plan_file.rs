//! A plan in a file: what `plan --out` writes and `apply` carries out. It holds no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kept_plan::{KeptPlan, PlanFromState};
use super::origin;
use crate::engine::SavedPlan;
use crate::event::RunRequest;
use crate::file;
use crate::journal::RunFolder;
use crate::name::{InstanceId, RunId};
use crate::plan::Plan;

/// What tells such a file from others.
const KIND: &str = "xdeploy-plan";

/// The form of the file.
const SCHEMA: u32 = 1;

/// A plan in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanFile {
    kind: String,
    schema: u32,
    /// The id after which its change sets are named.
    pub id: RunId,
    /// When it was made.
    pub made: Timestamp,
    /// What was asked for, where and by whom.
    pub asked: RunRequest,
    /// The files it was made of, each with the SHA-256 of its content.
    files: BTreeMap<PathBuf, String>,
    plan: KeptPlan,
    /// The plan that stood in the file, which counts until this one is made to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<Box<PlanFile>>,
}

/// A text that is a plan, and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// A later version wrote it.
    #[error("it was written by a later version of xdeploy")]
    Later,
    /// It is damaged.
    #[error("it is damaged")]
    Damaged(#[from] serde_json::Error),
}

/// In what a plan of today is another than the one in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PlanDifference {
    /// Accounts that it has and had not, in words.
    pub new_accounts: BTreeSet<String>,
    /// Accounts that it had and has not, in words.
    pub gone_accounts: BTreeSet<String>,
    /// Stack instances that are planned otherwise.
    pub instances: BTreeSet<InstanceId>,
}

impl PlanFile {
    /// Returns the file of a plan that is being made: whatever comes, the change sets that were made are known by it.
    pub fn unfinished(id: RunId, made: Timestamp, asked: RunRequest, plan: &Plan) -> Self {
        let (kind, files) = (KIND.to_owned(), origin::files(plan));
        let plan = KeptPlan::of(plan);
        Self { kind, schema: SCHEMA, id, made, asked, files, plan, former: None }
    }

    /// Returns the same file, which stands in the place of another plan while it is being made.
    pub fn in_place_of(self, former: Self) -> Self {
        Self { former: Some(Box::new(former)), ..self }
    }

    /// Returns the plan that stood in the file before, and this one without it.
    pub fn without_former(mut self) -> (Self, Option<Self>) {
        let former = self.former.take();
        (self, former.map(|former| *former))
    }

    /// Returns the file of the plan once all was reviewed.
    pub fn finished(mut self, saved: SavedPlan) -> Self {
        self.plan.saved = Some(saved);
        self
    }

    /// Reads a plan; nothing if the text is none.
    ///
    /// # Errors
    /// If it is one that cannot be used.
    pub fn parse(text: &str) -> Result<Option<Self>, PlanFileError> {
        #[derive(Deserialize)]
        struct Form {
            kind: String,
            schema: u32,
        }
        let form: Form = match serde_json::from_str(text) {
            Ok(form) => form,
            // It names itself first: what was cut off is no environment file.
            Err(error) if text.starts_with(&format!("{{\"kind\":\"{KIND}\"")) => {
                return Err(error.into());
            }
            Err(_) => return Ok(None),
        };
        match form {
            Form { kind, .. } if kind != KIND => Ok(None),
            Form { schema, .. } if schema > SCHEMA => Err(PlanFileError::Later),
            _ => Ok(Some(serde_json::from_str(text)?)),
        }
    }

    /// Returns the text of the file.
    ///
    /// # Errors
    /// If the path of a file is not UTF-8.
    pub fn text(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// Returns what was reviewed; nothing if making it was not finished.
    pub fn saved(&self) -> Option<&SavedPlan> {
        self.plan.saved.as_ref()
    }

    /// Returns the plan as it was made, without secrets. Its templates are those that are kept in `folder`.
    ///
    /// # Errors
    /// If it does not fit together.
    pub fn into_plan(self, folder: &RunFolder) -> io::Result<PlanFromState> {
        self.plan.planned(folder, None)
    }

    /// Returns the same plan, of files that stand in another folder.
    pub fn in_folder(mut self, folder: PathBuf) -> Self {
        self.asked.folder = folder;
        self
    }

    /// Whether all files that it was made of are in a folder.
    pub fn is_in(&self, folder: &Path) -> bool {
        self.files.keys().all(|path| folder.join(path).is_file())
    }

    /// Returns the files that changed since it was made, or are gone.
    pub fn changed_files(&self) -> Vec<&Path> {
        let is_same = |path: &Path, digest: &str| {
            let content = std::fs::read(self.asked.folder.join(path));
            content.is_ok_and(|content| file::digest(&content) == digest)
        };
        let changed = self.files.iter().filter(|(path, digest)| !is_same(path, digest));
        changed.map(|(path, _)| path.as_path()).collect()
    }

    /// Returns in what a plan of today is another.
    pub fn difference(&self, plan: &Plan) -> PlanDifference {
        let now = KeptPlan::of(plan);
        let (before, after) = (self.plan.accounts(), now.accounts());
        let named = |of: &BTreeSet<_>, but: &BTreeSet<_>| {
            let only = of.difference(but);
            only.map(|(name, id)| format!("{name} ({id})")).collect()
        };
        let (gone_accounts, new_accounts) = (named(&before, &after), named(&after, &before));
        PlanDifference { new_accounts, gone_accounts, instances: self.plan.unlike(&now) }
    }
}
